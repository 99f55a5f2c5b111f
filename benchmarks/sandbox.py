"""How fast the sandbox is, over loopback: `python benchmarks/sandbox.py`.

The sandbox runs in a process of its own, the load comes from this one: two cores. The load is made of bytes
prepared beforehand and answers of which only the length is read, so that what is measured is the sandbox.
Prints a table and exits with 1 if a goal is missed.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from random import Random
from statistics import median
from typing import NamedTuple

TENANT, TOKEN = "acme", "sandbox-token-acme"  # the sandbox's published token

READS_GOAL = 2_000
ITEMS_GOAL = 5_000
START_GOAL = 1.0
FLAT_GOAL = 1.5
"""The slowest page may take this much longer than the first: what medians on a busy machine scatter."""


class Row(NamedTuple):
    """One line of the table."""

    what: str
    measured: str
    goal: str
    reached: bool


class Caller(asyncio.Protocol):
    """One connection that sends its next request as soon as the answer is there.

    Args:
        requests: What to send.
    """

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._received = bytearray()
        self.statuses: list[int] = []
        self.times: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)  # over TCP it is
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Count an answer once it is whole."""
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self._received[:head_end].lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(self._received) < head_end + 4 + length:
            return
        self.times.append(time.perf_counter() - self._sent)
        self.statuses.append(int(head[9:12]))
        del self._received[: head_end + 4 + length]
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; a connection that the sandbox closes ends the measurement."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the sandbox closed the connection"))

    def _send(self) -> None:
        assert self._transport is not None  # set when the connection was made
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """Write a request."""
    head = (
        f"{method} /v2/tenants/{TENANT}{path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"authorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


async def _load(port: int, requests: Iterable[bytes], connections: int) -> tuple[float, list[float]]:
    shared = iter(requests)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    callers = [
        (await loop.create_connection(lambda: Caller(shared), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(caller.done for caller in callers))
    elapsed = time.perf_counter() - began
    statuses = {status for caller in callers for status in caller.statuses}
    if statuses != {200}:
        sys.exit(f"the sandbox answered {sorted(statuses)} where 200 was expected: nothing was measured")
    return elapsed, [seconds for caller in callers for seconds in caller.times]


def load(port: int, requests: Iterable[bytes], *, connections: int) -> tuple[float, list[float]]:
    """Send requests over some connections, each as soon as the one before it was answered.

    Args:
        port: The sandbox's port.
        requests: What to send.
        connections: Over how many connections.

    Returns:
        Seconds for all together, and for each.
    """
    return asyncio.run(_load(port, requests, connections))


@contextmanager
def sandbox(customers: int | None = None) -> Generator[tuple[int, float]]:
    """Run a sandbox in a process of its own; give its port, and the seconds until it answered."""
    command = [sys.executable, "-m", "flow_retail_sandbox", "--port", "0"]
    if customers is not None:
        command += ["--customers", str(customers)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # asked for above
            url = process.stdout.readline().strip()
            if not url:
                sys.exit("The sandbox did not start; its own words stand above.")
            yield int(url.rpartition(":")[2].partition("/")[0]), time.perf_counter() - began
        finally:
            process.terminate()


def start_time(times: int) -> Row:
    """Measure how long a sandbox takes to answer, from the start of its interpreter."""
    found: list[float] = []
    for _ in range(times):
        with sandbox() as (_, seconds):
            found.append(seconds)
    measured = median(found)
    return Row("start, 250 customers", f"{measured:.2f} s", f"< {START_GOAL:g} s", measured < START_GOAL)


def reads(port: int, customers: int, number: int) -> Row:
    """Measure GETs of customers taken at random."""
    random = Random(1)  # repeatable load
    prepared = [
        request("GET", f"/customers/customer-{random.randrange(1, customers + 1):05d}") for _ in range(number)
    ]
    load(port, prepared[: number // 10], connections=8)  # to warm up
    elapsed, _ = load(port, prepared, connections=8)
    rate = number / elapsed
    return Row("read a customer", f"{rate:,.0f}/s", f">= {READS_GOAL:,}/s", rate >= READS_GOAL)


def upserts(port: int, items: int, batch: int) -> Row:
    """Measure upserts in batches: half create, half change what is there."""

    def person(number: int) -> dict[str, str]:
        return {
            "customerUid": f"bench-{number % (items // 2)}",
            "customerType": "PERSON",
            "firstname": f"Åse {number}",
            "lastname": "Næss",
            "email": f"person.{number}@example.com",
            "mobile": f"+4700{number:06d}",
            "city": "Tromsø",
            "postalCode": "9008",
        }

    prepared = [
        request(
            "POST",
            "/customers/batch",
            json.dumps({"upsert": [person(start + n) for n in range(batch)]}).encode(),
        )
        for start in range(0, items, batch)
    ]
    elapsed, _ = load(port, prepared, connections=2)
    rate = items / elapsed
    return Row(
        f"upsert, {batch} a batch", f"{rate:,.0f} items/s", f">= {ITEMS_GOAL:,} items/s", rate >= ITEMS_GOAL
    )


def pages(port: int, customers: int, times: int) -> Iterator[Row]:
    """Measure pages at the beginning, in the middle and at the end of the list, in two orders."""
    size = 100
    last = customers // size - 1
    for order, query in (("in order of creation", ""), ("sorted by name", "&sortBy=lastname")):
        places = {"first": 0, "middle": last // 2, "last": last}
        prepared = {
            name: request("GET", f"/customers?pageSize={size}&pageNumber={number}{query}")
            for name, number in places.items()
        }
        # The first of all builds the order; interleaved, so that what else the machine does hits all alike.
        load(port, prepared.values(), connections=1)
        _, found = load(port, [*prepared.values()] * times, connections=1)
        first, middle, end = (median(found[place::3]) for place in range(3))
        yield Row(
            f"page of {size}, {order}",
            " / ".join(f"{seconds * 1000:.2f}" for seconds in (first, middle, end)) + " ms",
            f"first / middle / last within {FLAT_GOAL:g} x",
            max(middle, end) <= FLAT_GOAL * first,
        )


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000, help="in the list (%(default)s)")
    parser.add_argument("--reads", type=int, default=10_000, help="GETs to send (%(default)s)")
    parser.add_argument("--items", type=int, default=50_000, help="items to upsert (%(default)s)")
    options = parser.parse_args()
    rows = [start_time(5)]
    with sandbox(options.customers) as (port, seconds):
        print(f"{options.customers:,} customers were there after {seconds:.1f} s", flush=True)
        rows.append(reads(port, options.customers, options.reads))
        rows.extend(pages(port, options.customers, 100))
        rows.append(upserts(port, options.items, 500))
    table = [(row.what, row.measured, row.goal, "reached" if row.reached else "MISSED") for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip())
    sys.exit(not all(row.reached for row in rows))


if __name__ == "__main__":
    main()
