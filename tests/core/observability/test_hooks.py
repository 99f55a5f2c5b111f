"""Hooks: what they are called with, and what happens if they fail."""

import asyncio
import logging

import pytest

from flow_retail_core.errors import InternalServerError
from flow_retail_core.observability.hooks import Hooks, RequestEvent, ResponseEvent, RetryEvent


async def test_hooks_see_every_attempt_and_every_wait(server, make_client, get):
    events = []
    flow = make_client(
        hooks=Hooks(on_request=events.append, on_response=events.append, on_retry=events.append)
    )
    server.script = [server.reply(503), server.close]
    await flow.send(get, ("c-1",))
    assert [type(event) for event in events] == [
        RequestEvent, ResponseEvent, RetryEvent, RequestEvent, ResponseEvent, RetryEvent, RequestEvent,
        ResponseEvent,
    ]  # fmt: skip
    assert [event.attempt for event in events] == [1, 1, 1, 2, 2, 2, 3, 3]
    assert [event.status_code for event in events if isinstance(event, ResponseEvent)] == [503, None, 200]
    retries = [event for event in events if isinstance(event, RetryEvent)]
    assert [(event.wait, event.status_code) for event in retries] == [(0.5, 503), (1.0, None)]
    assert [event.reason for event in retries] == ["503", "connection lost before the response was complete"]
    assert {(event.operation, event.method) for event in events} == {("customers.get", "GET")}
    assert all(event.elapsed > 0 for event in events if isinstance(event, ResponseEvent))


async def test_events_hold_no_token_no_query_value_no_uid_and_no_body(server, make_client, token):
    events = []
    hooks = Hooks(on_request=events.append, on_response=events.append, on_retry=events.append)
    server.script = [server.reply(429, {"message": "body-text"})]
    await make_client(hooks=hooks).request(
        "POST", "/tenants/{tenantUid}/secret-uid", query={"q": "query-value"}, json={"name": "body-text"}
    )
    shown = repr(events)
    assert "request POST" in shown
    for secret in (token, "query-value", "secret-uid", "body-text"):
        assert secret not in shown


async def test_a_hook_that_raises_is_logged_without_its_text_and_changes_nothing(
    server, make_client, get, caplog
):
    def broken(event):
        raise RuntimeError("Kari Nordmann")

    flow = make_client(hooks=Hooks(on_request=broken, on_response=broken, on_retry=broken))
    server.script = [server.reply(503)]
    with caplog.at_level(logging.WARNING, "flow_retail_client"):
        assert (await flow.send(get, ("c-1",))).attempts == 2
    assert "a hook for RetryEvent raised RuntimeError" in caplog.text
    assert "Kari" not in caplog.text


async def test_a_cancellation_out_of_a_hook_passes_through(make_client, server, get):
    def cancelled(_event):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await make_client(hooks=Hooks(on_request=cancelled)).send(get, ("c-1",))


async def test_on_retry_is_not_called_when_nothing_follows(server, make_client, get):
    events = []
    server.default = server.reply(500)
    with pytest.raises(InternalServerError):
        await make_client(hooks=Hooks(on_retry=events.append)).send(get, ("c-1",))
    assert len(events) == 3


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry"])
def test_a_hook_must_be_a_plain_function(name):
    async def awaitable(_event): ...

    with pytest.raises(TypeError, match=f"{name} must be a plain function"):
        Hooks(**{name: awaitable})
    with pytest.raises(TypeError, match=f"{name} must be callable, not int"):
        Hooks(**{name: 1})
