"""A token shows nowhere: in no error, in no local variable of a traceback, in no log of asyncio."""

import asyncio
import base64
import contextlib
import logging
import pickle

import pytest
from attrs import evolve
from leaks import leaks
from scripted_proxy import refusal, scripted_proxy

from flow_retail_core.auth.account import AccountTokenProvider
from flow_retail_core.errors import APIStatusError, FlowRetailError
from flow_retail_core.models.decoders import STRING, ListDecoder
from flow_retail_core.retry.policy import Retry
from flow_retail_core.settings import Timeout

FAR = {"production": "https://api.example.com/v2"}
TOKEN = "s3cret/t0ken+of.Kari=="
AUTH = "s3cret-auth-token"

everywhere = pytest.mark.parametrize("over", ["own", "stock", "http_client", "aiohttp"], indirect=True)
ours = pytest.mark.parametrize("over", ["own", "aiohttp"], indirect=True)


async def fetch_token():
    await asyncio.sleep(0)
    return TOKEN


SOURCES = {
    "string": lambda: TOKEN,
    "function": lambda: fetch_token,
    "provider": lambda: AccountTokenProvider(AUTH),
}

ECHO = f'{{"code": "BAD {TOKEN}", "message": "token {TOKEN} is bad", "logId": "{TOKEN}"}}'.encode()


def behave(server, name):
    """What the server does with a call."""
    return {
        "302": server.reply(302, body=ECHO, headers={"Location": f"/?token={TOKEN}"}),
        "400": server.reply(400, body=ECHO),
        "401": server.reply(401, body=ECHO, headers={"WWW-Authenticate": f"Bearer {TOKEN}"}),
        "403": server.reply(403, body=ECHO),
        "404": server.reply(404, body=f"<p>{TOKEN}</p>".encode()),
        "409": server.reply(409, body=ECHO),
        "422": server.reply(422, body=ECHO),
        "429": server.reply(429, body=ECHO),
        "503": server.reply(503, body=ECHO),
        "599": server.reply(599, body=TOKEN.encode()),
        "not JSON": server.reply(200, body=f"<html>{TOKEN}</html>".encode()),
        "not as promised": server.reply(200, {"token": TOKEN}),
        "an empty body": server.reply(204),
        "too large": server.reply(200, body=TOKEN.encode() * 1000),
        "broken compression": server.reply(
            200, body=TOKEN.encode(), headers={"Content-Encoding": "gzip", "X-Echo": TOKEN}
        ),
        "closed": server.close,
        "reset": server.reset,
        "garbage": server.raw(TOKEN.encode() + b"\r\n\r\n", then="close"),
        "a broken head": server.raw(
            b"HTTP/1.1 200 OK\r\nX-Echo: " + TOKEN.encode() + b"\r\n\x00\r\n", then="close"
        ),
        "cut short": server.reply(200, body=TOKEN.encode() * 9, cut=50),
        "silent": server.hang,
        "stalled": server.stall(TOKEN.encode()),
    }[name]


CASES = [
    "302", "400", "401", "403", "404", "409", "422", "429", "503", "599", "not JSON", "not as promised",
    "an empty body", "too large", "broken compression", "closed", "reset", "garbage", "a broken head",
    "cut short", "silent", "stalled",
]  # fmt: skip


@pytest.fixture
def responding(server):
    """Let the server exchange auth tokens, and do something else with any other call."""

    def set_up(behaviour):
        async def respond(seen, reader, writer):
            accepted = server.reply(200, {"accessToken": TOKEN})
            await (accepted if seen.target.endswith("/account") else behaviour)(seen, reader, writer)

        server.default = respond

    return set_up


# -- Errors and their tracebacks -------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("source", SOURCES)
async def test_no_error_of_a_call_shows_a_token(case, source, server, over, get, responding):
    responding(behave(server, case))
    flow = over(
        token=SOURCES[source](),
        retry=Retry(max_retries=1),
        timeout=Timeout(read=0.05),
        max_response_bytes=2000,
    )
    promising = evolve(get, returns=ListDecoder(STRING))
    with pytest.raises(FlowRetailError) as caught:
        await flow.call(promising, ("c-1",))
    assert leaks(caught.value, TOKEN, AUTH) == []
    assert any(TOKEN in seen.headers["authorization"] for seen in server.seen)


@everywhere
@pytest.mark.parametrize("case", ["silent", "stalled", "503"])
async def test_no_deadline_shows_a_token(case, server, over, get, responding):
    async def sleep(_seconds):
        await asyncio.sleep(60)

    responding(behave(server, case))
    with pytest.raises(FlowRetailError) as caught:
        await over(token=TOKEN, deadline=0.6, sleep=sleep).send(get, ("c-1",))
    assert leaks(caught.value, TOKEN) == []


@everywhere
@pytest.mark.parametrize("case", ["silent", "stalled"])
@pytest.mark.parametrize("how", ["cancelled", "timed out"])
async def test_no_cancellation_shows_a_token(case, how, server, over, create, responding):
    responding(behave(server, case))
    flow = over(token=TOKEN)

    async def cancelled():
        task = asyncio.create_task(flow.send(create, content=b"{}"))
        await server.arrived.wait()
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    async def timed_out():
        async with asyncio.timeout(0.05):
            await flow.send(create, content=b"{}")

    with pytest.raises((asyncio.CancelledError, TimeoutError)) as caught:
        await (cancelled() if how == "cancelled" else timed_out())
    assert leaks(caught.value, TOKEN) == []


@everywhere
async def test_no_cancellation_after_any_number_of_steps_shows_a_token(server, over, create):
    flow = over(token=TOKEN)
    server.default = server.reply(200, body=b" " * 100_000)
    steps = 0
    while True:
        task = asyncio.create_task(flow.send(create, content=b"x" * 100_000))
        for _ in range(steps):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        (ended,) = await asyncio.gather(asyncio.wait_for(task, 5), return_exceptions=True)
        assert not isinstance(ended, BaseException) or leaks(ended, TOKEN) == []
        steps += 1
    assert steps > 3


@everywhere
async def test_no_failed_connection_shows_a_token(over, create, unused_tcp_port, monkeypatch):
    async def never(*_args, **_options):
        await asyncio.Event().wait()

    flow = over(environments={"production": f"http://127.0.0.1:{unused_tcp_port}"}, token=TOKEN)
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(create, content=b"{}")
    assert leaks(caught.value, TOKEN) == []
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    flow = over(environments=FAR, token=TOKEN, timeout=Timeout(connect=0.02))
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(create, content=b"{}")
    assert leaks(caught.value, TOKEN) == []


@everywhere
async def test_a_body_that_is_not_taken_shows_no_token(over, create):
    release = asyncio.Event()

    async def ignore(_reader, writer):
        await release.wait()
        writer.transport.abort()

    async with await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024) as listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        flow = over(environments={"production": url}, token=TOKEN, timeout=Timeout(write=0.05))
        with pytest.raises(FlowRetailError) as caught:
            await flow.send(create, content=b"x" * 30_000_000)
        release.set()
        await asyncio.sleep(0.01)
    assert leaks(caught.value, TOKEN) == []


@everywhere
@pytest.mark.parametrize(
    "mistake",
    [
        lambda flow, get: flow.send(get, ("..",)),
        lambda flow, get: flow.send(get, (5,)),
        lambda flow, get: flow.send(get, ("c-1",), query={"q": object()}),
        lambda flow, get: flow.send(get, ("c-1",), headers={"X": "\n"}),
        lambda flow, get: flow.send(get, ("c-1",), headers={"Authorization": "x"}),
        lambda flow, get: flow.request("GET", "//elsewhere"),
        lambda flow, get: flow.request("POST", "/x", json=object()),
        lambda flow, get: flow.request("BREW", "/x"),
    ],
)
async def test_no_mistake_in_a_call_shows_a_token(mistake, server, over, get):
    flow = over(token=TOKEN)
    await flow.send(get, ("c-1",))
    with pytest.raises((ValueError, TypeError)) as caught:
        await mistake(flow, get)
    assert leaks(caught.value, TOKEN) == []


async def test_the_use_of_a_closed_client_shows_no_token(server, make_client, get):
    flow = make_client(token=TOKEN)
    await flow.aclose()
    with pytest.raises(RuntimeError) as caught:
        await flow.send(get, ("c-1",))
    assert leaks(caught.value, TOKEN) == []


# -- Where tokens come from ------------------------------------------------------------------------


async def raises():
    raise ValueError(f"no luck with {TOKEN}")


async def returns_a_line():
    return f"{TOKEN}\n"


async def returns_bytes():
    return TOKEN.encode()


async def returns_a_dict():
    return {"access_token": TOKEN}


def is_not_async():
    return TOKEN


async def is_cancelled():
    raise asyncio.CancelledError(TOKEN)


async def never_ends():
    secret = TOKEN
    await asyncio.Event().wait()
    return secret


FUNCTIONS = [raises, returns_a_line, returns_bytes, returns_a_dict, is_not_async, is_cancelled, never_ends]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("provider", [False, True])
async def test_no_token_function_that_fails_shows_what_it_had(function, provider, server, make_client, get):
    source = AccountTokenProvider(function) if provider else function
    with pytest.raises(FlowRetailError) as caught:
        await make_client(token=source, deadline=0.1).send(get, ("c-1",))
    assert leaks(caught.value, TOKEN) == []


@everywhere
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"accessToken": null}',
        b'{"accessToken": "s3cret\\n"}',
        b'{"token": "s3cret"}',
        b"s3cret",
    ],
)
@pytest.mark.parametrize("status", [200, 401, 500])
async def test_no_exchange_that_fails_shows_a_token(status, body, server, over, get):
    server.default = server.reply(status, body=body.replace(b"s3cret", AUTH.encode()))
    flow = over(token=AccountTokenProvider(AUTH), retry=Retry(max_retries=1))
    with pytest.raises(FlowRetailError) as caught:
        await flow.send(get, ("c-1",))
    assert leaks(caught.value, AUTH) == []


# -- Settings --------------------------------------------------------------------------------------

WRONG = [
    {"tenant": "a/b"}, {"timeout": 0}, {"deadline": "5"}, {"retry": 3}, {"max_concurrency": 0},
    {"requests_per_second": -1}, {"max_response_bytes": 0}, {"locale": "\n"}, {"headers": {"Host": "x"}},
    {"headers": 5}, {"strict": "no"}, {"hooks": print}, {"environment": "test"},
    {"base_url": "http://api.example.com"}, {"transport": "trio"}, {"transport": 5}, {"http_client": 5},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: next(iter(wrong)))
def test_no_wrong_setting_shows_the_token_beside_it(wrong, make_client):
    with pytest.raises((ValueError, TypeError)) as caught:
        make_client(environments=FAR, token=TOKEN, **wrong)
    assert leaks(caught.value, TOKEN) == []


@pytest.mark.parametrize("wrong", WRONG[:12], ids=lambda wrong: next(iter(wrong)))
def test_no_wrong_option_of_a_copy_shows_the_token_beside_it(wrong, make_client):
    if "max_concurrency" in wrong:
        pytest.skip("not an option of a copy")
    flow = make_client(environments=FAR, token="tok-1")
    with pytest.raises((ValueError, TypeError)) as caught:
        flow.with_options(token=TOKEN, **wrong)
    assert leaks(caught.value, TOKEN) == []


@pytest.mark.parametrize(
    "token", [f"{TOKEN}\n", f"Bearer {TOKEN}", f"{TOKEN}é", f"{TOKEN}\x00", TOKEN.encode(), [TOKEN]]
)
def test_no_token_that_can_not_be_sent_is_shown(token, make_client):
    flow = make_client(environments=FAR)
    for mistake in (
        lambda: make_client(environments=FAR, token=token),
        lambda: flow.with_options(token=token),
        lambda: AccountTokenProvider(token),
    ):
        with pytest.raises((ValueError, TypeError)) as caught:
            mistake()
        assert leaks(caught.value, TOKEN) == []


def test_a_token_in_the_environment_that_can_not_be_sent_is_not_shown(make_client, monkeypatch):
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", f"Bearer {TOKEN}")
    with pytest.raises(ValueError, match="token") as caught:
        make_client(environments=FAR, token=None)
    assert leaks(caught.value, TOKEN) == []


# -- A token that comes back -----------------------------------------------------------------------

ODD = "a\"b\\c&d<e>f'g/h+i=j%k~"

ECHOES = {
    "as it is": lambda token: token,
    "JSON": lambda token: token.replace("\\", "\\\\").replace('"', '\\"'),
    "JSON of PHP": lambda token: token.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/"),
    "JSON of Go": lambda token: token.replace("\\", "\\\\").replace('"', '\\"').replace("&", "\\u0026")
    .replace("<", "\\u003c").replace(">", "\\u003e"),
    "JSON in capitals": lambda token: "".join(
        character if character.isalnum() else f"\\u{ord(character):04X}" for character in token
    ),
    "HTML": lambda token: token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    .replace('"', "&quot;").replace("'", "&#39;"),
    "HTML in numbers": lambda token: "".join(
        character if character.isalnum() else f"&#x{ord(character):x};" for character in token
    ),
    "a URL": lambda token: "".join(
        character if character.isalnum() or character in "-._~" else f"%{ord(character):02X}"
        for character in token
    ),
    "a URL in small letters": lambda token: "".join(
        character if character.isalnum() or character in "-._~" else f"%{ord(character):02x}"
        for character in token
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", ECHOES)
@pytest.mark.parametrize("token", [TOKEN, ODD, "eyJhbGciOi.eyJzdWIiOi.s3cret-_"])
@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_token_that_comes_back_is_masked_in_whatever_form(
    form, token, status, server, make_client, get
):
    echo = ECHOES[form](token)
    page = f"<html>Bearer {echo}</html> {echo}".encode()
    server.default = server.reply(status, body=page)
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=token, retry=Retry(max_retries=0)).send(get, ("c-1",))
    assert caught.value.body == b"<html>Bearer ***</html> ***"
    assert leaks(caught.value, token, echo) == []


@pytest.mark.parametrize("form", ["as it is", "JSON", "JSON of PHP", "JSON of Go", "JSON in capitals"])
async def test_a_token_in_the_fields_of_an_error_is_masked(form, server, make_client, get):
    token = TOKEN if form == "as it is" else ODD
    echo = ECHOES[form](token)
    body = f'{{"code": "BAD {echo}", "message": "the token {echo} is bad", "logId": "{echo}", "x": "{echo}"}}'
    server.default = server.reply(401, body=body.encode())
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=token).send(get, ("c-1",))
    error = caught.value
    assert (error.code, error.message, error.log_id) == ("BAD ***", "the token *** is bad", "***")
    assert error.body == b'{"code": "BAD ***", "message": "the token *** is bad", "logId": "***", "x": "***"}'
    assert str(error) == "customers.get: 401 BAD ***: the token *** is bad (logId ***)"
    for back in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301  # our own
        assert leaks(back, token, echo) == []


async def test_each_token_that_a_call_sent_is_masked(server, make_client, get):
    tokens = ["s3cret-first", "s3cret-second"]

    async def fetch(left=[*tokens]):  # noqa: B006  # used up
        return left.pop(0)

    server.default = server.reply(401, {"message": " and ".join(tokens)})
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=fetch).send(get, ("c-1",))
    assert caught.value.message == "*** and ***"


@pytest.mark.parametrize("before", [0, 1, 65_530, 65_536 - len(TOKEN), 65_535, 65_536])
@pytest.mark.parametrize("many", [1, 3000])
async def test_no_part_of_a_token_is_left_where_a_body_is_clipped(before, many, server, make_client, get):
    server.default = server.reply(500, body=b"x" * before + (TOKEN.encode() + b" ") * many)
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=TOKEN, retry=Retry(max_retries=0)).send(get, ("c-1",))
    body = caught.value.body
    assert len(body) <= 65_536
    assert b"s3c" not in body
    assert not body.rstrip(b" *").strip(b"x").strip(b"* ")


async def test_a_large_error_page_is_masked_in_no_time_of_note(server, make_client, get):
    server.default = server.reply(500, body=b"s3cret/" * 1_000_000)
    with pytest.raises(APIStatusError) as caught:
        await make_client(token=TOKEN, retry=Retry(max_retries=0)).send(get, ("c-1",))
    assert len(caught.value.body) > 60_000


# -- asyncio's debug mode --------------------------------------------------------------------------


@everywhere
@pytest.mark.parametrize("source", SOURCES)
async def test_asyncio_in_debug_mode_logs_no_token_and_no_task_returns_one(
    source, server, over, get, responding, caplog
):
    loop = asyncio.get_running_loop()
    created = []

    def note(loop, coroutine, **options):
        created.append(asyncio.Task(coroutine, loop=loop, **options))
        return created[-1]

    responding(behave(server, "not as promised"))
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    loop.set_task_factory(note)
    try:
        with caplog.at_level(logging.DEBUG):
            flow = over(token=SOURCES[source]())
            await flow.send(get, ("c-1",))
            server.script = [server.reply(401)]
            with contextlib.suppress(FlowRetailError):
                await flow.send(get, ("c-1",))
            await flow.aclose()
            await asyncio.sleep(0)
    finally:
        loop.set_task_factory(None)
        loop.set_debug(False)
    logged = "\n".join(f"{record.getMessage()} {record.args!r}" for record in caplog.records)
    assert "Executing <Task" in logged
    assert TOKEN not in logged
    assert AUTH not in logged
    results = [
        task.result() for task in created if task.done() and not task.cancelled() and not task.exception()
    ]
    assert not [result for result in results if TOKEN in repr(result)]


# -- Proxies ---------------------------------------------------------------------------------------

PASSWORD = "s3cret-pass"
ENCODED = base64.b64encode(f"user:{PASSWORD}".encode()).decode()


@ours
@pytest.mark.parametrize("status", [407, 502])
async def test_no_refusal_by_a_proxy_shows_its_password(status, over, get, monkeypatch, caplog):
    async with scripted_proxy() as proxy:
        proxy.refusals = [refusal(status, body=PASSWORD.encode())] * 2
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@{proxy.address}")
        flow = over(environments=FAR, token=TOKEN, retry=Retry(max_retries=1))
        with caplog.at_level(logging.DEBUG), pytest.raises(FlowRetailError) as caught:
            await flow.send(get, ("c-1",))
        await flow.aclose()
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []
    assert PASSWORD not in caplog.text
    assert ENCODED not in caplog.text


@ours
@pytest.mark.parametrize("how", ["cancelled", "deadline"])
async def test_no_end_of_a_call_through_a_proxy_shows_its_password(how, over, get, monkeypatch):
    asked = asyncio.Event()

    async def silent(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{port}")
    flow = over(environments=FAR, token=TOKEN, deadline=None if how == "cancelled" else 0.1)
    task = asyncio.create_task(flow.send(get, ("c-1",)))
    await asyncio.wait([task, asyncio.create_task(asked.wait())], return_when=asyncio.FIRST_COMPLETED)
    if how == "cancelled":
        task.cancel()
    with pytest.raises((asyncio.CancelledError, FlowRetailError)) as caught:
        await task
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []
    await flow.aclose()
    listener.close()


@ours
@pytest.mark.parametrize(
    "address",
    ["http://user:{}@[::", "socks5://user:{}@a.example:1", "gopher://user:{}@a", "http://user:{}@a:b"],
)
def test_no_proxy_that_can_not_be_used_shows_its_password(address, over, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", address.format(PASSWORD))
    with pytest.raises(ValueError, match="proxy") as caught:
        over(environments=FAR, token=TOKEN)
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []


@ours
def test_no_certificate_that_can_not_be_used_shows_the_password_of_a_proxy(over, monkeypatch, tmp_path):
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@proxy.example.com:3128")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(ValueError, match="SSL_CERT_FILE") as caught:
        over(environments=FAR, token=TOKEN)
    assert leaks(caught.value, PASSWORD, ENCODED, TOKEN) == []
