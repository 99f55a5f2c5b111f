"""`flow-retail import`, stopped in the middle and gone on with."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
from terminal import IMPORT, Ended, Run, hangs, interrupting, reject_rows, stored, write_people

from flow_retail_cli.import_run import ImportRun
from flow_retail_sandbox import Fault


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
        arguments = (
            "import",
            "customers",
            "a.csv",
            "--mode",
            mode,
            "--chunk-size",
            "10",
            "--concurrency",
            "1",
            "--json",
        )
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
    assert "Stopping: waiting for the response" in ended.stderr
    result = ended.json
    assert result["ambiguous"] == result["unknown"] == result["failed"] == 0
    assert result["succeeded"] == stored(sandbox) - 60
    assert result["succeeded"] + result["not_sent"] == 100
    rest = run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json")
    assert f"Resuming after {result['succeeded']} rows" in rest.stderr
    assert rest.json["succeeded"] == 100
    assert stored(sandbox) == 160


def test_the_second_ctrl_c_leaves_ambiguous_rows_that_the_next_run_resolves(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    result = stopped(signal.SIGINT, signal.SIGINT).json
    assert result["succeeded"] == 30
    assert 10 <= result["ambiguous"] <= 20
    assert result["succeeded"] + result["ambiguous"] + result["not_sent"] == 100
    # Two of the rows in doubt were applied after all; one of them was changed by somebody since.
    applied = [
        {"customerUid": f"p-{number}", "customerType": "PERSON", "firstname": name}
        for number, name in ((30, "Kari 30"), (31, "Somebody"))
    ]
    sandbox.sandbox.load("customers", applied)
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json", code=1)
    assert ended.json["succeeded"] == 99
    assert [row["customerUid"] for row in reject_rows("a.csv.unknown.csv")] == ["p-31"]
    assert stored(sandbox) == 160


def test_ambiguous_rows_without_a_uid_are_reported_and_never_sent_again(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    result = stopped(signal.SIGINT, signal.SIGINT, uid=False).json
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json", code=1)
    assert ended.json["unknown"] == result["ambiguous"]
    assert ended.json["succeeded"] == 100 - result["ambiguous"]
    assert stored(sandbox) - 60 == ended.json["succeeded"]
    assert {row["_reject.code"] for row in reject_rows("a.csv.unknown.csv")} == {"INTERRUPTED"}


def test_ambiguous_rows_of_an_upsert_are_sent_again(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    stopped(signal.SIGINT, signal.SIGINT, mode="upsert")
    assert run(*IMPORT, "a.csv", "--mode", "upsert", "--json").json["succeeded"] == 100
    assert stored(sandbox) == 160


def test_ambiguous_deletes_that_were_applied_have_succeeded(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    write_people("a.csv", 100)
    run(*IMPORT, "a.csv", "--mode", "create")
    stopped(signal.SIGINT, signal.SIGINT, mode="delete")
    sandbox.sandbox.delete("customers", "p-30")
    assert run(*IMPORT, "a.csv", "--mode", "delete", "--json").json["succeeded"] == 100
    assert stored(sandbox) == 60


def test_ambiguous_rows_stay_while_the_api_is_away(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], quick: None
) -> None:
    result = stopped(signal.SIGINT, signal.SIGINT).json
    sandbox.faults.add(Fault("reset_before", count=None))
    again = run(*IMPORT, "a.csv", "--mode", "create", "--json", code=3).json
    assert again["ambiguous"] == result["ambiguous"]
    sandbox.faults.clear()
    assert run(*IMPORT, "a.csv", "--mode", "create", "--json").json["succeeded"] == 100


def test_ambiguous_rows_that_can_not_be_looked_up_are_reported(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    from attrs import evolve

    from flow_retail_cli import import_command
    from flow_retail_records.resources import find_writing

    result = stopped(signal.SIGINT, signal.SIGINT).json
    writing = find_writing("customers", "import")
    blind = evolve(writing, spec=evolve(writing.spec, read=None))
    monkeypatch.setattr(import_command, "find_writing", lambda *_: blind)
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--json", code=1)
    assert ended.json["unknown"] == result["ambiguous"]


def test_a_file_that_changed_since_is_not_resumed(
    run: Run, sandbox: Any, stopped: Callable[..., Ended]
) -> None:
    stopped(signal.SIGINT)
    write_people("a.csv", 101)
    ended = run(*IMPORT, "a.csv", "--mode", "create", code=2)
    assert "another content" in ended.stderr


@pytest.mark.parametrize(
    "fault",
    [
        {"fault_type": "html_error", "status": 404},
        {"fault_type": "empty_error", "status": 404},
        {"fault_type": "not_json"},
    ],
    ids=lambda fault: fault["fault_type"],
)
def test_only_the_api_itself_says_that_an_ambiguous_row_is_gone(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], fault: dict[str, Any], quick: None
) -> None:
    write_people("a.csv", 100)
    run(*IMPORT, "a.csv", "--mode", "create")
    ambiguous = stopped(signal.SIGINT, signal.SIGINT, mode="delete").json["ambiguous"]
    sandbox.faults.add(Fault(operation="customers.get", count=None, **fault))
    result = run(*IMPORT, "a.csv", "--mode", "delete", "--json", code=1).json
    assert (result["succeeded"], result["unknown"]) == (100 - ambiguous, ambiguous)
    rows = reject_rows("a.csv.unknown.csv")
    assert all(sandbox.sandbox.customer(row["customerUid"]) is not None for row in rows)


def test_ambiguous_rows_whose_uid_no_path_can_hold_are_unknown(
    run: Run, sandbox: Any, stopped: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flow_retail_client.resources import CustomersResource

    ambiguous = stopped(signal.SIGINT, signal.SIGINT).json["ambiguous"]

    async def get(_self: Any, _uid: str) -> Any:
        raise ValueError("customerUid is not a valid UID")

    monkeypatch.setattr(CustomersResource, "get", get)
    result = run(*IMPORT, "a.csv", "--mode", "create", "--json", code=1).json
    assert (result["succeeded"], result["unknown"]) == (100 - ambiguous, ambiguous)
