import asyncio
import json
import pickle

import httpx
import pytest

from flow_retail_core.errors import (
    APIStatusError,
    ConflictError,
    APIConnectionError,
    DeadlineExceededError,
    FlowRetailError,
    NotFoundError,
    RateLimitError,
    APITimeoutError,
    InternalServerError,
    UnprocessableEntityError,
)
from flow_retail_core.operation import Operation
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

# -- Retries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_status_is_tried_again(status, server, make_client, get, waits):
    server.script = [server.reply(status)] * 3
    assert (await make_client().send(get, ("c-1",))).attempts == 4
    assert waits == [0.5, 1.0, 2.0]


async def test_after_the_last_attempt_the_error_counts_them(server, make_client, get):
    server.default = server.reply(503, {"code": "DOWN", "message": "Down", "logId": "l-1"})
    with pytest.raises(InternalServerError) as caught:
        await make_client().send(get, ("c-1",))
    assert str(caught.value) == "customers.get: 503 DOWN: Down (logId l-1, 4 attempts)"
    assert len(server.seen) == 4


async def test_a_conflict_is_never_tried_again(server, make_client, get):
    server.default = server.reply(409)
    with pytest.raises(ConflictError) as caught:
        await make_client().send(get, ("c-1",))
    assert (caught.value.attempts, len(server.seen)) == (1, 1)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_create_is_not_repeated_after_a_server_error(status, server, make_client, create):
    server.default = server.reply(status)
    with pytest.raises(APIStatusError) as caught:
        await make_client().send(create, content=b"{}")
    assert len(server.seen) == 1
    assert caught.value.may_have_been_processed is (status >= 500)


async def test_a_create_is_repeated_after_429(server, make_client, create, waits):
    server.script = [server.reply(429, headers={"Retry-After": "3"})]
    assert (await make_client().send(create, content=b"{}")).attempts == 2
    assert waits == [3.5]


async def test_a_search_is_repeated_and_so_is_what_the_caller_says(server, make_client, search, create, get):
    flow = make_client()
    server.script = [server.reply(503)]
    assert (await flow.send(search, content=b"{}")).attempts == 2
    server.script = [server.reply(503)]
    assert (await flow.send(create, content=b"{}", idempotent=True)).attempts == 2
    server.script = [server.reply(503)]
    with pytest.raises(InternalServerError):
        await flow.send(get, ("c-1",), repeatable=False)


async def test_a_retry_after_in_either_form_is_sat_out(server, make_client, get, waits):
    date = {"Date": "Sun, 01 Mar 2026 12:00:00 GMT", "Retry-After": "Sun, 01 Mar 2026 12:00:40 GMT"}
    server.script = [server.reply(503, headers={"Retry-After": "7"}), server.reply(429, headers=date)]
    await make_client().send(get, ("c-1",))
    assert waits == [7.5, 41.0]


@pytest.mark.parametrize("value", ["-5", "soon", "nan", "", "1,2"])
async def test_a_garbled_retry_after_is_ignored(value, server, make_client, get, waits):
    server.script = [server.reply(503, headers={"Retry-After": value})]
    await make_client().send(get, ("c-1",))
    assert waits == [0.5]


@pytest.mark.parametrize(("value", "seconds"), [("121", 121), ("9" * 400, 1e9)])
async def test_a_retry_after_beyond_the_limit_is_raised_at_once(
    value, seconds, server, make_client, get, waits
):
    server.default = server.reply(429, headers={"Retry-After": value})
    with pytest.raises(RateLimitError) as caught:
        await make_client().send(get, ("c-1",))
    assert (caught.value.retry_after, caught.value.attempts, waits) == (seconds, 1, [])
    assert caught.value.may_have_been_processed is False


async def test_a_retry_after_beyond_the_deadline_is_raised_at_once(server, make_client, get, waits):
    server.default = server.reply(503, headers={"Retry-After": "30"})
    with pytest.raises(InternalServerError) as caught:
        await make_client(deadline=20.0).send(get, ("c-1",))
    assert (caught.value.retry_after, waits) == (30, [])


async def test_the_budget_stops_a_storm_and_waits_that_the_server_ordered_are_free(server, make_client, get):
    flow = make_client(retry=Retry(budget=5))
    server.default = server.reply(503)
    for _ in range(10):
        with pytest.raises(InternalServerError):
            await flow.send(get, ("c-1",))
    assert len(server.seen) == 15
    server.script = [server.reply(503, headers={"Retry-After": "1"}), server.reply(200, {})]
    assert (await flow.send(get, ("c-1",))).attempts == 2


async def test_one_in_five_lost_at_random_goes_on_for_ever(server, make_client, get):
    import random

    chance = random.Random(3)

    async def flaky(seen, reader, writer):
        behave = server.reply(503) if chance.random() < 0.2 else server.reply(200, {})
        await behave(seen, reader, writer)

    server.default = flaky
    flow = make_client(retry=Retry(max_retries=19, budget=50))
    for _ in range(20):
        await asyncio.gather(*(flow.send(get, ("c-1",)) for _ in range(50)))


# -- DELETE ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["reset", "502"])
async def test_a_delete_whose_answer_was_lost_and_whose_repeat_finds_nothing_has_succeeded(
    fault, server, make_client, delete
):
    server.script = [server.reset if fault == "reset" else server.reply(502), server.reply(404)]
    flow = make_client()
    assert (await flow.send(delete, ("c-1",))).attempts == 2
    server.script = [server.reset, server.reply(404)]
    assert await flow.call(delete, ("c-1",), returns=None) is None


async def test_a_delete_that_never_reached_anything_is_not_found(server, make_client, delete, get):
    server.script = [server.reply(429), server.reply(404)]
    with pytest.raises(NotFoundError):
        await make_client().send(delete, ("c-1",))
    server.script = [server.reset, server.reply(404)]
    with pytest.raises(NotFoundError) as caught:
        await make_client().send(get, ("c-1",))
    assert caught.value.may_have_been_processed


# -- Deadline and cancellation ---------------------------------------------------------------------


async def test_the_deadline_bounds_an_attempt(server, make_client, get):
    server.default = server.hang
    with pytest.raises(
        DeadlineExceededError, match=r"customers.get: not done within 0.05 s \(attempts: 1"
    ) as caught:
        await make_client(deadline=0.05).send(get, ("c-1",))
    error = caught.value
    assert (error.operation, error.attempts, error.may_have_been_processed) == ("customers.get", 1, True)
    assert error.__context__ is None
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301  # our own


async def test_the_deadline_bounds_waits_and_names_the_last_failure(server, make_client, get):
    async def sleep(_seconds):
        await asyncio.sleep(60)

    flow = make_client(deadline=0.9)
    object.__setattr__(flow._caller.sender.retries.clock, "sleep", sleep)
    server.default = server.reply(503)
    with pytest.raises(DeadlineExceededError, match="the last: 503"):
        await flow.send(get, ("c-1",))


async def test_the_deadline_bounds_the_token(server, make_client, get):
    async def never():
        await asyncio.Event().wait()

    flow = make_client(deadline=0.03, token=never)
    with pytest.raises(DeadlineExceededError, match="attempts: 0") as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is False


async def test_the_deadline_bounds_the_wait_for_a_slot(server, make_client, get):
    flow = make_client(max_concurrency=1)
    server.script = [server.hang]
    blocking = asyncio.create_task(flow.send(get, ("c-1",)))
    await server.arrived.wait()
    with pytest.raises(DeadlineExceededError, match="attempts: 0"):
        await flow.with_options(deadline=0.03).send(get, ("c-1",))
    blocking.cancel()
    await asyncio.gather(blocking, return_exceptions=True)


async def test_the_deadline_before_anything_was_sent_says_so(make_client, get):
    async def connect_for_ever(_request):
        await asyncio.Event().wait()

    class Transport(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            await connect_for_ever(request)

    far = {"production": "https://api.example.com"}
    flow = make_client(environments=far, deadline=0.03)
    pool = flow._connections.link._close.__self__._pool

    class Backend:
        async def connect_tcp(self, *_args, **_kwargs):
            await asyncio.Event().wait()

    pool._network_backend = Backend()
    with pytest.raises(DeadlineExceededError) as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)
    # Through a transport that is not ours, no one knows.
    flow = make_client(environments=far, deadline=0.03, transport=Transport())
    with pytest.raises(DeadlineExceededError) as caught:
        await flow.send(get, ("c-1",))
    assert caught.value.may_have_been_processed is True


async def test_an_outer_timeout_is_not_taken_for_the_deadline(server, make_client, get):
    server.default = server.hang
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.03):
            await make_client(deadline=5.0).send(get, ("c-1",))
    assert not isinstance(caught.value, FlowRetailError)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize("deadline", [None, 5.0])
async def test_a_cancellation_passes_through_and_is_not_retried(deadline, server, make_client, get):
    server.default = server.hang
    task = asyncio.create_task(make_client(deadline=deadline).send(get, ("c-1",)))
    await server.arrived.wait()
    task.cancel("mine")
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.01)
    assert len(server.seen) == 1


async def test_a_cancellation_during_a_wait_passes_through(server, make_client, get, waits):
    async def sleep(_seconds):
        raise asyncio.CancelledError

    flow = make_client()
    object.__setattr__(flow._caller.sender.retries.clock, "sleep", sleep)
    server.default = server.reply(503)
    with pytest.raises(asyncio.CancelledError):
        await flow.send(get, ("c-1",))
    assert len(server.seen) == 1


async def test_closing_during_a_wait_raises_what_is_known(server, make_client, get):
    flow = make_client()

    async def close(_seconds):
        await flow.aclose()

    object.__setattr__(flow._caller.sender.retries.clock, "sleep", close)
    server.default = server.reply(503)
    with pytest.raises(InternalServerError):
        await flow.send(get, ("c-1",))
    assert len(server.seen) == 1


# -- Errors ----------------------------------------------------------------------------------------


async def test_an_error_tells_what_the_api_said(server, make_client, get):
    content = {"code": "INVALID", "message": "vatNumber is invalid", "logId": "l-9", "extra": "Kari"}
    server.default = server.reply(422, content)
    with pytest.raises(UnprocessableEntityError) as caught:
        await make_client().send(get, ("c-1",))
    error = caught.value
    assert (error.status_code, error.code, error.message, error.log_id) == (
        422, "INVALID", "vatNumber is invalid", "l-9",
    )  # fmt: skip
    assert (error.operation, error.attempts, error.retry_after) == ("customers.get", 1, None)
    assert json.loads(error.body) == content
    assert "Kari" not in str(error) + repr(error)
    assert str(error) == "customers.get: 422 INVALID: vatNumber is invalid (logId l-9)"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad Gateway</html>", b"\xff\xfe\x00", b"null", b"[]", b'"text"', b"{", b'{"code": null}',
     b'{"code": {}, "message": [], "logId": true}', b"[" * 100_000],
)  # fmt: skip
async def test_a_page_that_is_not_the_apis_still_gives_the_right_class(body, server, make_client, get):
    server.default = server.reply(404, body=body)
    with pytest.raises(NotFoundError) as caught:
        await make_client().send(get, ("c-1",))
    error = caught.value
    assert (error.code, error.message, error.log_id) == (None, None, None)
    assert str(error) == "customers.get: 404"
    assert error.__context__ is None


async def test_a_code_that_is_a_number_becomes_text(server, make_client, get):
    server.default = server.reply(400, {"code": 17, "message": "", "logId": 5})
    with pytest.raises(APIStatusError) as caught:
        await make_client().send(get, ("c-1",))
    assert (caught.value.code, caught.value.message, caught.value.log_id) == ("17", None, "5")


async def test_a_huge_error_page_is_kept_in_part(server, make_client, get):
    server.default = server.reply(500, body=b"x" * 1_000_000)
    with pytest.raises(InternalServerError) as caught:
        await make_client(retry=Retry(max_retries=0)).send(get, ("c-1",))
    assert len(caught.value.body) == 64 * 1024
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308, 402, 410, 418, 451])
async def test_other_statuses_are_the_base_class(status, server, make_client, get):
    server.default = server.reply(status, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(APIStatusError) as caught:
        await make_client().send(get, ("c-1",))
    assert type(caught.value) is APIStatusError
    assert caught.value.may_have_been_processed is False
    assert len(server.seen) == 1


async def test_may_have_been_processed_remembers_every_attempt(server, make_client):
    put = Operation("customers.update", "PUT", "/tenants/{tenantUid}/customers/{customerUid}")
    flow = make_client(timeout=Timeout(read=0.02))
    for fault, expected in ((server.reply(500), True), (server.hang, True), (server.reply(429), False)):
        server.script = [fault, server.reply(400)]
        with pytest.raises(APIStatusError) as caught:
            await flow.send(put, ("c-1",), content=b"{}")
        assert caught.value.may_have_been_processed is expected


async def test_timeouts_and_lost_connections_are_told_apart(server, make_client, get):
    flow = make_client(timeout=Timeout(read=0.02), retry=Retry(max_retries=1))
    server.default = server.hang
    with pytest.raises(
        APITimeoutError, match=r"nothing received within 0.02 s \(read timeout\) \(2 attempts\)"
    ):
        await flow.send(get, ("c-1",))
    server.default = server.reset
    with pytest.raises(APIConnectionError, match=r"customers.get: connection lost before .* \(2 attempts\)"):
        await flow.send(get, ("c-1",))


async def test_a_wait_can_be_replaced_by_a_programs_test(server, make_client, get, monkeypatch):
    from flow_retail_core.exchange import Timing

    slept = []
    real = asyncio.sleep

    async def sleep(seconds):
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await Timing().sleep(3.0)
    assert slept == [3.0]
    assert 0 <= Timing().random() < 1
