from typing import ClassVar

import httpx
import pytest
from attrs.exceptions import FrozenInstanceError
from fake_transport import FakeTransport

from flow_retail_core.client import Client
from flow_retail_core.operation import Operation
from flow_retail_core.settings import Timeout


class Flow(Client[str]):
    """A client as it is generated."""

    ENVIRONMENTS: ClassVar = {
        "production": "https://api.example.com/v2",
        "stage": "https://api.stage.example.com/v2",
    }


def make(**options):
    return Flow(**{"tenant": "acme", "token": "tok", **options})


def test_tenant_token_and_base_url_fall_back_to_the_environment(monkeypatch):
    monkeypatch.setenv("FLOW_RETAIL_TENANT", "from-env")
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", "env-token")
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "https://env.example.com/")
    flow = Flow()
    assert (flow.tenant, flow.base_url) == ("from-env", "https://env.example.com")


def test_arguments_come_before_the_environment(monkeypatch):
    monkeypatch.setenv("FLOW_RETAIL_TENANT", "from-env")
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "https://env.example.com")
    flow = make(base_url="https://argument.example.com")
    assert (flow.tenant, flow.base_url) == ("acme", "https://argument.example.com")


@pytest.mark.parametrize(
    ("missing", "variable"), [("tenant", "FLOW_RETAIL_TENANT"), ("token", "FLOW_RETAIL_TOKEN")]
)
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_is_named_with_its_argument_and_variable(missing, variable, value, monkeypatch):
    if value is not None:
        monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=f"no {missing}: pass {missing}=.* {variable}"):
        make(**{missing: None})


def test_the_named_environment_is_taken_from_the_spec():
    assert make(environment="stage").base_url == "https://api.stage.example.com/v2"
    with pytest.raises(ValueError, match="unknown environment 'test': choose one of production, stage"):
        make(environment="test")


def test_a_bad_base_url_in_the_environment_is_named_by_its_variable(monkeypatch):
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "http://api.example.com")
    with pytest.raises(ValueError, match="FLOW_RETAIL_BASE_URL must be https"):
        make()


@pytest.mark.parametrize("tenant", ["", "a b", "acme\n", "..", "a/b", "æ", "acme?"])
def test_a_tenant_must_match_the_specs_pattern_whole(tenant):
    with pytest.raises(ValueError, match="tenant is not a valid UID"):
        make(tenant=tenant)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("tenant", 5, TypeError), ("timeout", 0, ValueError), ("timeout", -1, ValueError),
        ("timeout", "5", TypeError),
        ("timeout", float("nan"), ValueError), ("timeout", None, TypeError), ("timeout", True, TypeError),
        ("deadline", 0, ValueError), ("deadline", "5", TypeError), ("deadline", float("inf"), ValueError),
        ("deadline", True, TypeError), ("retry", 3, TypeError), ("retry", None, TypeError),
        ("max_concurrency", 0, ValueError), ("max_concurrency", 1.5, TypeError),
        ("max_concurrency", True, TypeError),
        ("requests_per_second", 0, ValueError), ("requests_per_second", -2.0, ValueError),
        ("requests_per_second", float("nan"), ValueError), ("requests_per_second", float("inf"), ValueError),
        ("requests_per_second", "5", TypeError), ("requests_per_second", True, TypeError),
        ("locale", 5, TypeError), ("locale", "nb\r\nX: y", ValueError), ("locale", "", ValueError),
        ("strict", "yes", TypeError), ("hooks", print, TypeError), ("http_client", "x", TypeError),
        ("transport", 5, TypeError), ("transport", "x", ValueError),
        ("base_url", 5, TypeError), ("token", 5, TypeError),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_by_name(name, value, kind):
    with pytest.raises(kind, match=name):
        make(**{name: value})


@pytest.mark.parametrize(
    "token", ["", "s3cret\n", "s3cret\r\nX: y", "s3\u0000", "s3crét", "s3cret秘", "Bearer s3cret"]
)
def test_a_token_that_can_not_be_sent_is_refused_without_showing_it(token):
    with pytest.raises(ValueError, match="token") as caught:
        make(token=token)
    assert "s3" not in str(caught.value)


def test_a_timeout_has_three_parts():
    assert Timeout(connect=1).connect == 1
    for name in ("connect", "read", "write"):
        with pytest.raises(ValueError, match=name):
            Timeout(**{name: 0})
        with pytest.raises(TypeError, match=name):
            Timeout(**{name: "1"})
    with pytest.raises(FrozenInstanceError):
        Timeout().read = 1


MESSAGES = [
    ({"retry": 3}, "retry must be a Retry, such as Retry(max_retries=3), not int"),
    ({"retry": None}, "retry must be a Retry, such as Retry(max_retries=3), not NoneType"),
    (
        {"hooks": print},
        "hooks must be a Hooks, such as Hooks(on_retry=print), not builtin_function_or_method",
    ),
    ({"hooks": [print]}, "hooks must be a Hooks, such as Hooks(on_retry=print), not list"),
    ({"strict": "no"}, "strict must be a bool, such as True, not str"),
    ({"strict": 1}, "strict must be a bool, such as True, not int"),
    (
        {"timeout": httpx.Timeout(5)},
        "timeout must be a number of seconds or a Timeout(...), not httpx.Timeout",
    ),
    ({"timeout": None}, "timeout must be a number of seconds or a Timeout(...), not NoneType"),
    ({"timeout": (1, 2)}, "timeout must be a number of seconds or a Timeout(...), not tuple"),
    ({"timeout": 0}, "timeout must be finite and above 0, got 0"),
    ({"deadline": "5"}, "deadline must be a number of seconds, not str"),
    ({"requests_per_second": "5"}, "requests_per_second must be a number of requests, not str"),
    ({"requests_per_second": 0}, "requests_per_second must be finite and above 0, got 0"),
    ({"max_response_bytes": 1.5}, "max_response_bytes must be an int, not float"),
    ({"max_response_bytes": 0}, "max_response_bytes must be at least 1, got 0"),
    ({"headers": 5}, "headers must be a mapping of names to values, not int"),
    ({"locale": 5}, "locale must be a str, not int"),
    ({"tenant": 5}, "tenant must be a str, not int"),
    ({"token": 5}, "token must be a str, an async function or a token provider, not int"),
    ({"token": b"tok"}, "token must be a str, an async function or a token provider, not bytes"),
]

AT_CONSTRUCTION = [
    ({"max_concurrency": 0}, "max_concurrency must be at least 1, got 0"),
    ({"max_concurrency": "4"}, "max_concurrency must be an int, not str"),
    ({"http_client": 5}, "http_client must be an httpx.AsyncClient or an httpx2.AsyncClient, not int"),
    ({"http_client": httpx}, "http_client must be an httpx.AsyncClient or an httpx2.AsyncClient, not module"),
    ({"transport": 5}, 'transport must be "aiohttp", an httpx transport or a Transport, not int'),
    ({"transport": "x"}, "transport must be \"aiohttp\", an httpx transport or a Transport, not 'x'"),
    ({"base_url": 5}, "base_url must be a str, not int"),
    ({"environment": "test"}, "unknown environment 'test': choose one of production, stage"),
]


@pytest.mark.parametrize(("wrong", "message"), MESSAGES + AT_CONSTRUCTION)
def test_a_wrong_setting_says_what_it_must_be_and_what_it_is(wrong, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        make(**wrong)
    assert message in str(caught.value)


@pytest.mark.parametrize(("wrong", "message"), MESSAGES)
def test_a_wrong_option_of_a_copy_says_the_same(wrong, message):
    flow = make()
    with pytest.raises((TypeError, ValueError)) as caught:
        flow.with_options(**wrong)
    assert message in str(caught.value)


def test_a_client_of_httpx_that_is_not_async_is_refused_by_its_full_name():
    with httpx.Client() as http_client, pytest.raises(TypeError, match=r"AsyncClient, not httpx\.Client$"):
        make(http_client=http_client)
    with httpx.HTTPTransport() as transport, pytest.raises(TypeError, match=r"not httpx\.HTTPTransport$"):
        make(transport=transport)


class TenantOrNot(Flow):
    """A client of an API some of whose operations have no tenant."""

    NEEDS_TENANT = False


async def test_a_client_needs_a_tenant_only_if_every_operation_does(monkeypatch):
    countries = Operation("countries.list", "GET", "/countries")
    stores = Operation("stores.list", "GET", "/tenants/{tenantUid}/stores")
    transport = FakeTransport()
    async with TenantOrNot(token="tok", transport=transport) as flow:
        assert flow.tenant is None
        assert repr(flow) == "<TenantOrNot tenant=None base_url='https://api.example.com/v2'>"
        await flow.request("GET", countries.path)
        with pytest.raises(
            ValueError, match=r"needs a tenant: pass tenant=... to the client or set FLOW_RETAIL_TENANT"
        ):
            await flow.request("GET", stores.path)
        await flow.with_options(tenant="acme").request("GET", stores.path)
    monkeypatch.setenv("FLOW_RETAIL_TENANT", "from-env")
    assert TenantOrNot(token="tok").tenant == "from-env"
    urls = [request.url.removeprefix("https://api.example.com/v2") for request in transport.requests]
    assert urls == ["/countries", "/tenants/acme/stores"]
