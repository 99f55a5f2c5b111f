"""Profiles: settings of a connection by name, from a configuration file."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from terminal import Ended, Run

CONFIG = Path("config.toml")


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOW_RETAIL_CONFIG", str(CONFIG))


@pytest.fixture
def profile(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A profile `stage` for the sandbox, and no other settings."""
    for name in ("TENANT", "TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"FLOW_RETAIL_{name}")
    Path("print_token.py").write_text(f"print({sandbox.token!r})")
    write(tenant=sandbox.tenant, base_url=sandbox.base_url, token_command=[sys.executable, "print_token.py"])
    return sandbox


def write(**settings: Any) -> None:
    lines = [f"{name} = {value!r}" for name, value in settings.items()]
    CONFIG.write_text("\n".join(["[profiles.stage]", *lines, ""]))
    CONFIG.chmod(0o644)


def test_a_profile_gives_tenant_address_and_token(run: Run, profile: Any) -> None:
    ended = run("--profile", "stage", "get", "customer-groups", "group-vip", "-o", "json")
    assert ended.json["name"] == "Gullkunder"


def test_a_profile_can_be_chosen_by_a_variable(
    run: Run, profile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_RETAIL_PROFILE", "stage")
    run("list", "customers", "--limit", "1")


def test_options_come_before_the_profile_and_the_profile_before_variables(
    run: Run, profile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOW_RETAIL_TENANT", "from-variable")
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", "from-variable")
    monkeypatch.setenv("FLOW_RETAIL_BASE_URL", "http://127.0.0.1:9/v2")
    found = checks(run("doctor", "--profile", "stage", "--json"))
    assert found["profile"] == "stage (from config.toml)"
    assert found["tenant"] == f"{profile.tenant} (from profile stage)"
    assert found["address"] == f"{profile.base_url} (from profile stage)"
    assert found["token"] == "given, not shown (from the token command of the profile stage)"
    Path("token").write_text(profile.token)
    options = ("--tenant", "acme", "--token-file", "token", "--base-url", profile.base_url)
    found = checks(run("doctor", "--profile", "stage", *options, "--json"))
    assert found["tenant"] == "acme (from --tenant)"
    assert found["token"] == "given, not shown (from --token-file)"
    assert found["address"].endswith("(from --base-url)")


def checks(ended: Ended) -> dict[str, str]:
    return {check["name"]: check["detail"] for check in ended.json["checks"]}


def test_an_environment_of_a_profile_is_one_of_the_spec(run: Run, profile: Any) -> None:
    write(tenant="acme", environment="stage")
    from flow_retail_cli.connection import ConnectionOptions, find_base_url
    from flow_retail_cli.profiles import find_profile

    found = find_base_url(ConnectionOptions(), find_profile("stage"))
    assert (found.value, found.source) == (
        "https://api.stage.flowretail.com/v2",
        "profile stage, stage",
    )
    write(environment="moon")
    assert "There is no environment 'moon'" in run("--profile", "stage", "doctor", code=2).stdout


def test_the_command_is_run_again_when_the_token_is_refused(run: Run, profile: Any) -> None:
    Path("print_token.py").write_text(
        "from pathlib import Path\n"
        "runs = Path('runs')\n"
        "runs.write_text(runs.read_text() + 'x' if runs.exists() else 'x')\n"
        f"print({profile.token!r} if len(runs.read_text()) > 1 else 'expired')\n"
    )
    run("--profile", "stage", "get", "customers", "customer-00001")
    assert Path("runs").read_text() == "xx"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import sys; print('half-a-secret'); sys.exit(3)", "ended with exit code 3"),
        ("", "printed nothing"),
    ],
)
def test_a_command_that_fails_is_reported_without_what_it_printed(
    run: Run, profile: Any, program: str, expected: str
) -> None:
    Path("print_token.py").write_text(program)
    ended = run("--profile", "stage", "get", "customers", "customer-00001", code=2)
    assert expected in ended.stderr
    assert "half-a-secret" not in ended.stderr + ended.stdout
    assert profile.sandbox.requests.count() == 0


def test_a_command_that_prints_no_token_is_reported(run: Run, profile: Any) -> None:
    Path("print_token.py").write_text("print('two words')")
    ended = run("--profile", "stage", "get", "customers", "customer-00001", code=1)
    assert "can't be sent: it holds spaces" in ended.stderr
    assert "two words" not in ended.stderr


def test_a_command_that_does_not_exist_is_reported(run: Run, profile: Any) -> None:
    write(tenant="acme", token_command="no-such-command --now")
    ended = run("--profile", "stage", "get", "customers", "x", code=2)
    assert "The token command of the profile stage can't be run: No such file" in ended.stderr


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[profiles.other]", "There is no profile 'stage' in config.toml.|Choose one of: other"),
        ("", "Choose one of: none; or add a table"),
        ("[profiles.stage]\ntoken = 'hidden'", "token does not belong in this file|Use token_command"),
        ("[profiles.stage]\naccess-token = 'hidden'", "access-token does not belong in this file"),
        ("[profiles.stage]\nenvironment = 'stage'\nbase_url = 'https://x'", "are both set"),
        (
            "[profiles.stage]\ntenat = 'acme'",
            "there is no setting tenat; did you mean tenant|Settings: tenant",
        ),
        ("[profiles.stage]\ntenant = 5", "tenant is not a string"),
        ("[profiles.stage]\ntoken_command = 5", "token_command is not a command"),
        ("[profiles.stage]\ntoken_command = []", "token_command is not a command"),
        ("[profiles.stage]\ntoken_command = 'a \"b'", "token_command is not a command"),
        ("[profiles]\nstage = 1", "it is not a table"),
        ("profiles = 1", "profiles is not a table"),
        ("[profiles.stage", "config.toml is not TOML"),
        ("\udcff", "it is not UTF-8"),
    ],
)
def test_a_mistake_in_the_file_is_reported_with_its_remedy(
    run: Run, profile: Any, text: str, expected: str
) -> None:
    CONFIG.write_text(text, encoding="utf-8", errors="surrogateescape")
    ended = run("--profile", "stage", "get", "customers", "x", code=2)
    for part in expected.split("|"):
        assert part in ended.stderr
    assert "hidden" not in ended.stderr


def test_a_missing_file_is_reported_with_its_path(run: Run, profile: Any) -> None:
    CONFIG.unlink()
    ended = run("--profile", "stage", "doctor", code=2)
    assert "There is no configuration file config.toml" in ended.stdout


def test_a_file_that_others_can_write_is_refused(run: Run, profile: Any) -> None:
    CONFIG.chmod(0o666)
    ended = run("--profile", "stage", "get", "customers", "x", code=2)
    assert "can be changed by other users" in ended.stderr
    assert "chmod go-w config.toml" in ended.stderr


def test_the_file_is_in_the_folder_of_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    from flow_retail_cli.profiles import config_file

    monkeypatch.delenv("FLOW_RETAIL_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", os.sep + "settings")
    path = config_file()
    assert (path.name, path.parent.name) == ("config.toml", "flow-retail")
    if sys.platform == "linux":
        assert path == Path("/settings/flow-retail/config.toml")


def test_without_a_profile_the_file_is_not_read(run: Run, sandbox: Any) -> None:
    CONFIG.write_text("[")
    run("get", "customers", "customer-00001")
    assert run("--profile", "x", "get", "customers", "customer-00001", code=2)


def test_no_repr_shows_the_command_or_the_token(profile: Any) -> None:
    from flow_retail_cli.profiles import find_profile

    found = find_profile("stage")
    assert found is not None
    assert "print_token" not in repr(found)
