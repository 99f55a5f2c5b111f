"""The token of a client: sent with each request, kept, refreshed once for all, never shown."""

import asyncio
import gc
import pickle

import httpx
import pytest
from token_issuer import Issuer, bearer

from flow_retail_core.auth.token_cache import TokenCache
from flow_retail_core.auth.token_source import check_source, hide
from flow_retail_core.errors import APIConnectionError, AuthenticationError, TokenError
from flow_retail_core.messages import Secret


async def next_token(tokens):
    await tokens.refresh()
    return tokens.current.reveal()


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
    response = await make_client(token=issuer).send(create, content=b'{"a":1}')
    assert bearer(server) == ["token-1", "token-2"]
    assert [seen.body for seen in server.seen] == [b'{"a":1}'] * 2
    assert (response.attempts, waits) == (2, [])


async def test_a_second_refusal_is_unauthorized(server, make_client, get):
    issuer = Issuer()
    server.default = server.reply(401)
    with pytest.raises(AuthenticationError) as caught:
        await make_client(token=issuer).send(get, ("c-1",))
    assert (caught.value.attempts, issuer.calls) == (2, 2)


async def test_the_replay_is_not_one_of_the_retries(server, make_client, get):
    server.script = [server.reply(503), server.reply(401), server.reply(503), server.reply(503)]
    response = await make_client(token=Issuer()).send(get, ("c-1",))
    assert response.attempts == 5


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
    tokens = TokenCache(issuer)
    await tokens.refresh()
    old = tokens.current
    tokens.invalidate(old)
    await tokens.refresh()
    new = tokens.current
    tokens.invalidate(old)
    assert tokens.current is new
    assert issuer.calls == 2


async def test_a_fixed_token_can_not_be_invalidated():
    tokens = TokenCache(Secret("tok"))
    tokens.invalidate(tokens.current)
    assert not tokens.renewable
    assert await next_token(tokens) == "tok"


async def test_a_cancelled_waiter_leaves_the_refresh_to_the_others():
    issuer = Issuer()
    issuer.gate.clear()
    tokens = TokenCache(issuer)
    first, second = asyncio.create_task(next_token(tokens)), asyncio.create_task(next_token(tokens))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    issuer.gate.set()
    assert await second == "token-1"


async def test_a_failing_refresh_raises_to_all_who_wait_and_is_not_kept():
    issuer = Issuer(RuntimeError("down"))
    tokens = TokenCache(issuer)
    problems = await asyncio.gather(*(next_token(tokens) for _ in range(5)), return_exceptions=True)
    assert [type(problem) for problem in problems] == [TokenError] * 5
    assert len({id(problem) for problem in problems}) == 5
    assert await next_token(tokens) == "token-2"


async def test_a_failing_refresh_that_no_one_waits_for_stays_quiet(caplog):
    issuer = Issuer(RuntimeError("down"))
    issuer.gate.clear()
    tokens = TokenCache(issuer)
    waiter = asyncio.create_task(next_token(tokens))
    await asyncio.sleep(0)
    waiter.cancel()
    issuer.gate.set()
    await asyncio.gather(waiter, return_exceptions=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del tokens, waiter
    gc.collect()
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


async def test_a_callable_that_is_not_async_says_how_to_declare_it(make_client, server, get):
    with pytest.raises(TokenError, match="returned no awaitable: declare it with `async def`"):
        await make_client(token=lambda: "tok").send(get, ("c-1",))


async def test_an_error_of_ours_out_of_the_callable_is_passed_on(make_client, server, get):
    with pytest.raises(APIConnectionError, match="identity server"):
        await make_client(token=Issuer(APIConnectionError("identity server"))).send(get, ("c-1",))


async def test_a_refresh_that_was_cancelled_from_elsewhere_is_an_error_not_a_cancellation():
    tokens = TokenCache(Issuer(asyncio.CancelledError()))
    with pytest.raises(TokenError, match="cancelled"):
        await next_token(tokens)


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

    tokens = TokenCache(fetch)

    async def give_up():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(next_token(tokens), 0.01)

    asyncio.run(give_up())
    assert asyncio.run(next_token(tokens)) == "tok"


def test_tokens_show_up_in_no_repr_and_no_pickle():
    for holder in (Secret("s3cret"), TokenCache(Secret("s3cret"))):
        assert "s3cret" not in repr(holder)
        with pytest.raises(TypeError, match="can't be pickled"):
            pickle.dumps(holder)


def test_a_token_is_visible_ascii():
    token = check_source(hide("abc.DEF-123_~+/="))
    assert isinstance(token, Secret)
    assert token.reveal() == "abc.DEF-123_~+/="
    with pytest.raises(TypeError, match=r"token must be a str, .* not bytes"):
        check_source(hide(b"abc"))
