"""Count the functions and files that one call runs through: `python -m benchmarks.walk`.

Only our own code counts, generated code included, in a warm client over `httpx.MockTransport`. The exit
code is 1 if a goal is missed.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import orjson

import flow_retail_client
import flow_retail_core
from benchmarks.data import customer
from flow_retail_client import FlowRetail
from flow_retail_client.models import CustomerCreate, CustomerType

GOALS = {"get": (24, 12), "list(prefetch=4), 4 pages": (58, 18), "batch, 2 chunks": (48, 16)}
"""The most functions and files for each call."""

_OURS = tuple(str(Path(str(package.__file__)).parent) for package in (flow_retail_client, flow_retail_core))
_WARM_UP = 50
"""Calls; a class is compiled when some objects of it have been read."""
_PAGES = 4
_PAGE_SIZE = 5
_CHUNKS = 2
_CHUNK_SIZE = 3


def _respond(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/batch"):
        return httpx.Response(200, json={"upsert": {"success": _CHUNK_SIZE, "errors": []}})
    if not request.url.path.endswith("/customers"):
        return httpx.Response(200, content=orjson.dumps(customer(1)))
    number = int(request.url.params.get("pageNumber", 1))
    first = (number - 1) * _PAGE_SIZE
    items = [customer(first + position) for position in range(_PAGE_SIZE)] if number <= _PAGES else []
    paging = {"pageNumber": number, "pageSize": _PAGE_SIZE, "totalCount": _PAGES * _PAGE_SIZE}
    return httpx.Response(200, content=orjson.dumps({"items": items, "paging": paging}))


async def _walk(call: Callable[[], Awaitable[Any]]) -> tuple[int, int]:
    """Warm up, then run a call counted; returns its functions and files."""
    for _ in range(_WARM_UP):
        await call()
    seen: set[tuple[str, str, int]] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(_OURS):
            seen.add((code.co_filename, code.co_qualname, code.co_firstlineno))

    sys.setprofile(note)
    try:
        await call()
    finally:
        sys.setprofile(None)
    return len(seen), len({file for file, _, _ in seen})


async def _main() -> int:
    new = [
        CustomerCreate(customer_type=CustomerType.PERSON, customer_uid=f"c-{number}")
        for number in range(_CHUNKS * _CHUNK_SIZE)
    ]
    async with FlowRetail(
        tenant="acme", token="tok", transport=httpx.MockTransport(_respond)
    ) as flow:  # invented
        calls: dict[str, Callable[[], Awaitable[Any]]] = {
            "get": lambda: flow.customers.get("c-1"),
            "list(prefetch=4), 4 pages": lambda: flow.customers.list(prefetch=4).collect(),
            "batch, 2 chunks": lambda: flow.customers.batch(upsert=new, chunk_size=_CHUNK_SIZE),
        }
        missed = False
        for name, call in calls.items():
            functions, files = await _walk(call)
            most = GOALS[name]
            missed |= functions > most[0] or files > most[1]
            print(f"{name}: {functions} functions in {files} files (at most {most[0]} and {most[1]})")
    return int(missed)


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
