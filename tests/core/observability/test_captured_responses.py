"""What `capture_responses` shows of calls, and what it keeps out."""

import asyncio

import pytest

from flow_retail_core.errors import APIConnectionError, NotFoundError
from flow_retail_core.observability.captured_responses import capture_responses


async def test_status_headers_and_attempts_of_a_call_can_be_seen(server, make_client, get):
    server.script = [server.reply(503), server.reply(200, {}, headers={"X-Request-Id": "r-1"})]
    with capture_responses() as responses:
        await make_client().send(get, ("c-1",))
    (info,) = responses
    assert (info.operation, info.status_code, info.attempts) == ("customers.get", 200, 2)
    assert info.headers["x-request-id"] == info.headers["X-Request-Id"] == "r-1"
    assert info.elapsed > 0


async def test_an_error_response_is_captured_and_a_lost_one_is_not(server, make_client, get):
    flow = make_client()
    with capture_responses() as responses:
        server.script = [server.reply(404)]
        with pytest.raises(NotFoundError):
            await flow.send(get, ("c-1",))
        server.default = server.reset
        with pytest.raises(APIConnectionError):
            await flow.send(get, ("c-1",))
    assert [info.status_code for info in responses] == [404]


async def test_cookies_and_credentials_are_not_captured(server, make_client, get, token):
    server.default = server.reply(200, {}, headers={"Set-Cookie": "session=s3cret"})
    with capture_responses() as responses:
        await make_client().send(get, ("c-1",))
    assert "set-cookie" not in responses[0].headers
    assert token not in repr(dict(responses[0].headers))
    assert "s3cret" not in repr(responses)


async def test_tasks_started_inside_are_captured_and_blocks_nest(server, make_client, get):
    flow = make_client()
    with capture_responses() as outer:
        await flow.send(get, ("c-1",))
        with capture_responses() as inner:
            await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(3)))
        await flow.send(get, ("c-1",))
    await flow.send(get, ("c-1",))
    assert (len(outer), len(inner)) == (5, 3)


async def test_a_token_exchange_is_not_captured_as_a_call(server, make_client, get):
    async def fetch():
        await flow.request("GET", "/health")
        return "fresh"

    flow = make_client()
    renewed = flow.with_options(token=fetch)
    with capture_responses() as responses:
        await renewed.send(get, ("c-1",))
    assert [info.operation for info in responses] == ["customers.get"]
