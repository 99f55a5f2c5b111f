"""An API in this process that returns whatever a test wants, for what a sandbox never does."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

PAGE = 10


def serve(monkeypatch: pytest.MonkeyPatch, respond: Callable[[httpx.Request], httpx.Response]) -> None:
    """Let the command line's client talk to a function instead of a server."""
    from flow_retail_cli import connection
    from flow_retail_client import FlowRetail

    for name, value in {"TENANT": "acme", "TOKEN": "t", "BASE_URL": "http://localhost/v2"}.items():
        monkeypatch.setenv(f"FLOW_RETAIL_{name}", value)

    def client(**given: Any) -> FlowRetail:
        return FlowRetail(http_client=httpx.AsyncClient(transport=httpx.MockTransport(respond)), **given)

    monkeypatch.setattr(connection, "FlowRetail", client)


def serve_list(monkeypatch: pytest.MonkeyPatch, items: list[bytes], total: int | None = None) -> None:
    """Serve one list, each of its records written as JSON already; `total` is what the server counts."""
    serve(monkeypatch, partial(_page, items, len(items) if total is None else total))


def _page(items: list[bytes], total: int, request: httpx.Request) -> httpx.Response:
    number = int(request.url.params.get("pageNumber", 0))
    part = items[number * PAGE : (number + 1) * PAGE]
    paging = json.dumps({"pageNumber": number, "pageSize": PAGE, "totalCount": total}).encode()
    body = b'{"items":[' + b",".join(part) + b'],"paging":' + paging + b"}"
    return httpx.Response(200, content=body, headers={"content-type": "application/json"})
