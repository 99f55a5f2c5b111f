"""The vendor's exchange of a user's auth token for an access token."""

import pickle

import pytest
from token_issuer import Issuer, bearer

from flow_retail_core.auth.account import AccountTokenProvider
from flow_retail_core.errors import AuthenticationError, TokenError


async def test_account_tokens_are_exchanged_at_the_documented_path(server, make_client, get):
    server.script = [
        server.reply(200, {"accessToken": "short-lived", "tenantUser": {}}),
        server.reply(200, {}),
    ]
    await make_client(token=AccountTokenProvider("user-auth")).send(get, ("c-1",))
    exchange, call = server.seen
    assert (exchange.method, exchange.target) == ("POST", "/v2/tenants/acme/account")
    assert (exchange.headers["authorization"], exchange.headers["content-length"]) == (
        "Bearer user-auth",
        "0",
    )
    assert call.headers["authorization"] == "Bearer short-lived"


async def test_the_auth_token_may_come_from_a_callable_and_the_exchange_is_retried(server, make_client, get):
    server.script = [
        server.reply(503),
        server.reply(200, {"accessToken": "short-lived"}),
        server.reply(200, {}),
    ]
    await make_client(token=AccountTokenProvider(Issuer())).send(get, ("c-1",))
    assert bearer(server) == ["token-1", "token-1", "short-lived"]


async def test_a_refused_exchange_says_that_it_was_the_exchange(server, make_client, get):
    server.default = server.reply(401, {"code": "EXPIRED"})
    with pytest.raises(AuthenticationError, match=r"account.login: 401 EXPIRED") as caught:
        await make_client(token=AccountTokenProvider("user-auth")).send(get, ("c-1",))
    assert caught.value.operation == "account.login"


@pytest.mark.parametrize("content", [{}, {"accessToken": None}, []])
async def test_an_exchange_without_a_token_is_reported(content, server, make_client, get):
    server.default = server.reply(200, content)
    with pytest.raises(TokenError, match="no accessToken"):
        await make_client(token=AccountTokenProvider("user-auth")).send(get, ("c-1",))


async def test_an_auth_token_that_is_none_is_reported(server, make_client, get):
    with pytest.raises(TokenError, match="what auth_token returned must be a str, not int"):
        await make_client(token=AccountTokenProvider(Issuer(5))).send(get, ("c-1",))


async def test_another_tenant_gets_an_account_token_of_its_own(server, make_client, get):
    async def issue(seen, reader, writer):
        content = {"accessToken": seen.target.split("/")[3]} if seen.target.endswith("account") else {}
        await server.reply(200, content)(seen, reader, writer)

    server.default = issue
    flow = make_client(token=AccountTokenProvider("user-auth"))
    await flow.send(get, ("c-1",))
    await flow.with_options(tenant="other").send(get, ("c-1",))
    await flow.with_options(deadline=5.0).send(get, ("c-1",))
    assert bearer(server) == ["user-auth", "acme", "user-auth", "other", "acme"]


@pytest.mark.parametrize("token", ["", "a b", "é"])
def test_an_auth_token_is_checked_at_once(token):
    with pytest.raises(ValueError, match="auth_token"):
        AccountTokenProvider(token)


def test_a_provider_shows_its_auth_token_in_no_repr_and_no_pickle():
    provider = AccountTokenProvider("s3cret")
    assert "s3cret" not in repr(provider)
    with pytest.raises(TypeError, match="can't be pickled"):
        pickle.dumps(provider)
