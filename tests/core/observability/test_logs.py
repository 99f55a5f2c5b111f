"""What ends up in logs: attempts and waits, and nothing that may be secret."""

import logging

import httpx
import pytest

from flow_retail_core.errors import FlowRetailError


@pytest.mark.parametrize("over", ["own pool", "http_client", "httpx transport", "aiohttp"])
async def test_no_log_record_holds_token_query_value_uid_or_body(
    over, server, make_client, create, get, caplog, token
):
    secrets = (token, "query-value", "uid-of-kari", "body-text")
    async with httpx.AsyncClient() as http_client, httpx.AsyncHTTPTransport() as transport:
        options = {
            "own pool": {},
            "http_client": {"http_client": http_client},
            "httpx transport": {"transport": transport},
            "aiohttp": {"transport": "aiohttp"},
        }[over]
        flow = make_client(**options)
        with caplog.at_level(logging.DEBUG):
            server.script = [server.reply(503), server.close, server.reply(200, {"a": 1})]
            await flow.send(get, ("uid-of-kari",), query={"q": "query-value"})
            server.script = [server.reply(409, {"message": "no"})]
            with pytest.raises(FlowRetailError):
                await flow.send(create, query={"q": "query-value"}, content=b'{"name": "body-text"}')
            await flow.request("GET", "/uid-of-kari")
    text = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "customers.get: attempt 1: 503; next attempt in 0.5 s" in text
    if over == "http_client":
        assert "http://127.0.0.1 [customers.get]" in text
    for secret in secrets:
        assert secret not in text


async def test_other_requests_of_a_users_http_client_are_logged_as_ever(server, make_client, get, caplog):
    async with httpx.AsyncClient() as http_client:
        await make_client(http_client=http_client).send(get, ("c-1",))
        with caplog.at_level(logging.INFO, "httpx"):
            await http_client.get(f"{server.url}/theirs?x=1")
    assert "/theirs?x=1" in caplog.text
