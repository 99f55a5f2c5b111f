"""The main job of this SDK, against a sandbox in a process of its own: `make demo`.

Reads 5,000 customers, upserts 1,000 of which some are refused, merges two duplicates, exports one customer.
Then it reads and upserts again while the server fails, and compares. Everything goes over real HTTP; all
people are invented.
"""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any

from flow_retail_client import BatchProgress, BatchResult, FlowRetail, Hooks, NotFoundError, Retry
from flow_retail_client.models import (
    CustomerContactCreate,
    CustomerCreate,
    CustomerMerge,
    CustomerType,
)

CUSTOMERS = 5_000
UPSERTS = 1_000
REFUSED = 7
"""Items of `people` that are wrong."""
# Each fault lets as many requests pass as the steps before "while the server fails" make.
FAULTS = (
    "503@customers.list,after=27,retry_after=1; 429@customers.list,after=33,retry_after=date:1;"
    "truncate_body@customers.list,after=39; 503@customers.batch,after=11;"
    "429@customers.batch,after=14,retry_after=1; reset_after@customers.batch,after=17"
)


@contextlib.contextmanager
def sandbox() -> Generator[str]:
    """Start a sandbox on a free port; give its base URL; stop it."""
    command = [sys.executable, "-m", "flow_retail_sandbox", "--port", "0", "--customers", str(CUSTOMERS)]
    with subprocess.Popen([*command, "--faults", FAULTS], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # asked for above
            base_url = process.stdout.readline().strip()
            if not base_url:
                sys.exit("The sandbox did not start; its own words stand above.")
            yield base_url
        finally:
            process.terminate()


def title(text: str) -> None:
    """Begin a step."""
    print(f"\n{text}", flush=True)


def progress(done: int, total: int, what: str, started: float) -> None:
    """Show how far a step is: in place on a terminal, every fifth of the way elsewhere."""
    finished = done >= total
    if not sys.stdout.isatty() and not finished and done % (total // 5):
        return
    bar = "#" * (24 * done // total)
    rate = done / max(time.perf_counter() - started, 1e-9)
    end = "\n" if finished or not sys.stdout.isatty() else "\r"
    print(f"  [{bar:<24}] {done:,} of {total:,} {what}, {rate:,.0f} a second ", end=end, flush=True)


def people() -> Iterator[CustomerCreate]:
    """A thousand people from a till's export, in which a few lines are wrong."""
    names = ("Åse Bø", "Kåre Næss", "Sølvi Dahl", "Jørn Ødegård", "Ragnhild Aas")
    for number in range(UPSERTS):
        firstname, lastname = names[number % len(names)].split()
        person = CustomerCreate(
            customer_type=CustomerType.PERSON,
            customer_uid=f"till-{number:04}",
            firstname=firstname,
            lastname=lastname,
            email=f"person{number}@example.com",
        )
        if number % 250 == 77:
            person.email = "no e-mail address"
        elif number % 400 == 123:
            person.customer_group_uids = ["no-such-group"]
        yield person


async def read(flow: FlowRetail, total: int) -> tuple[set[str], float]:
    """Read every customer, eight pages in flight at once; return their UIDs, and customers a second."""
    started = time.perf_counter()
    uids: list[str] = []
    async for customer in flow.customers.list(page_size=200, prefetch=8):
        uids.append(customer.customer_uid)
        if len(uids) % 100 == 0 or len(uids) == total:
            progress(len(uids), total, "customers", started)
    if not len(uids) == len(set(uids)) == total:
        sys.exit(f"{total} customers are stored; {len(uids)} were read, {len(set(uids))} of them different.")
    return set(uids), total / (time.perf_counter() - started)


async def upsert(flow: FlowRetail) -> tuple[BatchResult[Any], float]:
    """Upsert a thousand customers; return the outcome of each, and items a second."""
    started = time.perf_counter()

    shown = 0

    def on_progress(state: BatchProgress) -> None:
        nonlocal shown
        if state.completed > shown:
            shown = state.completed
            progress(shown, UPSERTS, "items", started)

    result = await flow.customers.batch(
        upsert=people(), chunk_size=100, on_progress=on_progress, resolve_unknown=True
    )
    seconds = time.perf_counter() - started
    print(f"  {len(result.succeeded)} succeeded, {len(result.failed)} refused, {len(result.unknown)} unknown")
    if (len(result.succeeded), len(result.failed)) != (UPSERTS - REFUSED, REFUSED):
        sys.exit(f"{REFUSED} items are wrong, and only they should have been refused.")
    return result, UPSERTS / seconds


def show_refused(result: BatchResult[Any]) -> None:
    """Show each refusal with what was sent."""
    for outcome in sorted(result.failed, key=lambda outcome: outcome.index):
        sent = outcome.item.to_dict()
        culprit = sent.get("customerGroupUids", sent.get("email"))
        print(f"  refused: item {outcome.index}, {outcome.uid}, {culprit!r}")
        print(f"           {outcome.error_code}: {outcome.message}")


async def merge(flow: FlowRetail) -> None:
    """Merge a duplicate into the customer that stays."""
    title('3. Merge two duplicates: flow.customers.merge("till-0000", ...)')
    contact = CustomerContactCreate(firstname="Nils", lastname="Bø")
    await flow.customer_contacts.create_for_customer("till-0001", contact)
    kept = await flow.customers.merge("till-0000", CustomerMerge(merge_from_customer_uid="till-0001"))
    print(f"  {kept.customer_uid} now has the contact {kept.contacts[0].display_name}")
    try:
        await flow.customers.get("till-0001")
    except NotFoundError as error:
        print(f"  the duplicate is gone: {error}")


async def export(flow: FlowRetail) -> None:
    """Export what is stored about one person."""
    title("4. Export one customer, orders and services included: flow.customers.export(...)")
    async for customer in flow.customers.list(page_size=50):
        data = await flow.customers.export(customer.customer_uid)
        if data.orders:
            print(
                f"  {data.customer.customer_uid}: {data.customer.display_name}, "
                f"{len(data.orders)} orders, {len(data.services)} services"
            )
            return


async def main() -> None:
    """Run every step and say what it showed."""
    retries: Counter[str] = Counter()
    hooks = Hooks(on_retry=lambda event: retries.update([f"{event.operation}: {event.reason}"]))
    with sandbox() as base_url:
        print(f"A sandbox with {CUSTOMERS:,} invented customers listens at {base_url}")
        async with FlowRetail(
            tenant="acme",
            token="sandbox-token-acme",  # noqa: S106  # the sandbox's published token
            base_url=base_url,
            retry=Retry(base_delay=0.1),
            hooks=hooks,
        ) as flow:
            title(f"1. Read {CUSTOMERS:,} customers: flow.customers.list(page_size=200, prefetch=8)")
            uids, reading = await read(flow, CUSTOMERS)
            title(f"2. Upsert {UPSERTS:,} customers: flow.customers.batch(upsert=people())")
            result, writing = await upsert(flow)
            show_refused(result)
            await merge(flow)
            await export(flow)
            if retries:
                sys.exit(f"The faults came too early: {retries}")
            title("5. The same again, while the server responds with 503, 429, half a body, or not at all")
            await upsert(flow)
            uids |= {str(outcome.uid) for outcome in result.succeeded}
            again, _ = await read(flow, len(uids))
    for what, count in sorted(retries.items()):
        print(f"  retried: {count} x {what}")
    if again != uids or retries.total() != FAULTS.count(";") + 1:
        sys.exit("What was read is not what is stored, or a fault did not show.")
    title("What this run showed")
    print(f"  {reading:,.0f} customers a second read, {writing:,.0f} items a second upserted")
    print(
        f"  {REFUSED} wrong items of {UPSERTS:,} refused, each with its place and the reason; the rest stored"
    )
    print(f"  {retries.total()} faults later: {len(uids):,} customers, none lost and none twice")
    print("\nThe program is examples/demo.py; the README begins with a smaller one.")


if __name__ == "__main__":
    asyncio.run(main())
