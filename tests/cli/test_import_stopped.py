"""`flow-retail import`, stopped in the middle and gone on with."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
from terminal import Ended, Run, hangs, interrupting, reject_rows, stored, write_people

from flow_retail_cli.importing import ImportRun
from flow_retail_sandbox.faults import Fault


@pytest.fixture
def stopped(run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Stop an import of 100 rows while its fourth request hangs."""
    asked: list[object] = []
    original = ImportRun._stop
    monkeypatch.setattr(ImportRun, "_stop", lambda self: (original(self), asked.append(self)))

    def stopped(*signals: int, code: int = 130, uid: bool = True, mode: str = "create") -> Ended:
        write_people("a.csv", 100, uid=uid)
        hold = 0.3 if len(signals) == 1 else 60.0
        sandbox.faults.add(Fault("latency", operation="customers.batch", after=3, seconds=hold))
        arguments = ("import", "a.csv", "--mode", mode, "--chunk-size", "10", "--concurrency", "1", "--json")
        # Two signals in one breath would be one.
        conditions = [lambda: hangs(sandbox), lambda: bool(asked)][: len(signals)]
        with interrupting(*conditions, number=signals[0]):
            return run(*arguments, code=code)

    return stopped


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("uid", [True, False], ids=["uid", "no-uid"])
def test_the_first_signal_waits_for_what_is_in_flight(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], number: int, code: int, uid: bool
) -> None:
    ended = stopped(number, code=code, uid=uid)
    assert "Stopping: waiting for the answer" in ended.stderr
    told = ended.json
    assert told["in_doubt"] == told["unknown"] == told["failed"] == 0
    assert told["succeeded"] == stored(sandbox) - 60
    assert told["succeeded"] + told["not_sent"] == 100
    rest = run("import", "a.csv", "--mode", "create", "--chunk-size", "10", "--json")
    assert f"Going on after {told['succeeded']} rows" in rest.stderr
    assert rest.json["succeeded"] == 100
    assert stored(sandbox) == 160


def test_the_second_ctrl_c_leaves_rows_in_doubt_that_the_next_run_settles(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    told = stopped(signal.SIGINT, signal.SIGINT).json
    assert told["succeeded"] == 30
    assert 10 <= told["in_doubt"] <= 20
    assert told["succeeded"] + told["in_doubt"] + told["not_sent"] == 100
    # Two of the rows in doubt were carried out after all; one of them was changed by somebody since.
    applied = [
        {"customerUid": f"p-{number}", "customerType": "PERSON", "firstname": name}
        for number, name in ((30, "Kari 30"), (31, "Somebody"))
    ]
    sandbox.sandbox.load("customers", applied)
    ended = run("import", "a.csv", "--mode", "create", "--chunk-size", "10", "--json", code=1)
    assert ended.json["succeeded"] == 99
    assert [row["customerUid"] for row in reject_rows("a.csv.unknown.csv")] == ["p-31"]
    assert stored(sandbox) == 160


def test_rows_in_doubt_without_a_uid_are_told_and_never_sent_again(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    told = stopped(signal.SIGINT, signal.SIGINT, uid=False).json
    ended = run("import", "a.csv", "--mode", "create", "--chunk-size", "10", "--json", code=1)
    assert ended.json["unknown"] == told["in_doubt"]
    assert ended.json["succeeded"] == 100 - told["in_doubt"]
    assert stored(sandbox) - 60 == ended.json["succeeded"]
    assert {row["_reject.code"] for row in reject_rows("a.csv.unknown.csv")} == {"INTERRUPTED"}


def test_rows_in_doubt_of_an_upsert_are_sent_again(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    stopped(signal.SIGINT, signal.SIGINT, mode="upsert")
    assert run("import", "a.csv", "--mode", "upsert", "--json").json["succeeded"] == 100
    assert stored(sandbox) == 160


def test_deletes_in_doubt_that_were_carried_out_have_succeeded(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    write_people("a.csv", 100)
    run("import", "a.csv", "--mode", "create")
    stopped(signal.SIGINT, signal.SIGINT, mode="delete")
    sandbox.sandbox.delete("customers", "p-30")
    assert run("import", "a.csv", "--mode", "delete", "--json").json["succeeded"] == 100
    assert stored(sandbox) == 60


def test_doubts_stay_while_the_api_is_away(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], quick: None
) -> None:
    told = stopped(signal.SIGINT, signal.SIGINT).json
    sandbox.faults.add(Fault("reset_before", count=None))
    again = run("import", "a.csv", "--mode", "create", "--json", code=3).json
    assert again["in_doubt"] == told["in_doubt"]
    sandbox.faults.clear()
    assert run("import", "a.csv", "--mode", "create", "--json").json["succeeded"] == 100


def test_doubts_that_nobody_can_look_up_are_told(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    from attrs import evolve

    from flow_retail_cli import import_command
    from flow_retail_records.resources import kinds

    told = stopped(signal.SIGINT, signal.SIGINT).json
    kind = kinds()["customers"]
    monkeypatch.setattr(import_command, "find", lambda *_: evolve(kind, batch=evolve(kind.batch, read=None)))
    ended = run("import", "a.csv", "--mode", "create", "--json", code=1)
    assert ended.json["unknown"] == told["in_doubt"]


def test_a_file_that_changed_since_is_not_gone_on_with(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    stopped(signal.SIGINT)
    write_people("a.csv", 101)
    ended = run("import", "a.csv", "--mode", "create", code=2)
    assert "another content" in ended.stderr
