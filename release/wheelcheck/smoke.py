"""Runs inside a clean environment: one exchange of each kind, with the SDK and the standard library alone.

Usage: python -I smoke.py VERSION. Prints the versions of what is installed; any fault is an exception.
"""

import asyncio
import json
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

warnings.filterwarnings("error", module=r"flow_retail_.*")

import flow_retail_client  # noqa: E402  # after the filter: importing must not warn
from flow_retail_client import FlowRetail, NotFoundError, Retry  # noqa: E402
from flow_retail_client.models import (  # noqa: E402
    CustomerBatchDelete,
    CustomerGroup,
    CustomerGroupCreate,
    CustomerUpdate,
)

DISTRIBUTION = "flow-retail-client"
CHANGES = {
    "createdBy": "u-1",
    "createdAt": "2026-01-02T03:04:05Z",
    "lastModifiedBy": "u-1",
    "lastModifiedAt": "2026-01-02T03:04:05Z",
}
GROUPS = [{"customerGroupUid": f"g-{number}", "name": f"Group {number}", **CHANGES} for number in range(5)]


class Api(BaseHTTPRequestHandler):
    """A tiny server that speaks enough of the API."""

    protocol_version = "HTTP/1.1"
    agents: set[str] = set()  # noqa: RUF012  # a program of one server

    def answer(self, status: int, content: object) -> None:
        self.agents.add(self.headers["User-Agent"])
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if self.headers["Authorization"] != "Bearer t-1":
            self.answer(401, {"code": "UNAUTHORIZED", "message": "Who are you?", "logId": "l-1"})
        elif url.path.endswith("/customer-groups"):
            query = parse_qs(url.query)
            page, size = int(query.get("pageNumber", ["0"])[0]), int(query.get("pageSize", ["2"])[0])
            paging = {"pageNumber": page, "pageSize": size, "totalCount": len(GROUPS)}
            self.answer(200, {"items": GROUPS[page * size : (page + 1) * size], "paging": paging})
        elif url.path.endswith("/customer-groups/g-1"):
            self.answer(200, GROUPS[1])
        else:
            self.answer(404, {"code": "NOT_FOUND", "message": "Not here.", "logId": "l-2"})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/batch"):
            count = len(sent["delete"])
            error = {"customerUid": "c-2", "errorCode": "NOT_FOUND", "message": "Not here."}
            result = {"count": count, "success": count - 1, "failed": 1, "errors": [error]}
            self.answer(207, {"delete": result})
        else:
            self.answer(201, {"customerGroupUid": "g-9", **CHANGES, **sent})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of the base class
        """Say nothing."""


async def exchange(base_url: str) -> None:
    """One call of each kind."""
    async with FlowRetail(tenant="acme", token="t-1", base_url=base_url, retry=Retry(max_retries=0)) as flow:  # noqa: S106  # invented
        names = [group.name async for group in flow.customer_groups.list(page_size=2, prefetch=2)]
        assert names == [group["name"] for group in GROUPS], names
        group = await flow.customer_groups.get("g-1")
        assert isinstance(group, CustomerGroup)
        made = await flow.customer_groups.create(CustomerGroupCreate(name="æøå"))
        assert made.name == "æøå", made
        result = await flow.customers.batch(
            delete=[CustomerBatchDelete(customer_uid=f"c-{n}") for n in (1, 2, 3)]
        )
        assert len(result.succeeded) == 2, result
        assert [each.uid for each in result.failed] == ["c-2"], result
        try:
            await flow.customers.get("c-404")
        except NotFoundError as error:
            assert error.log_id == "l-2", error
        else:
            raise AssertionError("a 404 is NotFoundError")
        assert not flow.schema_drift, flow.schema_drift


def main(version: str) -> None:
    """Try the package as it is installed here."""
    place = Path(flow_retail_client.__file__).resolve()
    assert place.is_relative_to(Path(sys.prefix).resolve()), f"not the installed package: {place}"
    assert (place.parent / "py.typed").exists()
    assert metadata.version(DISTRIBUTION) == version, metadata.version(DISTRIBUTION)
    assert getattr(flow_retail_client, "__version__", version) == version
    assert CustomerUpdate(firstname="Kari").to_dict() == {"firstname": "Kari"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        asyncio.run(exchange(f"http://127.0.0.1:{server.server_port}/v2"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    python = ".".join(map(str, sys.version_info[:3]))
    assert Api.agents == {f"{DISTRIBUTION}/{version} python/{python}"}, Api.agents
    print(json.dumps({found.name.lower(): found.version for found in metadata.distributions()}))


if __name__ == "__main__":
    main(sys.argv[1])
