"""The program as users start it: a process with pipes, terminals and signals."""

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terminal import IMPORT, Run, hangs, stored, uids, wait_until, write_people

from flow_retail_sandbox import Fault

Spawn = Callable[..., "subprocess.Popen[str]"]
HANG = 60.0


def on_terminal(spawn: Spawn, *arguments: str, typed: str = "") -> tuple[int, str]:
    """Run a command on a terminal of its own; returns its exit code and what the terminal showed."""
    ours, theirs = pty.openpty()
    process = spawn(*arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    if typed:
        # What is typed before the terminal stops to show it is thrown away.
        wait_until(lambda: not termios.tcgetattr(ours)[3] & termios.ECHO)
        os.write(ours, typed.encode())
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # Linux says so that the other end was closed
            piece = b""
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(), shown.decode()


def test_without_its_extra_the_command_says_what_to_install() -> None:
    program = "import sys; sys.modules['typer'] = None; from flow_retail_cli.__main__ import main; main([])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "pip install 'flow-retail-client[cli]'" in ended.stderr


def test_without_its_extra_the_sandbox_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "flow_retail_sandbox"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert run("sandbox", code=2).stderr == (
        "flow-retail-sandbox: the sandbox needs uvicorn, which is not installed:"
        ' pip install "flow-retail-client[sandbox]"\n'
    )


def test_an_error_of_the_package_itself_is_no_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from flow_retail_cli.__main__ import main

    monkeypatch.setitem(sys.modules, "flow_retail_cli.app", None)
    with pytest.raises(ModuleNotFoundError, match="flow_retail_cli"):
        main([])


def test_sandbox_takes_the_options_of_the_sandbox(spawn: Spawn, run: Run) -> None:
    process = spawn("sandbox", "--port", "0", "--customers", "3", "--page-base", "1")
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    os.environ["FLOW_RETAIL_BASE_URL"] = url
    os.environ.update(FLOW_RETAIL_TENANT="acme", FLOW_RETAIL_TOKEN="sandbox-token-acme")
    run("export", "customers", "--out", "a.ndjson")
    assert len(uids("a.ndjson")) == 3
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    helped = spawn("sandbox", "--help").communicate()[0]
    assert "--faults" in helped
    assert helped.startswith("usage: flow-retail sandbox ")


def test_a_terminal_shows_a_bar_with_items_and_colours(spawn: Spawn, sandbox: Any) -> None:
    code, shown = on_terminal(spawn, "export", "customers", "--out", "a.ndjson", "--page-size", "5")
    assert code == 0
    assert "Exporting customers" in shown
    assert "60/60" in shown
    assert "\x1b[" in shown
    assert "Wrote 60 records" in shown


def test_messages_and_the_bar_leave_each_other_alone(spawn: Spawn, sandbox: Any) -> None:
    Path("a.csv").write_text("customerUid;customerType\na-1;ROBOT\na-2;PERSON\n")
    code, shown = on_terminal(spawn, *IMPORT, "a.csv", "--mode", "upsert")
    assert code == 1
    assert "Importing a.csv" in shown
    before = shown.partition("a.csv, line 2: column customerType: can't be read")[0]
    # Had the bar not made way, the message would stand behind it, and go when it is drawn again.
    assert "━" not in before[max(before.rfind("\r"), before.rfind("\n")) :]


def test_no_color_turns_bar_and_colours_off(
    spawn: Spawn, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    code, shown = on_terminal(spawn, "export", "customers", "--out", "a.csv")
    assert code == 0
    assert shown == "Wrote 60 records of customers to a.csv.\r\n"


def test_a_token_can_be_typed_at_a_terminal_and_is_not_shown(
    spawn: Spawn, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLOW_RETAIL_TOKEN")
    code, shown = on_terminal(spawn, "get", "customer-groups", "group-vip", typed=sandbox.token + "\n")
    assert code == 0
    assert "Gullkunder" in shown
    assert sandbox.token not in shown.partition("Token")[2]


def test_pipes_get_neither_colours_nor_bars(spawn: Spawn, sandbox: Any) -> None:
    process = spawn("export", "customers", "--out", "a.csv")
    assert process.communicate() == ("", "Wrote 60 records of customers to a.csv.\n")


def test_a_closed_standard_output_is_one_sentence_and_exit_code_1(spawn: Spawn, sandbox: Any) -> None:
    process = spawn("export", "customers", "--out", "-", "--page-size", "5", "--prefetch", "1")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait() == 1
    assert process.stderr.read().splitlines() == [
        "Error: Standard output can't be written to: it is closed.",
        "Next: What was written so far is not all.",
    ]


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_an_export_that_was_killed_loses_and_duplicates_nothing(
    spawn: Spawn, run: Run, sandbox: Any, ending: str
) -> None:
    sandbox.faults.add(Fault("latency", operation="customers.list", after=4, seconds=HANG))
    process = spawn("export", "customers", "--out", f"a.{ending}", "--page-size", "10", "--prefetch", "1")
    wait_until(lambda: hangs(sandbox))
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not Path(f"a.{ending}").exists()
    assert "Resuming after 40 records" in run("export", "customers", "--out", f"a.{ending}").stderr
    text = Path(f"a.{ending}").read_text()
    assert all(text.count(f"customer-{number:05d}") >= 1 for number in range(1, 61))
    assert len(text.splitlines()) == (61 if ending == "csv" else 60)


def test_ctrl_c_ends_an_export_with_130(spawn: Spawn, sandbox: Any) -> None:
    sandbox.faults.add(Fault("latency", operation="customers.list", after=2, seconds=HANG))
    process = spawn("export", "customers", "--out", "a.csv", "--page-size", "10", "--prefetch", "1")
    wait_until(lambda: hangs(sandbox))
    process.send_signal(signal.SIGINT)
    stderr = process.communicate()[1]
    assert process.returncode == 130
    assert "run the same command again to resume" in stderr
    assert "Traceback" not in stderr


def test_two_ctrl_c_end_an_import_at_once_and_it_resumes_without_doubling(
    spawn: Spawn, run: Run, sandbox: Any
) -> None:
    write_people("a.csv", 200)
    arguments = (*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10")
    sandbox.faults.add(Fault("latency", operation="customers.batch", after=5, seconds=HANG))
    process = spawn(*arguments)
    wait_until(lambda: hangs(sandbox))
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    assert "Press Ctrl-C again" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    stderr = process.communicate()[1]
    assert process.returncode == 130
    assert "ambiguous" in stderr
    assert run(*arguments, "--json").json["succeeded"] == 200
    assert stored(sandbox) == 260


@pytest.mark.parametrize("uid", [True, False], ids=["uid", "no-uid"])
def test_an_import_that_was_killed_never_sends_twice_in_silence(
    spawn: Spawn, run: Run, sandbox: Any, uid: bool
) -> None:
    write_people("a.csv", 200, uid=uid)
    arguments = (*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10")
    sandbox.faults.add(Fault("latency", operation="customers.batch", after=5, seconds=HANG))
    process = spawn(*arguments, "--concurrency", "1")
    wait_until(lambda: hangs(sandbox))
    process.kill()
    process.wait()
    before = stored(sandbox) - 60
    assert before == 50
    result = run(*arguments, "--json", code=0 if uid else 1).json
    assert result["succeeded"] + result["unknown"] == 200
    created = stored(sandbox) - 60
    if uid:
        assert created == result["succeeded"] == 200
    else:
        # In flight or about to be, or resolved but not yet recorded: reported, and not sent again.
        assert 10 <= result["unknown"] <= 30
        assert result["succeeded"] <= created <= 200
        assert created <= result["succeeded"] + result["unknown"]


def test_an_unforeseen_error_is_one_sentence_and_debug_shows_it(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from flow_retail_cli import doctor

    def fail() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(doctor, "_versions", fail)
    ended = run("doctor", code=70)
    assert "This should not happen (RuntimeError)" in ended.stderr
    assert "secret" not in ended.stderr
    assert "Traceback" in run("--debug", "doctor", code=70).stderr
    assert "Traceback" in run("doctor", "--debug", code=70).stderr


def test_shared_options_may_stand_behind_the_command(run: Run, sandbox: Any) -> None:
    from flow_retail_cli.shell import move_options_first

    assert run("get", "customer-groups", "group-vip", "--output", "json", "--tenant=acme").json
    moved = move_options_first(["a", "--tenant", "t", "--", "--tenant", "x"], {"--tenant"}, {"--debug"})
    assert moved == ["--tenant", "t", "a", "--", "--tenant", "x"]
    assert move_options_first(["a", "--tenant"], {"--tenant"}, set()) == ["--tenant", "a"]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [("FLOW_RETAIL_TENANT", "Pass --tenant"), ("FLOW_RETAIL_TOKEN", "pass --token-file")],
)
def test_a_missing_setting_is_reported_with_its_remedy(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch, missing: str, expected: str
) -> None:
    monkeypatch.delenv(missing)
    ended = run("get", "customers", "x", code=2)
    assert expected in ended.stderr
    assert missing in ended.stderr


def test_there_is_no_option_for_the_token_itself(run: Run) -> None:
    assert "No such option" in run("--token", "secret", "doctor", code=2).stderr


def test_errors_of_every_class_have_an_exit_code() -> None:
    from flow_retail_cli.errors import explain
    from flow_retail_client import APIConnectionError, BatchError, NotFoundError

    assert explain(APIConnectionError("x")).code == 3
    assert explain(NotFoundError(status_code=404)).code == 1
    assert explain(BatchError("x")).code == 1


def test_retries_are_reported_on_the_bar() -> None:
    from rich.progress import Progress

    from flow_retail_cli.progress import ProgressBar
    from flow_retail_client import RetryEvent

    progress = Progress(disable=True)
    task = progress.add_task("x", note="")
    shown = ProgressBar(progress, task)
    shown.note(RetryEvent(operation="x", method="GET", attempt=1, status_code=503, wait=3.0, reason="503"))
    assert progress.tasks[0].fields["note"] == "waiting 3 s: 503"
    shown.update(5, 10)
    assert (progress.tasks[0].completed, progress.tasks[0].fields["note"]) == (5, "")


def test_ledgers_keep_rows_as_ranges() -> None:
    from random import Random

    from flow_retail_cli.import_journal import RowRanges

    random = Random(3)
    places, expected = RowRanges(), set[int]()
    for _ in range(2000):
        number = random.randrange(200)
        if random.random() < 0.02:
            end = number + random.randrange(40)
            places.cut(number, end)
            expected -= set(range(number, end))
        places.add(number)
        expected.add(number)
        assert (number in places, number + 500 in places) == (True, False)
    assert set(places) == expected
    assert len(places) == len(expected)
    assert RowRanges(places.ranges()).ranges() == places.ranges()


def test_json_is_indented_on_a_terminal_and_compact_in_a_pipe(spawn: Spawn, sandbox: Any) -> None:
    command = ("get", "customer-groups", "group-vip", "--output", "json")
    shown = on_terminal(spawn, *command)[1]
    assert shown.startswith("{\r\n  ")
    piped = spawn(*command).communicate()[0]
    assert piped.count("\n") == 1
    shown = on_terminal(spawn, "list", "customer-groups", "--output", "json", "--fields", "name")[1]
    assert shown.startswith('[\r\n  {\r\n    "name": ')
    assert shown.endswith("\r\n  }\r\n]\r\n")
