"""`flow-retail doctor`."""

from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from terminal import Run

from flow_retail_sandbox import Fault


def checks(run: Run, *arguments: str, code: int = 0) -> dict[str, dict[str, str]]:
    ended = run("doctor", "--json", *arguments, code=code)
    assert ended.json["exit_code"] == code
    return {check["name"]: check for check in ended.json["checks"]}


def test_all_is_well_with_the_sandbox(run: Run, sandbox: Any) -> None:
    found = checks(run)
    assert {check["status"] for check in found.values()} == {"ok"}
    assert found["tenant"]["detail"] == "acme (from FLOW_RETAIL_TENANT)"
    ended = run("doctor")
    assert "httpx" in ended.stdout
    assert sandbox.token not in ended.stdout + ended.stderr


def test_options_come_before_the_environment(run: Run, sandbox: Any) -> None:
    Path("token").write_text(sandbox.token + "\n")
    found = checks(
        run, "--tenant", "nordlys", "--token-file", "token", "--base-url", sandbox.base_url, code=1
    )
    assert found["tenant"]["detail"] == "nordlys (from --tenant)"
    assert found["token"]["detail"] == "given, not shown (from --token-file)"
    assert found["address"]["detail"].endswith("(from --base-url)")


def test_what_is_missing_is_reported_with_its_remedy(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = checks(run, code=2)
    assert found["tenant"]["remedy"] == "Pass --tenant, or set FLOW_RETAIL_TENANT."
    assert found["token"]["detail"] == "missing"
    assert "the default, production" in found["address"]["detail"]
    assert "reachable" not in found
    assert "FLOW_RETAIL_TENANT" in run("doctor", code=2).stdout


@pytest.mark.parametrize(
    ("arguments", "name", "expected"),
    [
        (["--base-url", "http://example.com"], "address", "https"),
        (["--environment", "moon"], "address", "no environment 'moon'"),
        (
            ["--environment", "stage", "--base-url", "https://example.com"],
            "address",
            "are both given",
        ),
        (["--token-file", "nowhere"], "token", "can't be read: No such file"),
        (["--token-file", "empty"], "token", "empty (from --token-file)"),
        (["--token-file", "binary"], "token", "it is not text"),
        (["--tenant", "a/b"], "client", "tenant is not a valid UID"),
        (["--timeout", "-1"], "client", "timeout must be"),
    ],
)
def test_wrong_settings_are_reported(
    run: Run, sandbox: Any, arguments: list[str], name: str, expected: str
) -> None:
    Path("empty").write_text("\n")
    Path("binary").write_bytes(b"\xff\xfe")
    assert expected in checks(run, *arguments, code=2)[name]["detail"]


def test_an_address_with_a_password_is_never_shown(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "https://me:hunter2@example.com")
    ended = run("doctor", code=2)
    assert "FLOW_RETAIL_BASE_URL must not hold" in ended.stdout
    assert "hunter2" not in ended.stdout + ended.stderr


def test_the_environments_are_those_of_the_spec(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flow_retail_cli.connection import ConnectionOptions, find_base_url

    assert (
        find_base_url(ConnectionOptions(environment="stage"), None).value
        == "https://api.stage.flowretail.com/v2"
    )
    assert find_base_url(ConnectionOptions(), None).source == "FLOW_RETAIL_BASE_URL"


def test_nothing_reachable_is_exit_code_3(run: Run, sandbox: Any) -> None:
    found = checks(run, "--base-url", "http://127.0.0.1:9/v2", "--timeout", "2", code=3)
    assert found["reachable"]["status"] == "failed"
    assert found["token accepted"]["status"] == "unknown"
    assert found["clock"]["status"] == "unknown"


@pytest.mark.parametrize(
    ("fault", "name", "status", "code"),
    [
        (Fault("status", status=401, count=None), "token accepted", "failed", 1),
        (Fault("status", status=403, count=None), "token accepted", "failed", 1),
        (Fault("status", status=500, count=None), "reachable", "failed", 1),
        (Fault("not_json", count=None), "reachable", "failed", 3),
    ],
)
def test_what_the_api_says_is_reported(
    run: Run, sandbox: Any, fault: Fault, name: str, status: str, code: int
) -> None:
    sandbox.faults.add(fault)
    assert checks(run, code=code)[name]["status"] == status


def test_clocks_are_compared() -> None:
    from flow_retail_cli.doctor import _clock
    from flow_retail_client import CapturedResponse

    def response(**headers: str) -> list[CapturedResponse]:
        return [CapturedResponse(operation="x", status_code=200, headers=headers, attempts=1, elapsed=0.1)]

    ahead = _clock(response(date=formatdate(1_000_000, usegmt=True)), 1_000_600)
    assert (ahead.status, ahead.detail) == ("warning", "this machine is 600 s ahead of the server")
    assert "behind" in _clock(response(date=formatdate(1_000_600, usegmt=True)), 1_000_000).detail
    assert _clock(response(date="yesterday"), 0).status == "unknown"
    assert _clock(response(), 0).detail == "the response has no Date header"
