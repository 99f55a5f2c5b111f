"""The server of the soak, in a process of its own: a sandbox that misbehaves, behind a proxy that does, too.

It prints one JSON line for where it is and one in answer to each line that it is told on standard input:
`faults` (what was injected so far), `dump FILE` (all customers, one JSON a line). It ends with its standard
input.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from fault_proxy import FaultProxy, run_proxy
from fault_strikes import Kind
from people import stored

from flow_retail_sandbox import Fault, RunningSandbox, run_sandbox

PASSING = "TOO_MANY_REQUESTS"
ERRORS = [
    Fault("status", status=503),
    Fault("status", status=429, retry_after=0),
    Fault("status", status=500),
    Fault("html_error"),
    Fault("reset_before"),
    Fault("reset_after"),
    Fault("truncate_body", part=0.5),
]
MANY = 10**9
REFUSALS = {
    shape: Fault("batch_refusal", count=MANY, items=5, code=PASSING, shape=shape)
    for shape in ("customer", "product", "price")
}
REFUSALS["unknown"] = Fault("batch_refusal", count=MANY, items=5, code=PASSING, unmatched=True)
FOREIGN_404 = Fault("html_error", status=404)
"""Not the API's own: it proves nothing about the record."""
BROKEN: list[Kind] = ["reset_before", "close_before", "reset_after", "cut_reset", "cut_close"]


def misbehave(sandbox: RunningSandbox, proxy: FaultProxy, *, seed: int, rate: float) -> None:
    """Let a share of the requests go wrong: a third of it by the proxy, the rest by the sandbox."""
    at_the_proxy = rate / 3
    behind_it = 1 - (1 - rate) / (1 - at_the_proxy)
    proxy.random(*BROKEN, seed=seed, rate=at_the_proxy)
    for number, operation in enumerate(("customers.batch", "customers.list", "customers.get")):
        kinds = {
            "customers.batch": ERRORS + [*REFUSALS.values()] * 2,
            "customers.get": [*ERRORS, FOREIGN_404],
        }.get(operation, ERRORS)
        sandbox.faults.random(kinds, seed=seed * 10 + number, rate=behind_it, operation=operation)


def injected(sandbox: RunningSandbox, proxy: FaultProxy) -> dict[str, Any]:
    """Count what went wrong so far, by kind."""
    counts: Counter[str] = Counter()
    for happened in list(sandbox.faults.injected):
        if happened.type != "batch_refusal":
            counts[f"status {happened.detail}" if happened.type == "status" else happened.type] += 1
    for shape, fault in REFUSALS.items():
        counts[f"207 by {shape}Uid"] = MANY - (fault.remaining or 0)
    counts.update(f"proxy {one.strike}" for one in list(proxy.requests) if one.strike)
    return {"requests": proxy.count(), "faults": dict(sorted(counts.items()))}


def dump(sandbox: RunningSandbox, path: str) -> dict[str, Any]:
    """Write every customer to a file."""
    records = stored(sandbox)
    with Path(path).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return {"customers": len(records)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--old", required=True, help="a file with customers to begin with, one JSON a line")
    arguments = parser.parse_args()
    with run_sandbox(customers=0) as sandbox, run_proxy(sandbox.base_url) as proxy:
        inner = sandbox.sandbox
        with Path(arguments.old).open(encoding="utf-8") as file:
            inner.load("customers", map(json.loads, file))
        misbehave(sandbox, proxy, seed=arguments.seed, rate=arguments.rate)
        answer({"base_url": proxy.base_url, "tenant": sandbox.tenant, "token": sandbox.token})
        for line in sys.stdin:
            command, _, argument = line.strip().partition(" ")
            answer(dump(sandbox, argument) if command == "dump" else injected(sandbox, proxy))


def answer(value: dict[str, Any]) -> None:
    """Print one JSON line, at once."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
