"""A long run under faults: many upserts from a generator, then a full read, and nothing lost or doubled.

    python tests/faults/soak.py --items 100000 --faults 0.2 --seed 1

The server runs in a process of its own, so that the memory measured is the client's. The exit code is 0 only
if each item has one outcome, all that is stored is what the outcomes say, the pager gave each record once,
and the memory stayed within its bound.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from soak_ledger import Comparison, Ledger, Plan

from flow_retail_client import FlowRetail, FlowRetailError, Hooks, Retry
from flow_retail_client.models import Customer

MEMORY_BOUND = 50 * 1024 * 1024
"""Bytes by which the client's process may grow beyond what it had before the first request."""

_MOST_RESUMES = 50


class Server:
    """The server's process.

    Args:
        process: The process, which talks JSON lines.
    """

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, command: str = "") -> dict[str, Any]:
        """Send a command, if any, and read a line."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if command:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the soak's server has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def serve(folder: Path, plan: Plan, *, seed: int, rate: float) -> Iterator[Server]:
    """Run the server until the block is left."""
    old = folder / "old.ndjson"
    with old.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in plan.old())
    program = Path(__file__).with_name("soak_server.py")
    command = [sys.executable, str(program), "--seed", str(seed), "--rate", str(rate), "--old", str(old)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)


def memory(*, peak: bool) -> int:
    """Bytes of this process in memory, now or at most so far."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        # No /proc: then the largest so far is all that can be had.
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    wanted = "VmHWM:" if peak else "VmRSS:"
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(wanted))


async def send(flow: FlowRetail, ledger: Ledger) -> None:
    """Send everything, and note each outcome as it comes."""
    plan = ledger.plan
    stream = flow.customers.batch_stream(
        upsert=plan.upserts(), chunk_size=plan.chunk_size, concurrency=4, resolve_unknown=True
    )
    async for outcome in stream:
        ledger.note(outcome)
    # Small requests, since one that is lost leaves all of its items unknown: nothing can be looked up.
    async for outcome in flow.customers.batch_stream(create=plan.uidless(), chunk_size=10, concurrency=4):
        ledger.note(outcome)
    ledger.settle()


async def read_all(flow: FlowRetail, page_size: int, resumed: Counter[str]) -> AsyncIterator[Customer]:
    """Read every customer; where reading breaks off, go on from there."""
    page_number: int | None = None
    while True:
        pager = flow.customers.list(page_size=page_size, prefetch=4, page_number=page_number)
        try:
            async for customer in pager:
                yield customer
        except FlowRetailError as error:
            resumed[type(error).__name__] += 1
            page_number = error.page_number if error.page_number is not None else page_number
            if resumed.total() > _MOST_RESUMES:
                raise
        else:
            return


async def run(server: Server, ledger: Ledger, transport: Any) -> dict[str, Any]:
    """Do all of it; returns the figures."""
    where = server.ask()
    retries: Counter[str] = Counter()
    resumed: Counter[str] = Counter()
    retry = Retry(max_retries=5, base_delay=0.001, max_delay=0.01)
    hooks = Hooks(on_retry=lambda event: retries.update([event.operation]))
    before, started = memory(peak=False), time.perf_counter()
    comparison = Comparison(ledger, "pager")
    async with FlowRetail(**where, retry=retry, hooks=hooks, transport=transport) as flow:
        await send(flow, ledger)
        sent = time.perf_counter()
        async for customer in read_all(flow, ledger.plan.chunk_size, resumed):
            named: Any = customer
            comparison.add(
                (named.customer_uid, named.external_id, named.firstname, named.lastname, named.city)
            )
        comparison.finish()
        read = time.perf_counter()
    return {
        "retries": retries,
        "resumed": resumed,
        "read": comparison.count,
        "sending": sent - started,
        "reading": read - sent,
        "grown": memory(peak=True) - before,
        **server.ask("faults"),
    }


def compare_state(server: Server, ledger: Ledger, folder: Path) -> int:
    """Compare what the server has, read past the API; gives how many records there are."""
    dump = folder / "state.ndjson"
    server.ask(f"dump {dump}")
    comparison = Comparison(ledger, "state")
    with dump.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            keys = ("customerUid", "externalId", "firstname", "lastname", "city")
            uid, external, first, last, city = (record[key] for key in keys)
            comparison.add((uid, external, first, last, city))
    comparison.finish()
    return comparison.count


def table(ledger: Ledger, figures: dict[str, Any], stored: int, seed: int) -> str:
    """Write down what happened."""
    faults, requests = figures["faults"], figures["requests"]
    hit = sum(faults.values())
    upserts, creates = ledger.counts("upsert"), ledger.counts("create")
    rows: list[tuple[str, object]] = [
        ("seed", seed),
        ("requests", requests),
        ("faults injected", f"{hit} ({hit / requests:.1%} of requests)"),
        *((f"  {kind}", count) for kind, count in faults.items()),
        ("retries made by the client", figures["retries"].total()),
        *((f"  {operation}", count) for operation, count in sorted(figures["retries"].items())),
        ("items sent again by the batch", ledger.sent_again),
        ("full read resumed", figures["resumed"].total()),
        ("upserts given", ledger.plan.items),
        *((f"  {verdict}", count) for verdict, count in upserts.items()),
        ("creates without a uid given", ledger.plan.creates),
        *((f"  {verdict}", count) for verdict, count in creates.items()),
        ("records stored", stored),
        ("records read by the pager", figures["read"]),
        ("lost, doubled or told wrongly", ledger.errors),
        ("memory grown by", f"{figures['grown'] / 2**20:.1f} MiB (bound: {MEMORY_BOUND / 2**20:.0f})"),
        ("time", f"{figures['sending']:.1f} s sending, {figures['reading']:.1f} s reading"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"{name:{width}}  {value}" for name, value in rows] + ledger.wrong)


def main(argv: list[str] | None = None) -> int:
    """Run the soak; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000, help="upserts (%(default)s)")
    parser.add_argument("--faults", type=float, default=0.2, help="share of requests hit (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what chance depends on (%(default)s)")
    parser.add_argument("--transport", choices=["aiohttp"], help="send over aiohttp instead of httpx")
    arguments = parser.parse_args(argv)
    ledger = Ledger(Plan(arguments.items))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serve(folder, ledger.plan, seed=arguments.seed, rate=arguments.faults) as server:
            figures = asyncio.run(run(server, ledger, arguments.transport))
            stored = compare_state(server, ledger, folder)
    if figures["read"] != stored:
        ledger.complain(f"the pager gave {figures['read']} of {stored} records")
    sys.stdout.write(table(ledger, figures, stored, arguments.seed) + "\n")
    return 0 if not ledger.errors and figures["grown"] < MEMORY_BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
