"""The attempts of one call: what is retried, after how long, and what a lost response means."""

import asyncio
import pickle

import pytest
from attrs import evolve

from flow_retail_core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    ConflictError,
    FlowRetailError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
)
from flow_retail_core.operation import Operation
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

# -- Retries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_transient_status_is_retried(status, server, make_client, get, waits):
    server.script = [server.reply(status)] * 3
    assert (await make_client().send(get, ("c-1",))).attempts == 4
    assert waits == [0.5, 1.0, 2.0]


async def test_after_the_last_attempt_the_error_counts_them(server, make_client, get):
    server.default = server.reply(503, {"code": "DOWN", "message": "Down", "logId": "l-1"})
    with pytest.raises(InternalServerError) as caught:
        await make_client().send(get, ("c-1",))
    assert str(caught.value) == "customers.get: 503 DOWN: Down (logId l-1, 4 attempts)"
    assert len(server.seen) == 4


async def test_a_conflict_is_never_retried(server, make_client, get):
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
        await flow.send(get, ("c-1",), idempotent=False)


async def test_a_retry_after_in_either_form_is_waited_for(server, make_client, get, waits):
    date = {"Date": "Sun, 01 Mar 2026 12:00:00 GMT", "Retry-After": "Sun, 01 Mar 2026 12:00:40 GMT"}
    server.script = [server.reply(503, headers={"Retry-After": "7"}), server.reply(429, headers=date)]
    await make_client().send(get, ("c-1",))
    assert waits == [7.5, 41.0]


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (["2", "7"], 7), (["7", "2"], 7), (["2, 2"], 2), (["1,3"], 3), (["3", "soon"], 3),
        (["Sun, 01 Mar 2026 12:00:10 GMT", "3"], 10), (["3, Sun, 01 Mar 2026 12:00:10 GMT"], 10),
        (["Sun, 01 Mar 2026 12:00:10 GMT, 12"], 12),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("over", ["own", "http_client", "httpx2", "aiohttp"], indirect=True)
async def test_of_several_retry_afters_the_longest_is_waited_for_and_none_undercut(
    lines, seconds, status, server, over, get, waits
):
    head = [f"HTTP/1.1 {status} No", "Date: Sun, 01 Mar 2026 12:00:00 GMT", "Content-Length: 0"]
    head += [f"Retry-After: {line}" for line in lines]
    refused = server.raw("\r\n".join([*head, "", ""]).encode())
    server.script = [refused]
    flow = over()
    assert (await flow.send(get, ("c-1",))).attempts == 2
    assert waits == [seconds + 0.5]
    server.default = refused
    with pytest.raises(APIStatusError) as caught:
        await flow.with_options(retry=Retry(max_retry_after=seconds - 0.5)).send(get, ("c-1",))
    assert (caught.value.retry_after, caught.value.attempts) == (seconds, 1)


@pytest.mark.parametrize("value", ["-5", "soon", "nan", "", "soon, later"])
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


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("503", r"^customers.get: 503 DOWN \(not retried: the client's retry budget is used up\)$"),
        ("close", r"connection lost .* \(not retried: the client's retry budget is used up\)$"),
    ],
)
async def test_an_error_after_a_used_up_budget_says_so(fault, said, server, make_client, get, create):
    flow = make_client(retry=Retry(max_retries=1, budget=1))
    server.default = server.reply(503, {"code": "DOWN"}) if fault == "503" else server.close
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.retry_budget_exhausted) == (2, False)
    assert "budget" not in str(caught.value)
    with pytest.raises(FlowRetailError, match=said) as caught:
        await flow.send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.retry_budget_exhausted) == (1, True)
    back = pickle.loads(pickle.dumps(caught.value))
    assert (str(back), back.retry_budget_exhausted) == (str(caught.value), True)
    # What would not have been retried anyway is not the budget's doing.
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(create, content=b"{}")
    assert caught.value.retry_budget_exhausted is False


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


# -- What is known of a failure --------------------------------------------------------------------


async def test_may_have_been_processed_remembers_every_attempt(server, make_client):
    put = Operation("customers.update", "PUT", "/tenants/{tenantUid}/customers/{customerUid}")
    flow = make_client(timeout=Timeout(read=0.5))
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


# -- DELETE ----------------------------------------------------------------------------------------

GONE = {"code": "CUSTOMER_NOT_FOUND", "message": "No such customer", "logId": "l-1"}

LOST = {
    "reset": lambda server: server.reset,
    "closed": lambda server: server.close,
    "cut short": lambda server: server.reply(200, {"name": "x" * 100}, cut=20),
    "500": lambda server: server.reply(500),
    "502": lambda server: server.reply(502, body=b"<html>"),
    "503": lambda server: server.reply(503, GONE),
    "504": lambda server: server.reply(504),
}


@pytest.mark.parametrize("lost", LOST)
async def test_a_delete_whose_response_was_lost_and_whose_retry_finds_nothing_has_succeeded(
    lost, server, make_client, delete
):
    flow = make_client()
    server.script = [LOST[lost](server), server.reply(404, GONE)]
    response = await flow.send(delete, ("c-1",))
    assert (response.attempts, response.status_code) == (2, 404)
    server.script = [LOST[lost](server), server.reply(404, GONE)]
    assert await flow.call(delete, ("c-1",)) is None


FOREIGN_404 = {
    "an error page": b"<html><h1>404 Not Found</h1></html>",
    "nothing": b"",
    "text": b"default backend - 404",
    "null": b"null",
    "an array": b'[{"code": "NOT_FOUND", "message": "x", "logId": "l"}]',
    "a string": b'"NOT_FOUND"',
    "JSON of a gateway": b'{"error": {"code": "NOT_FOUND", "message": "no route", "logId": "l"}}',
    "a problem document": b'{"type": "about:blank", "title": "Not Found", "status": 404}',
    "no logId": b'{"code": "NOT_FOUND", "message": "no route"}',
    "no code": b'{"message": "no route matched", "logId": "l"}',
    "no message": b'{"code": "NOT_FOUND", "logId": "l"}',
    "a null logId": b'{"code": "NOT_FOUND", "message": "no route", "logId": null}',
    "an empty code": b'{"code": "", "message": "no route", "logId": "l"}',
    "cut short": b'{"code": "NOT_FOUND", "message": "no ro',
    "two objects": b'{"code": "NOT_FOUND", "message": "x", "logId": "l"}{}',
}


@pytest.mark.parametrize("foreign", FOREIGN_404)
@pytest.mark.parametrize("lost", ["reset", "503"])
async def test_a_404_that_is_not_the_apis_own_does_not_prove_that_a_record_is_gone(
    foreign, lost, server, make_client, delete
):
    server.script = [LOST[lost](server), server.reply(404, body=FOREIGN_404[foreign])]
    with pytest.raises(NotFoundError) as caught:
        await make_client().call(delete, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (2, True)


async def test_a_404_to_a_method_that_returns_something_is_no_success(server, make_client, delete):
    returning = evolve(delete, returns=object())
    server.script = [server.reset, server.reply(404, GONE)]
    with pytest.raises(NotFoundError):
        await make_client().call(returning, ("c-1",))


async def test_a_delete_that_never_reached_anything_is_not_found(server, make_client, delete, get):
    server.script = [server.reply(429), server.reply(404, GONE)]
    with pytest.raises(NotFoundError):
        await make_client().send(delete, ("c-1",))
    server.script = [server.reset, server.reply(404, GONE)]
    with pytest.raises(NotFoundError) as caught:
        await make_client().send(get, ("c-1",))
    assert caught.value.may_have_been_processed
