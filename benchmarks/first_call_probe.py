"""Makes one call in a fresh process and prints how long the event loop stood still.

Started by measures/first_call.py.
"""

import asyncio
import json
import sys
import time

CALLS = ("get", "list", "batch")


async def probe(base_url: str, call: str) -> dict[str, float]:
    """Make a client and its first call.

    Args:
        base_url: Where the server is.
        call: Which of `CALLS`.

    Returns:
        Seconds: `construct` to make the client, `stall` the longest that the event loop stood still. And
        `modules`, how many the call imported.
    """
    # What is timed is this process's first use of the client, so nothing may have imported it before.
    from flow_retail_client import FlowRetail  # noqa: PLC0415
    from flow_retail_client.models import CustomerCreate, CustomerType  # noqa: PLC0415

    item = CustomerCreate(customer_type=CustomerType.PERSON, customer_uid="c-1", firstname="Kari")
    started = time.perf_counter()
    async with FlowRetail(tenant="acme", token="bench", base_url=base_url) as flow:
        construct = time.perf_counter() - started
        heart = Heart()
        beating = asyncio.create_task(heart.beat())
        await asyncio.sleep(0.01)
        heart.longest, imported = 0.0, len(sys.modules)
        if call == "get":
            await flow.customers.get("c-1")
        elif call == "list":
            await flow.customers.list(page_size=1)
        else:
            await flow.customers.batch(upsert=[item])
        beating.cancel()
        imported = len(sys.modules) - imported
    return {"construct": construct, "stall": heart.longest, "modules": imported}


class Heart:
    """Comes back to the event loop as often as it can.

    Attributes:
        longest: Seconds between two beats, at most.
    """

    def __init__(self) -> None:
        self.longest = 0.0

    async def beat(self) -> None:
        """Beat until cancelled."""
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            self.longest = max(self.longest, now - last)
            last = now


if __name__ == "__main__":
    print(json.dumps(asyncio.run(probe(*sys.argv[1:]))))
