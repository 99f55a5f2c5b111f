import asyncio
import json
from urllib.request import Request, urlopen

import pytest

from benchmarks import data
from benchmarks.server import CUSTOMER_UID, TENANT, served


@pytest.fixture(scope="module")
def customers():
    with served(customers=150) as base_url:
        yield f"{base_url}/tenants/{TENANT}/customers"


def read(url: str, body: bytes | None = None):
    with urlopen(Request(url, data=body)) as response:  # noqa: S310  # loopback
        return json.loads(response.read())


def test_it_answers_one_customer(customers):
    assert read(f"{customers}/{CUSTOMER_UID}") == data.customer(1)


@pytest.mark.parametrize(
    ("query", "items"), [("", 100), ("?pageNumber=1&pageSize=100", 50), ("?pageNumber=9", 0)]
)
def test_it_answers_the_page_that_is_asked_for(customers, query, items):
    page = read(customers + query)
    assert len(page["items"]) == items
    assert page["paging"]["totalCount"] == 150


def test_it_tells_how_many_items_of_a_batch_succeeded(customers):
    body = json.dumps({"upsert": data.items(count=3)}, separators=(",", ":")).encode()
    assert read(f"{customers}/batch", body)["upsert"] == {"errors": [], "success": 3}


async def test_requests_in_pieces_and_empty_chunked_bodies_keep_their_connection(customers):
    host, port = customers.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"GET /v2/tenants/acme/customers/{CUSTOMER_UID} HTTP/1.1\r\nHost: x\r\n"
    for request in (head + "\r\n", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
        middle = len(request) // 2
        for piece in (request[:middle], request[middle:]):
            writer.write(piece.encode())
            await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        length = int(answer.lower().partition(b"content-length: ")[2].split()[0])
        assert json.loads(await reader.readexactly(length)) == data.customer(1)
    writer.close()
    await writer.wait_closed()
