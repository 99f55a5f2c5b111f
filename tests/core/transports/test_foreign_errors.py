"""Exceptions of other libraries become ours, and none of them escapes or hangs on ours."""

import ssl

import anyio
import h11
import httpcore
import httpx
import pytest

from flow_retail_core.errors import APIConnectionError, APITimeoutError, FlowRetailError
from flow_retail_core.retry.policy import Retry

FAR = {"production": "https://api.example.com/v2"}


def tree(root):
    return [root, *(cls for child in root.__subclasses__() for cls in tree(child))]


def make_error(cls, text):
    if issubclass(cls, httpx.HTTPStatusError):
        request = httpx.Request("GET", "https://api.example.com", headers={"Authorization": text})
        return cls(text, request=request, response=httpx.Response(500, request=request))
    if issubclass(cls, httpx.RequestError):
        return cls(text, request=httpx.Request("GET", "https://a.example", headers={"Authorization": text}))
    try:
        return cls(text)
    except TypeError:
        return cls()


FOREIGN = [
    *tree(httpx.HTTPError), *tree(httpx.StreamError), httpx.InvalidURL, httpx.CookieConflict,
    *tree(httpcore.NetworkError), *tree(httpcore.TimeoutException), *tree(httpcore.ProtocolError),
    httpcore.ConnectionNotAvailable, httpcore.ProxyError, h11.LocalProtocolError, h11.RemoteProtocolError,
    anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, ssl.SSLError, OSError,
    ConnectionResetError,
    TimeoutError, EOFError, UnicodeError, ValueError, RuntimeError, AssertionError, KeyError,
]  # fmt: skip


def everything_reachable(error):
    """Every object that hangs on an exception: its chain, their attributes and arguments."""
    seen, todo = [], [error]
    while todo:
        thing = todo.pop()
        if any(thing is other for other in seen):
            continue
        seen.append(thing)
        if isinstance(thing, BaseException):
            todo += [thing.__cause__, thing.__context__, *thing.args, *vars(thing).values()]
    return seen


@pytest.mark.parametrize("cls", FOREIGN, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
async def test_no_foreign_error_escapes_nor_hangs_on_ours(cls, make_client, get, token):
    def fail(_request):
        raise make_error(cls, f"text with {token}")

    flow = make_client(environments=FAR, transport=httpx.MockTransport(fail))
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(get, ("c-1",), query={"q": "query-value"})
    for thing in everything_reachable(caught.value):
        assert thing is None or isinstance(thing, FlowRetailError | str | int | bool)
        assert token not in str(thing)
        assert "query-value" not in str(thing)
    assert caught.value.operation == "customers.get"
    timed_out = issubclass(cls, httpx.TimeoutException | TimeoutError)
    assert isinstance(caught.value, APITimeoutError if timed_out else APIConnectionError)


@pytest.mark.parametrize("name", ["ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"])
async def test_a_create_is_repeated_if_nothing_was_sent(name, make_client, create):
    outcomes = [getattr(httpx, name)("no"), httpx.Response(201, json={})]

    def handle(_request):
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert (
        await make_client(environments=FAR, transport=httpx.MockTransport(handle)).send(create)
    ).attempts == 2


@pytest.mark.parametrize(
    "name", ["ReadError", "ReadTimeout", "WriteError", "WriteTimeout", "RemoteProtocolError", "CloseError"]
)
async def test_a_create_is_not_repeated_if_it_may_have_been_sent(name, make_client, create):
    def fail(_request):
        raise getattr(httpx, name)("no")

    with pytest.raises(FlowRetailError) as caught:
        await make_client(environments=FAR, transport=httpx.MockTransport(fail)).send(create)
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


@pytest.mark.parametrize("name", ["UnsupportedProtocol", "LocalProtocolError", "InvalidURL"])
async def test_what_can_not_get_better_is_not_repeated(name, make_client, get):
    def fail(_request):
        raise getattr(httpx, name)("no")

    with pytest.raises(APIConnectionError) as caught:
        await make_client(environments=FAR, transport=httpx.MockTransport(fail)).send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, False)


async def test_of_several_addresses_that_fail_the_reason_is_still_named(make_client, get):
    def fail(_request):
        errors = [ConnectionRefusedError(111, "s3cret"), OSError(113, "s3cret")]
        raise httpx.ConnectError("no") from ExceptionGroup("all failed", errors)

    flow = make_client(environments=FAR, transport=httpx.MockTransport(fail), retry=Retry(max_retries=0))
    with pytest.raises(APIConnectionError, match=r"no connection: connection refused$"):
        await flow.send(get, ("c-1",))


@pytest.mark.parametrize("how", ["transport", "http_client"])
async def test_a_transport_without_an_async_stream_is_a_failure_and_not_stuck(how, make_client, get):
    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=httpx.SyncByteStream())

    async with httpx.AsyncClient(transport=Broken()) as http_client:
        options = {"transport": Broken()} if how == "transport" else {"http_client": http_client}
        with pytest.raises(APIConnectionError, match="the transport raised") as caught:
            await make_client(environments=FAR, **options).send(get, ("c-1",))
    assert (caught.value.attempts, caught.value.may_have_been_processed) == (1, True)


async def test_imports_ahead_of_the_first_call_are_only_a_favour(server, make_client, get, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("flow_retail_core.transports.httpx_transport.import_module", missing)
    assert (await make_client().send(get, ("c-1",))).status_code == 200
