import asyncio
import pickle

import httpx
import pytest

from flow_retail_core.auth import AccountTokenProvider, Tokens, check_token
from flow_retail_core.errors import APIConnectionError, TokenError, AuthenticationError


class Issuer:
    """An async callable that gives numbered tokens, when `gate` lets it."""

    def __init__(self, *outcomes):
        self.calls = 0
        self.outcomes = list(outcomes)
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self):
        self.calls += 1
        number = self.calls
        await self.gate.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else f"token-{number}"
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def bearer(server):
    return [seen.headers["authorization"].removeprefix("Bearer ") for seen in server.seen]


async def test_a_fixed_token_is_sent_with_every_request(server, make_client, get, token):
    await make_client().send(get, ("c-1",))
    assert bearer(server) == [token]


async def test_a_fixed_token_that_is_refused_is_unauthorized_at_once(server, make_client, get):
    server.default = server.reply(401, {"code": "BAD_TOKEN"})
    with pytest.raises(AuthenticationError) as caught:
        await make_client().send(get, ("c-1",))
    assert (caught.value.attempts, len(server.seen)) == (1, 1)


async def test_a_callable_is_asked_once_and_its_token_kept(server, make_client, get):
    issuer = Issuer()
    flow = make_client(token=issuer)
    for _ in range(3):
        await flow.send(get, ("c-1",))
    assert bearer(server) == ["token-1"] * 3


async def test_a_thousand_tasks_share_one_refresh(server, make_client, get):
    issuer = Issuer()
    issuer.gate.clear()
    flow = make_client(token=issuer)
    tasks = [asyncio.create_task(flow.send(get, ("c-1",))) for _ in range(1000)]
    await asyncio.sleep(0)
    issuer.gate.set()
    await asyncio.gather(*tasks)
    assert issuer.calls == 1


async def test_a_refused_token_is_replaced_and_the_request_replayed_once(server, make_client, create, waits):
    issuer = Issuer()
    server.script = [server.reply(401)]
    answer = await make_client(token=issuer).send(create, content=b'{"a":1}')
    assert bearer(server) == ["token-1", "token-2"]
    assert [seen.body for seen in server.seen] == [b'{"a":1}'] * 2
    assert (answer.attempts, waits) == (2, [])


async def test_a_second_refusal_is_unauthorized(server, make_client, get):
    issuer = Issuer()
    server.default = server.reply(401)
    with pytest.raises(AuthenticationError) as caught:
        await make_client(token=issuer).send(get, ("c-1",))
    assert (caught.value.attempts, issuer.calls) == (2, 2)


async def test_the_replay_is_not_one_of_the_tries(server, make_client, get):
    server.script = [server.reply(503), server.reply(401), server.reply(503), server.reply(503)]
    answer = await make_client(token=Issuer()).send(get, ("c-1",))
    assert answer.attempts == 5


async def test_many_refused_at_once_cause_one_refresh(server, make_client, get):
    issuer = Issuer()
    accepted = {"token-1"}

    async def check(seen, reader, writer):
        status = 200 if seen.headers["authorization"].removeprefix("Bearer ") in accepted else 401
        await server.reply(status, {})(seen, reader, writer)

    server.default = check
    flow = make_client(token=issuer)
    await flow.send(get, ("c-1",))
    accepted = {"token-2"}
    await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(100)))
    assert issuer.calls == 2


async def test_a_newer_token_is_not_invalidated_by_a_late_refusal_of_an_older_one():
    issuer = Issuer()
    tokens = Tokens(issuer)
    old = await tokens.get()
    tokens.invalidate(old)
    new = await tokens.get()
    tokens.invalidate(old)
    assert tokens.current == new
    assert issuer.calls == 2


async def test_a_fixed_token_can_not_be_invalidated():
    tokens = Tokens("tok")
    tokens.invalidate("tok")
    assert await tokens.get() == "tok"
    with pytest.raises(TokenError):
        await tokens._renew()


async def test_a_cancelled_waiter_leaves_the_refresh_to_the_others():
    issuer = Issuer()
    issuer.gate.clear()
    tokens = Tokens(issuer)
    first, second = asyncio.create_task(tokens.get()), asyncio.create_task(tokens.get())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    issuer.gate.set()
    assert await second == "token-1"


async def test_a_failing_refresh_raises_to_all_who_wait_and_is_not_kept():
    issuer = Issuer(RuntimeError("down"))
    tokens = Tokens(issuer)
    problems = await asyncio.gather(*(tokens.get() for _ in range(5)), return_exceptions=True)
    assert [type(problem) for problem in problems] == [TokenError] * 5
    assert len({id(problem) for problem in problems}) == 5
    assert await tokens.get() == "token-2"


async def test_a_failing_refresh_that_no_one_waits_for_stays_quiet(caplog):
    issuer = Issuer(RuntimeError("down"))
    issuer.gate.clear()
    tokens = Tokens(issuer)
    waiter = asyncio.create_task(tokens.get())
    await asyncio.sleep(0)
    waiter.cancel()
    issuer.gate.set()
    await asyncio.gather(waiter, return_exceptions=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tokens._refresh = None
    assert caplog.text == ""


async def test_a_foreign_error_is_wrapped_without_its_text_or_itself(make_client, server, get):
    request = httpx.Request("POST", "https://id.example.com", headers={"Authorization": "s3cret"})
    response = httpx.Response(500, request=request)
    flow = make_client(token=Issuer(httpx.HTTPStatusError("s3cret", request=request, response=response)))
    with pytest.raises(
        TokenError, match=r"customers.get: the token callable raised HTTPStatusError in"
    ) as caught:
        await flow.send(get, ("c-1",))
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert (caught.value.operation, caught.value.attempts) == ("customers.get", 0)
    assert server.seen == []


@pytest.mark.parametrize("outcome", [None, 5, "", "s3cret\n", "s3crét"])
async def test_what_is_no_token_is_refused_without_being_shown(outcome, make_client, server, get):
    with pytest.raises(TokenError, match="what the token callable returned") as caught:
        await make_client(token=Issuer(outcome)).send(get, ("c-1",))
    assert "s3" not in str(caught.value)
    assert caught.value.__context__ is None


async def test_a_callable_that_is_not_awaitable_is_reported(make_client, server, get):
    with pytest.raises(TokenError, match="the token callable raised TypeError"):
        await make_client(token=lambda: "tok").send(get, ("c-1",))


async def test_an_error_of_ours_out_of_the_callable_is_passed_on(make_client, server, get):
    with pytest.raises(APIConnectionError, match="identity server"):
        await make_client(token=Issuer(APIConnectionError("identity server"))).send(get, ("c-1",))


async def test_a_refresh_that_was_cancelled_from_elsewhere_is_an_error_not_a_cancellation():
    tokens = Tokens(Issuer(asyncio.CancelledError()))
    with pytest.raises(TokenError, match="cancelled"):
        await tokens.get()


async def test_closing_stops_a_refresh_and_its_waiters(make_client, server, get):
    issuer = Issuer()
    issuer.gate.clear()
    flow = make_client(token=issuer)
    waiting = asyncio.create_task(flow.send(get, ("c-1",)))
    await server.until(lambda: issuer.calls)
    await flow.aclose()
    with pytest.raises(TokenError):
        await waiting


def test_a_refresh_left_behind_in_a_closed_loop_does_not_block_the_next():
    issuer_gate = []

    async def fetch():
        if not issuer_gate:
            issuer_gate.append(1)
            await asyncio.Event().wait()
        return "tok"

    tokens = Tokens(fetch)

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(tokens.get(), 0.01)

    asyncio.run(give_up())
    assert asyncio.run(tokens.get()) == "tok"


async def test_account_tokens_are_exchanged_at_the_documented_place(server, make_client, get):
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
    with pytest.raises(TokenError, match="auth_token must be a str, not int"):
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


def test_tokens_show_up_in_no_repr_and_no_pickle():
    for holder in (AccountTokenProvider("s3cret"), Tokens("s3cret"), Tokens(Issuer())):
        assert "s3cret" not in repr(holder)
        with pytest.raises(TypeError, match="can't be pickled"):
            pickle.dumps(holder)


def test_a_token_is_visible_ascii():
    assert check_token("abc.DEF-123_~+/=") == "abc.DEF-123_~+/="
    with pytest.raises(TypeError, match="token must be a str, not bytes"):
        check_token(b"abc")
