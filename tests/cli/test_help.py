"""What the program says of itself: help, exit codes, completion."""

import os
import subprocess
import sys

import pytest
from terminal import Run

COMMANDS = ("export", "import", "list", "get", "search", "create", "update", "delete")


def test_help_names_every_command_and_imports_no_client() -> None:
    program = (
        "import sys; from flow_retail_cli.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "slow = {'httpx', 'flow_retail_client', 'flow_retail_records.resources', 'pyarrow'}\n"
        "slow.add('flow_retail_sandbox')\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for command in (*COMMANDS, "doctor", "sandbox"):
        assert f"│ {command} " in ended.stdout
    assert "\x1b" not in ended.stdout


def test_help_of_a_command_names_the_resources_that_there_are(run: Run) -> None:
    from flow_retail_records.resources import possible

    for command in COMMANDS:
        shown = " ".join(run(command, "-h").stdout.replace("│", "").split())
        assert f"One of: {', '.join(possible(command))}." in shown
    assert "FLOW_RETAIL_TOKEN" in run(code=2).stdout + run("--help").stdout
    assert run("--version").stdout.startswith("flow-retail ")


def test_help_shows_arguments_as_they_are_typed_and_the_exit_codes(run: Run) -> None:
    usages = {
        "get": "flow-retail get [OPTIONS] RESOURCE UID",
        "list": "flow-retail list [OPTIONS] RESOURCE",
        "search": "flow-retail search [OPTIONS] RESOURCE QUERY",
        "export": "flow-retail export [OPTIONS] RESOURCE",
        "create": "flow-retail create [OPTIONS] RESOURCE UID",
        "update": "flow-retail update [OPTIONS] RESOURCE UID",
        "delete": "flow-retail delete [OPTIONS] RESOURCE UID",
        "import": "flow-retail import [OPTIONS] RESOURCE FILE",
        "doctor": "flow-retail doctor [OPTIONS]",
    }
    from flow_retail_cli.errors import ExitCode

    for command, usage in usages.items():
        shown = run(command, "--help").stdout
        assert f"Usage: {usage} " in shown
        codes = " ".join(shown.partition("Exit codes:")[2].split())
        assert all(f" {int(code)} " in f" {codes}" for code in ExitCode)
    assert "Exit codes: 0 all done" in run("--help").stdout


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("flow-retail ex", "export"),
        ("flow-retail get customer-", "customer-contacts"),
        ("flow-retail list customers --out", "--output"),
    ],
)
def test_a_shell_can_complete_commands_options_and_resources(typed: str, expected: str) -> None:
    words = typed.split()
    ended = subprocess.run(
        [sys.executable, "-m", "flow_retail_cli"],
        env={
            **os.environ,
            "_FLOW_RETAIL_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected in ended.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_completion_can_be_shown(
    run: Run, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Typer asks which shell began this process, which may be none that it knows.
    monkeypatch.setattr("shellingham.detect_shell", lambda: (shell, f"/bin/{shell}"))
    assert "_FLOW_RETAIL_COMPLETE" in run("--show-completion").stdout
