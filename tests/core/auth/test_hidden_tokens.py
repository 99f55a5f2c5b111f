"""Where tokens come from: no function, exchange or setting that is wrong shows the token that it had."""

import asyncio

import pytest
from leaks import leaks

from flow_retail_core.auth.account import AccountTokenProvider
from flow_retail_core.errors import FlowRetailError
from flow_retail_core.retry.policy import Retry

FAR = {"production": "https://api.example.com/v2"}
TOKEN = "s3cret/t0ken+of.Kari=="
AUTH = "s3cret-auth-token"

everywhere = pytest.mark.parametrize(
    "over", ["own", "stock", "http_client", "httpx2", "aiohttp"], indirect=True
)


# -- Functions and providers -----------------------------------------------------------------------


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
