"""A client and its scoped copies: what they share, what users may pass in, what is never shown."""

import copy
import pickle

import httpx
import pytest
from fake_transport import FakeTransport
from token_issuer import Issuer, bearer

from flow_retail_core.errors import (
    APIStatusError,
    APITimeoutError,
    DeadlineExceededError,
    InternalServerError,
)
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

FAR = {"production": "https://api.example.com/v2"}

# -- Scoped copies ---------------------------------------------------------------------------------


async def test_a_scoped_copy_differs_and_the_original_stays(server, make_client, get):
    flow = make_client()
    other = flow.with_options(
        tenant="other",
        token="tok-2",
        timeout=1.0,
        deadline=9.0,
        retry=Retry(max_retries=0),
        locale="sv",
        strict=True,
    )
    await other.send(get, ("c-1",))
    await flow.send(get, ("c-1",))
    theirs, ours = server.seen
    assert theirs.target == "/v2/tenants/other/customers/c-1"
    assert (theirs.headers["authorization"], theirs.headers["accept-language"]) == ("Bearer tok-2", "sv")
    assert ours.target == "/v2/tenants/acme/customers/c-1"
    assert "accept-language" not in ours.headers


async def test_a_timeout_and_a_deadline_can_be_scoped_to_one_call(make_client, get):
    transport = FakeTransport()
    flow = make_client(environments=FAR, transport=transport, timeout=Timeout(connect=2, read=3, write=4))
    for scoped in (flow.with_options(timeout=1.5), flow.with_options(timeout=Timeout(read=9)), flow):
        await scoped.send(get, ("c-1",))
    limits = [{**request.timeouts} for request in transport.requests]
    assert limits == [
        {"connect": 1.5, "read": 1.5, "write": 1.5, "pool": None},
        {"connect": 5.0, "read": 9, "write": 30.0, "pool": None},
        {"connect": 2, "read": 3, "write": 4, "pool": None},
    ]


async def test_a_deadline_can_be_taken_away_again(server, make_client, get):
    hurried = make_client(deadline=5.0, timeout=0.02, retry=Retry(max_retries=0)).with_options(deadline=0.01)
    server.default = server.hang
    with pytest.raises(DeadlineExceededError):
        await hurried.send(get, ("c-1",))
    with pytest.raises(APITimeoutError):
        await hurried.with_options(deadline=None).send(get, ("c-1",))


async def test_a_scoped_copy_shares_connections_and_what_was_counted(server, make_client, get):
    flow = make_client()
    copied = flow.with_options(deadline=5.0)
    await flow.send(get, ("c-1",))
    await copied.send(get, ("c-1",))
    assert server.connections == 1
    assert copied.schema_drift is flow.schema_drift


async def test_one_refresh_serves_a_client_and_its_copies_and_one_refusal_concerns_them_all(
    server, make_client, get
):
    issuer = Issuer()
    flow = make_client(token=issuer)
    copied = flow.with_options(deadline=5.0, tenant="other", retry=Retry(budget=3))
    await flow.send(get, ("c-1",))
    await copied.send(get, ("c-1",))
    assert issuer.calls == 1
    server.script = [server.reply(401)]
    await copied.send(get, ("c-1",))
    await flow.send(get, ("c-1",))
    assert bearer(server) == ["token-1"] * 3 + ["token-2"] * 2
    await flow.with_options(token=Issuer()).send(get, ("c-1",))
    assert bearer(server)[-1] == "token-1"


async def test_a_scoped_copy_shares_the_retry_budget_unless_it_has_one_of_its_own(server, make_client, get):
    flow = make_client(retry=Retry(max_retries=2, budget=2))
    copied = flow.with_options(deadline=60.0)
    server.default = server.reply(503)
    attempts = []
    for client in (copied, flow, copied, flow.with_options(retry=Retry(max_retries=2, budget=3))):
        with pytest.raises(InternalServerError) as caught:
            await client.send(get, ("c-1",))
        attempts.append((caught.value.attempts, caught.value.retry_budget_exhausted))
    assert attempts == [(3, False), (1, True), (1, True), (3, False)]


async def test_a_scoped_copy_checks_its_arguments(make_client, server):
    flow = make_client()
    with pytest.raises(ValueError, match="deadline"):
        flow.with_options(deadline=-1)
    with pytest.raises(TypeError, match="token"):
        flow.with_options(token=None)
    with pytest.raises(ValueError, match="requests_per_second"):
        flow.with_options(requests_per_second=0)
    with pytest.raises(TypeError, match="requests_per_second"):
        flow.with_options(requests_per_second=True)
    with pytest.raises(ValueError, match="tenant"):
        flow.with_options(tenant="a/b")


async def test_closing_a_scoped_copy_leaves_the_original_usable(server, make_client, get):
    flow = make_client()
    await flow.send(get, ("c-1",))
    async with flow.with_options(deadline=5.0) as scoped:
        await scoped.send(get, ("c-1",))
    with pytest.raises(RuntimeError, match="closed"):
        await scoped.send(get, ("c-1",))
    with pytest.raises(RuntimeError, match="closed"):
        scoped.with_options()
    await flow.send(get, ("c-1",))
    assert server.connections == 1


async def test_the_last_copy_in_use_closes_the_connections_and_the_original_can_open_them_again(
    server, make_client, get
):
    flow = make_client()
    async with flow.with_options(deadline=5.0) as scoped:
        await scoped.send(get, ("c-1",))
    await server.until(lambda: not server.open)
    await flow.send(get, ("c-1",))
    assert server.connections == 2


async def test_closing_the_original_closes_its_copies(server, make_client, get):
    flow = make_client()
    scoped = flow.with_options()
    await scoped.send(get, ("c-1",))
    await flow.aclose()
    await flow.aclose()
    for client in (flow, scoped):
        with pytest.raises(RuntimeError, match="closed; make a new one"):
            await client.send(get, ("c-1",))
    await scoped.aclose()
    await server.until(lambda: not server.open)


# -- What users bring ------------------------------------------------------------------------------


async def test_a_clients_own_http_client_is_used_and_left_open(server, make_client, get, token):
    async with httpx.AsyncClient(headers={"X-Gateway": "g"}, auth=("user", "password")) as http_client:
        flow = make_client(http_client=http_client)
        await flow.send(get, ("c-1",), query={"q": "x y"})
        await flow.aclose()
        assert not http_client.is_closed
    (seen,) = server.seen
    assert seen.headers["x-gateway"] == "g"
    assert seen.headers["authorization"] == f"Bearer {token}"
    assert seen.target.endswith("?q=x%20y")


async def test_a_redirect_is_never_followed_even_by_a_users_http_client(server, make_client, get):
    server.default = server.reply(302, headers={"Location": "https://evil.example/"})
    async with httpx.AsyncClient(follow_redirects=True) as http_client:
        for flow in (make_client(), make_client(http_client=http_client)):
            with pytest.raises(APIStatusError) as caught:
                await flow.send(get, ("c-1",))
            assert type(caught.value) is APIStatusError
            assert caught.value.status_code == 302
    assert len(server.seen) == 2


async def test_an_httpx_transport_of_the_users_is_used_and_left_open(make_client, get):
    class Transport(httpx.MockTransport):
        closed = False

        async def aclose(self):
            self.closed = True

    transport = Transport(lambda request: httpx.Response(200, json={"path": request.url.path}))
    flow = make_client(environments=FAR, transport=transport)
    assert (await flow.send(get, ("c-1",))).json() == {"path": "/v2/tenants/acme/customers/c-1"}
    await flow.aclose()
    assert not transport.closed


async def test_a_transport_of_our_protocol_is_used_and_left_open(make_client, get, token):
    transport = FakeTransport()
    flow = make_client(environments=FAR, transport=transport)
    assert (await flow.send(get, ("c-1",), query={"q": 1})).json() == {}
    await flow.aclose()
    assert not transport.closed
    (request,) = transport.requests
    assert (request.method, request.operation, request.idempotent) == ("GET", "customers.get", True)
    assert request.url == "https://api.example.com/v2/tenants/acme/customers/c-1?q=1"
    assert (b"Authorization", f"Bearer {token}".encode()) in request.header_lines()
    assert token not in repr(request)


async def test_both_an_http_client_and_a_transport_are_one_too_many(make_client):
    async with httpx.AsyncClient() as http_client:
        with pytest.raises(ValueError, match="not both"):
            make_client(
                environments=FAR,
                http_client=http_client,
                transport=httpx.MockTransport(lambda _: httpx.Response(200)),
            )


# -- Secrets ---------------------------------------------------------------------------------------


async def test_a_client_can_be_neither_pickled_nor_copied(make_client, server):
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="with_options"):
            attempt(make_client())


async def test_the_repr_shows_tenant_and_base_url_alone(make_client, server, token):
    assert repr(make_client()) == f"<Client tenant='acme' base_url='{server.url}'>"
    assert token not in repr(vars(make_client()))


async def test_dir_lists_what_users_call_and_nothing_else(make_client):
    own = {"call", "send", "things"}
    flow = make_client(environments=FAR)
    assert [name for name in dir(flow) if name not in own] == [
        "aclose", "base_url", "request", "schema_drift", "tenant", "with_options",
    ]  # fmt: skip
    assert dir(flow.with_options(strict=True)) == dir(flow)
