"""How a task reaches the API: decided by the driver, but for the token."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from tables import pickled, travelled

from flow_retail_client import AuthenticationError, TokenError
from flow_retail_sandbox import RunningSandbox
from flow_retail_spark.connection import TaskConnection
from flow_retail_spark.options import OptionError, SourceOptions

SECRET = "sesame-open-7261"


def connection(**given: str) -> TaskConnection:
    return TaskConnection.of(SourceOptions({"tenant": "acme", **given}, "read"))


def test_tenant_and_base_url_are_resolved_by_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOW_RETAIL_TENANT", "nordlys")
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "https://api.example.com/v2/")
    decided = TaskConnection.of(SourceOptions({}, "read"))
    monkeypatch.delenv("FLOW_RETAIL_TENANT")
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "https://other.example.com")
    arrived = travelled(decided)
    assert (arrived.tenant, arrived.base_url) == ("nordlys", "https://api.example.com/v2")


def test_options_go_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOW_RETAIL_TENANT", "nordlys")
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "https://api.example.com")
    decided = connection(base_url="https://other.example.com")
    assert (decided.tenant, decided.base_url) == ("acme", "https://other.example.com")


def test_environments_are_known_by_name() -> None:
    assert connection(environment="stage").base_url != connection().base_url
    with pytest.raises(ValueError, match="unknown environment 'moon': choose one of production, stage"):
        connection(environment="moon")


def test_a_missing_tenant_is_reported() -> None:
    with pytest.raises(ValueError, match=r"no tenant: .*FLOW_RETAIL_TENANT"):
        TaskConnection.of(SourceOptions({}, "read"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("attempts", "0"),
        ("requests_per_second", "none"),
        ("tasks_in_flight", "two"),
        ("tasks_in_flight", "0"),
    ],
)
def test_what_is_out_of_range_is_reported_by_name(option: str, value: str) -> None:
    with pytest.raises(OptionError, match=f"option {option} "):
        connection(**{option: value})


class TestTokens:
    def test_a_missing_token_is_reported_with_what_executors_need(self) -> None:
        with pytest.raises(ValueError, match=r"^no token: ") as caught:
            connection().client(1)
        for remedy in ("FLOW_RETAIL_TOKEN", "spark.executorEnv.FLOW_RETAIL_TOKEN", "token_file"):
            assert remedy in str(caught.value)

    def test_one_that_can_t_be_sent_is_reported_without_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FLOW_RETAIL_TOKEN", f"Bearer {SECRET}")
        with pytest.raises(ValueError, match="can't be sent") as caught:
            connection().client(1)
        assert SECRET not in repr(caught.value)

    def test_none_is_in_what_travels(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("FLOW_RETAIL_TOKEN", SECRET)
        (tmp_path / "token").write_text(SECRET)
        for decided in (connection(), connection(token_file=str(tmp_path / "token"))):
            assert SECRET.encode() not in pickled(decided)
            assert SECRET not in repr(decided)

    def test_the_file_is_read_again_after_the_token_was_refused(
        self, flow_retail_sandbox: RunningSandbox, tmp_path: Path
    ) -> None:
        path = tmp_path / "token"
        decided = connection(token_file=str(path), base_url=flow_retail_sandbox.base_url)

        async def read() -> int:
            async with decided.client(1) as flow:
                path.write_text("revoked-by-now\n")
                with pytest.raises(AuthenticationError):
                    await flow.customers.list(page_size=1)
                path.write_text(f"{flow_retail_sandbox.token}\n")
                return len((await flow.customers.list(page_size=1)).items)

        assert asyncio.run(read()) == 1

    def test_a_file_that_is_not_there_is_reported_with_who_needs_it(self, tmp_path: Path) -> None:
        async def read() -> None:
            async with connection(token_file=str(tmp_path / "none")).client(1) as flow:
                await flow.customers.list()

        with pytest.raises(
            TokenError, match=r"token_file names can't be read here \(No such file .*executors"
        ):
            asyncio.run(read())


class TestRate:
    @pytest.mark.parametrize(("rate", "sharing", "each"), [("10", 4, 2.5), ("0.5", 1, 0.5)])
    def test_it_is_divided_among_those_who_share_it(
        self, monkeypatch: pytest.MonkeyPatch, rate: str, sharing: int, each: float
    ) -> None:
        assert self.given(monkeypatch, connection(requests_per_second=rate), sharing) == each

    def test_there_is_none_unless_it_is_given(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.given(monkeypatch, connection(), 3) is None

    def given(self, monkeypatch: pytest.MonkeyPatch, decided: TaskConnection, sharing: int) -> Any:
        monkeypatch.setenv("FLOW_RETAIL_TOKEN", SECRET)
        seen: dict[str, Any] = {}
        monkeypatch.setattr("flow_retail_spark.connection.FlowRetail", lambda **options: seen.update(options))
        decided.client(sharing)
        return seen["requests_per_second"]


def test_a_client_in_a_thread_of_its_own_is_closed_with_it(
    flow_retail_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", flow_retail_sandbox.token)
    before = set(threading.enumerate())
    with connection(base_url=flow_retail_sandbox.base_url).open(1) as (flow, portal):

        async def total() -> Any:
            return (await flow.customers.list(page_size=1)).total_count

        assert portal.call(total) == 250
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) == before
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(total())
