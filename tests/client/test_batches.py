"""Batches against servers and proxies that misbehave: what is reported of each item."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import orjson
import pytest

from flow_retail_client import FlowRetail, Retry
from flow_retail_client.models import CustomerBatchDelete, CustomerCreate, CustomerType

QUICK = Retry(base_delay=0, max_delay=0)
GONE = {"code": "CUSTOMER_NOT_FOUND", "message": "there is no such customer", "logId": "5f0c"}


def client(respond: Callable[[httpx.Request], httpx.Response], retry: Retry = QUICK) -> FlowRetail:
    return FlowRetail(tenant="acme", token="t", transport=httpx.MockTransport(respond), retry=retry)


def person(uid: str, **fields: Any) -> CustomerCreate:
    return CustomerCreate(customer_type=CustomerType.PERSON, customer_uid=uid, **fields)


def result_of(name: str, success: int, *errors: dict[str, Any]) -> httpx.Response:
    silent = {other: {"success": 0, "errors": []} for other in ("create", "update", "upsert", "delete")}
    return httpx.Response(
        207 if errors else 200, json={**silent, name: {"success": success, "errors": list(errors)}}
    )


@pytest.mark.parametrize(
    "foreign",
    [
        httpx.Response(404, html="<h1>404 Not Found</h1>"),
        httpx.Response(404, text="not found"),
        httpx.Response(404),
        httpx.Response(404, json={"message": "no Route matched with those values"}),
        httpx.Response(404, json={"code": 404, "message": "Not Found"}),
        httpx.Response(404, json={**GONE, "logId": None}),
        httpx.Response(404, json={**GONE, "code": "TENANT_NOT_FOUND"}),
        httpx.Response(410, json=GONE),
        httpx.Response(200, json={"status": "maintenance"}),
        httpx.Response(200, content=b"null"),
        httpx.Response(200),
    ],
    ids=lambda response: f"{response.status_code} {response.text[:40]}",
)
async def test_only_the_api_s_own_not_found_proves_that_a_delete_was_done(foreign: httpx.Response):
    def respond(request: httpx.Request) -> httpx.Response:
        return foreign if request.method == "GET" else httpx.Response(503)

    async with client(respond) as flow:
        result = await flow.customers.batch(
            delete=[CustomerBatchDelete(customer_uid="c-1")], resolve_unknown=True
        )
        assert [outcome.error_code for outcome in result.unknown] == ["HTTP_503"]


async def test_the_api_s_own_not_found_does_prove_it():
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json=GONE) if request.method == "GET" else httpx.Response(503)

    async with client(respond) as flow:
        result = await flow.customers.batch(
            delete=[CustomerBatchDelete(customer_uid="c-1")], resolve_unknown=True
        )
        assert len(result.succeeded) == 1


async def test_a_create_is_not_sent_again_because_a_proxy_does_not_know_the_way():
    sent = 0

    def respond(request: httpx.Request) -> httpx.Response:
        nonlocal sent
        if request.method == "GET":
            return httpx.Response(404, html="<h1>404</h1>")
        sent += 1
        return httpx.Response(502)

    async with client(respond) as flow:
        result = await flow.customers.batch(create=[person("c-1")])
    assert (len(result.unknown), sent) == (1, 1)


async def test_an_error_about_another_record_fails_no_item_of_the_batch():
    error = {
        "customerUid": "zzz",
        "customerParentUid": "c-1",
        "productUid": "c-2",
        "errorCode": "INVALID",
        "message": "no",
    }
    async with client(lambda request: result_of("upsert", 2, error)) as flow:
        result = await flow.customers.batch(upsert=[person(f"c-{number}") for number in range(3)])
    assert {outcome.error_code for outcome in result.unknown} == {"INCONSISTENT_RESPONSE"}
    assert len(result.unknown) == 3


async def test_a_delete_that_is_refused_after_a_503_has_not_succeeded():
    responses = iter(
        [
            httpx.Response(503),
            result_of("delete", 0, {"customerUid": "c-1", "errorCode": "CANNOT_BE_DELETED", "message": "no"}),
        ]
    )
    async with client(lambda request: next(responses)) as flow:
        result = await flow.customers.batch(delete=[CustomerBatchDelete(customer_uid="c-1")])
    assert [outcome.error_code for outcome in result.unknown] == ["CANNOT_BE_DELETED"]


@pytest.mark.parametrize("status", [408, 503])
async def test_a_chunk_that_is_refused_as_a_whole_for_a_transient_reason_is_sent_again(status: int):
    responses = iter([httpx.Response(status), httpx.Response(status), result_of("upsert", 2)])
    async with client(lambda request: next(responses)) as flow:
        result = await flow.customers.batch(upsert=[person("c-1"), person("c-2")])
    assert [outcome.attempts for outcome in result.succeeded] == [3, 3]


async def test_an_item_that_is_not_sent_again_for_want_of_budget_says_so():
    async with client(lambda request: httpx.Response(503), Retry(budget=0)) as flow:
        result = await flow.customers.batch(upsert=[person("c-1")])
    assert "the retry budget is used up" in str(result.unknown[0].message)


class _SlowSender(socket.socket):
    """A socket that hands a body to the network bit by bit, as a long line does."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        if self.type == socket.SOCK_STREAM:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


@asynccontextmanager
async def refusing_server(limit: int, *, resets: bool) -> AsyncIterator[tuple[str, list[int]]]:
    """Answers 413 as soon as it has read the head of a request whose body is larger than `limit`."""
    accepted: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                if size > limit:
                    writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    if resets:
                        linger = struct.pack("ii", 1, 0)
                        writer.get_extra_info("socket").setsockopt(
                            socket.SOL_SOCKET, socket.SO_LINGER, linger
                        )
                    return
                ((name, items),) = orjson.loads(await reader.readexactly(size)).items()
                accepted.append(size)
                body = result_of(name, len(items)).content
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2048)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", accepted


@pytest.mark.parametrize("transport", [None, "aiohttp"])
@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("resets", [False, True])
async def test_a_413_before_the_body_is_written_leads_to_smaller_chunks(
    transport: Literal["aiohttp"] | None, slow: bool, resets: bool, monkeypatch: pytest.MonkeyPatch
):
    if slow:
        monkeypatch.setattr(socket, "socket", _SlowSender)
    async with (
        refusing_server(limit=150_000, resets=resets) as (base_url, accepted),
        FlowRetail(tenant="acme", token="t", base_url=base_url, transport=transport, retry=QUICK) as flow,
    ):
        result = await flow.customers.batch(
            upsert=[person(f"c-{number}", firstname="x" * 2000) for number in range(450)]
        )
    assert (len(result.succeeded), len(accepted)) == (450, 8)
    assert max(accepted) <= 150_000
