from typing import ClassVar

import pytest
from attrs.exceptions import FrozenInstanceError

from flow_retail_core.client import Client
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
        Timeout().read = 1  # type: ignore[misc]  # what is tried
