"""`flow-retail import`: what becomes of rows, with and without faults."""

from pathlib import Path
from typing import Any

import pytest
from terminal import IMPORT, Run, kari, ndjson, records, reject_rows, stored, write_people

from flow_retail_sandbox import Fault


def test_create_update_upsert_and_delete_do_what_they_say(run: Run, sandbox: Any) -> None:
    ndjson("a.ndjson", kari("a"), kari("b"))
    run(*IMPORT, "a.ndjson", "--mode", "create")
    ndjson("a.ndjson", kari("a", city="Bodø"), kari("c"))
    run(*IMPORT, "a.ndjson", "--mode", "upsert")
    ndjson("a.ndjson", kari("b", city="Vardø"))
    run(*IMPORT, "a.ndjson", "--mode", "update")
    ndjson("a.ndjson", {"customerUid": "c"})
    run(*IMPORT, "a.ndjson", "--mode", "delete")
    assert sandbox.sandbox.customer("a")["city"] == "Bodø"
    assert sandbox.sandbox.customer("b")["city"] == "Vardø"
    assert sandbox.sandbox.customer("c") is None
    assert sorted(path.name for path in Path().iterdir()) == ["a.ndjson"]


def test_failed_rows_are_in_a_file_that_can_be_corrected_and_imported(run: Run, sandbox: Any) -> None:
    Path("a.csv").write_text(
        "customerUid;customerType;email\nx-1;PERSON;a@example.com\nx-2;PERSON;none\nx-3;ROBOT;\n", "utf-8"
    )
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--json", code=1)
    assert ended.json == {
        "rows": 3,
        "succeeded": 1,
        "failed": 2,
        "unknown": 0,
        "ambiguous": 0,
        "not_sent": 0,
        "rejects_file": "a.csv.rejects.csv",
        "unknown_file": None,
    }
    assert (
        "a.csv, line 4: column customerType: can't be read; write one of COMPANY, PERSON, B2B" in ended.stderr
    )
    rows = {row["customerUid"]: row for row in reject_rows("a.csv.rejects.csv")}
    assert rows["x-2"]["_reject.code"] == "INVALID_EMAIL"
    assert rows["x-3"]["_reject.location"] == "line 4"
    corrected = Path("a.csv.rejects.csv").read_text("utf-8-sig").replace("none", "b@example.com")
    Path("a.csv.rejects.csv").write_text(corrected.replace("ROBOT", "person"), "utf-8-sig")
    run(*IMPORT, "a.csv.rejects.csv", "--mode", "create")
    assert sandbox.sandbox.customer("x-2")["email"] == "b@example.com"
    assert sandbox.sandbox.customer("x-3")["customerType"] == "PERSON"


def test_rejects_of_rejects_have_one_reason_each(run: Run, sandbox: Any) -> None:
    Path("a.csv").write_text("_reject.code;customerUid;customerType\nOLD;x-1;ROBOT\n", "utf-8")
    run(*IMPORT, "a.csv", "--mode", "create", code=1)
    header = Path("a.csv.rejects.csv").read_text("utf-8-sig").splitlines()[0]
    assert header == "_reject.location;_reject.code;_reject.message;customerUid;customerType"
    assert reject_rows("a.csv.rejects.csv")[0]["_reject.code"] == "INVALID_ROW"
    ndjson("a.ndjson", {"_reject": {"code": "OLD"}, "customerUid": "x", "customerType": "ROBOT"})
    run(*IMPORT, "a.ndjson", "--mode", "create", code=1)
    assert records("a.ndjson.rejects.ndjson")[0]["customerUid"] == "x"


def test_no_personal_data_of_rows_is_in_the_messages(run: Run, sandbox: Any) -> None:
    Path("a.csv").write_text(
        "customerUid;customerType;email;paymentTerms\nx-1;PERSON;secretmail;1\nx-2;PERSON;;secretday\n",
        "utf-8",
    )
    assert "secret" not in run(*IMPORT, "a.csv", "--mode", "create", code=1).stderr


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=429, retry_after=0, operation="customers.batch", count=3),
        Fault("status", status=503, operation="customers.batch", count=2),
        Fault("reset_before", operation="customers.batch", count=2),
        Fault("reset_after", operation="customers.batch", count=2),
        Fault("truncate_body", operation="customers.batch", count=2),
        Fault("batch_refusal", operation="customers.batch", count=2, items=2),
        Fault("batch_refusal", operation="customers.batch", count=1, unmatched=True),
        Fault("batch_refusal", operation="customers.batch", count=2, shape="price"),
    ],
    ids=lambda fault: f"{fault.type}{fault.options.status or fault.options.shape}",
)
@pytest.mark.parametrize("uid", [True, False], ids=["uid", "no-uid"])
def test_under_faults_the_sums_add_up(run: Run, sandbox: Any, quick: None, fault: Fault, uid: bool) -> None:
    # A fault counts down, so each test needs its own.
    options = ("status", "retry_after", "items", "unmatched", "shape")
    given = {name: getattr(fault.options, name) for name in options}
    sandbox.faults.add(Fault(fault.type, operation=fault.operation, count=fault.remaining, **given))
    write_people("a.csv", 100, uid=uid)
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json", code=None)
    result = ended.json
    assert result["succeeded"] + result["failed"] + result["unknown"] == 100
    assert (ended.code == 0) == (result["succeeded"] == 100)
    created = stored(sandbox) - 60
    assert result["succeeded"] <= created <= result["succeeded"] + result["unknown"]
    for name in ("failed", "unknown"):
        path = result["rejects_file" if name == "failed" else "unknown_file"]
        assert (len(reject_rows(path)) if path else 0) == result[name]
    if result["unknown"]:
        assert "Look these up" in ended.stderr


def test_unknown_rows_of_an_upsert_may_be_sent_again(run: Run, sandbox: Any, quick: None) -> None:
    sandbox.faults.add(Fault("reset_before", operation="customers.batch", count=4))
    sandbox.faults.add(Fault("status", status=500, operation="customers.get", count=None))
    write_people("a.csv", 3)
    write_people("a.csv", 20)
    ended = run(*IMPORT, "a.csv", "--mode", "upsert", "--chunk-size", "10", "--concurrency", "1", code=1)
    assert "that changes nothing twice" in ended.stderr
    assert len(reject_rows("a.csv.unknown.csv")) == 10


def test_an_unreachable_api_makes_no_rejects(run: Run, sandbox: Any, quick: None) -> None:
    write_people("a.csv", 5000)
    away = ("--base-url", "http://127.0.0.1:9/v2")
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json", *away, code=3)
    assert ended.json["failed"] == ended.json["ambiguous"] == 0
    assert ended.json["not_sent"] == 5000
    assert not Path("a.csv.rejects.csv").exists()
    assert "another base_url" in run(*IMPORT, "a.csv", "--mode", "create", code=2).stderr
    run(*IMPORT, "a.csv", "--mode", "create", "--restart")
    assert stored(sandbox) == 5060


def test_when_the_api_goes_away_in_the_middle_the_next_run_resolves_the_rows(
    run: Run, sandbox: Any, quick: None
) -> None:
    write_people("a.csv", 100)
    sandbox.faults.add(Fault("reset_after", operation="customers.batch", after=2, count=None))
    sandbox.faults.add(Fault("reset_before", operation="customers.get", count=None))
    arguments = (
        *IMPORT,
        "a.csv",
        "--mode",
        "create",
        "--chunk-size",
        "10",
        "--concurrency",
        "1",
        "--json",
    )
    ended = run(*arguments, code=3)
    assert "No response any more" in ended.stderr
    assert ended.json["succeeded"] == 20
    assert ended.json["unknown"] == ended.json["failed"] == 0
    assert 20 <= ended.json["ambiguous"] <= 40
    applied = stored(sandbox) - 60
    assert applied > 20
    sandbox.faults.clear()
    assert run(*arguments).json["succeeded"] == 100
    assert stored(sandbox) == 160


def test_no_response_for_rows_without_a_uid_makes_only_those_unknown_that_were_sent(
    run: Run, sandbox: Any, quick: None
) -> None:
    write_people("a.csv", 100, uid=False)
    sandbox.faults.add(Fault("reset_before", operation="customers.batch", after=2, count=None))
    arguments = (
        *IMPORT,
        "a.csv",
        "--mode",
        "create",
        "--chunk-size",
        "10",
        "--concurrency",
        "1",
        "--json",
    )
    first = run(*arguments, code=3).json
    assert first["ambiguous"] == 0
    assert 20 <= first["unknown"] <= 40
    sandbox.faults.clear()
    result = run(*arguments, code=1).json
    assert result["unknown"] == first["unknown"]
    assert stored(sandbox) - 60 == result["succeeded"] == 100 - first["unknown"]


def test_a_loss_between_responses_makes_rows_unknown_and_continues(
    run: Run, sandbox: Any, quick: None
) -> None:
    write_people("a.csv", 100)
    sandbox.faults.add(Fault("reset_before", operation="customers.batch", after=2, count=4))
    sandbox.faults.add(Fault("status", status=500, operation="customers.get", count=None))
    arguments = (
        *IMPORT,
        "a.csv",
        "--mode",
        "upsert",
        "--chunk-size",
        "10",
        "--concurrency",
        "1",
        "--json",
    )
    result = run(*arguments, code=1).json
    assert (result["succeeded"], result["unknown"]) == (90, 10)


def test_a_refused_token_makes_no_rejects_and_the_next_run_sends_all(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_people("a.csv", 100)
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", "wrong-token")
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json", code=1)
    assert "The token is not accepted" in ended.stderr
    assert "wrong-token" not in ended.stderr
    assert ended.json["not_sent"] == 100
    monkeypatch.setenv("FLOW_RETAIL_TOKEN", sandbox.token)
    run(*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10")
    assert stored(sandbox) == 160


def test_a_token_that_is_refused_midway_costs_no_row(run: Run, sandbox: Any) -> None:
    write_people("a.csv", 100, uid=False)
    sandbox.faults.add(Fault("status", status=403, operation="customers.batch", after=4, count=None))
    arguments = (*IMPORT, "a.csv", "--mode", "create", "--chunk-size", "10", "--json")
    first = run(*arguments, code=1).json
    assert first["succeeded"] == 40
    assert first["not_sent"] == 60
    sandbox.faults.clear()
    assert run(*arguments).json["succeeded"] == 100
    assert stored(sandbox) == 160


def test_rows_without_a_uid_can_be_given_one(run: Run, sandbox: Any, quick: None) -> None:
    write_people("a.csv", 30, uid=False)
    sandbox.faults.add(Fault("reset_after", operation="customers.batch", count=2))
    run(*IMPORT, "a.csv", "--mode", "create", "--give-uids", "--chunk-size", "10")
    assert stored(sandbox) == 90
    again = run(*IMPORT, "a.csv", "--mode", "create", "--give-uids", "--json", code=1)
    assert again.json["failed"] == 30
    assert stored(sandbox) == 90


def test_a_dry_run_checks_and_sends_nothing(run: Run, sandbox: Any) -> None:
    Path("a.csv").write_text("customerUid;customerType;email\nx-1;PERSON;\nx-2;;\n", "utf-8")
    ended = run(*IMPORT, "a.csv", "--mode", "create", "--dry-run", "--json", code=1)
    assert ended.json == {"rows": 2, "problems": 1, "sent": False}
    assert "line 3: column customerType: is missing, and the API requires it" in ended.stderr
    assert sandbox.sandbox.requests.count() == 0
    Path("b.ndjson").write_text("[]\n")
    assert "not a JSON object" in run(*IMPORT, "b.ndjson", "--mode", "create", "--dry-run", code=1).stderr
    write_people("c.csv", 2)
    assert "0 of them with problems" in run(*IMPORT, "c.csv", "--mode", "upsert", "--dry-run").stderr


def test_a_full_disk_stops_before_anything_is_sent(
    run: Run, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flow_retail_cli.checkpoint import Checkpoint

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "a.csv.checkpoint")

    monkeypatch.setattr(Checkpoint, "save", full)
    write_people("a.csv", 100)
    ended = run(*IMPORT, "a.csv", "--mode", "create", code=1)
    assert "a.csv.checkpoint No space left on device" in ended.stderr
    assert sandbox.sandbox.requests.count("customers.batch") == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["customers", "no.csv", "--mode", "create"], "There is no file no.csv"),
        (["robots", "a.csv", "--mode", "create"], "There is no resource 'robots'"),
        (["customers", "a.csv", "--mode", "replace"], "Invalid value for '--mode'"),
        (["customers", "a.csv"], "Missing option '--mode'"),
        (["customers", "a.txt", "--mode", "create"], "no suffix of a known format"),
        (["customer-groups", "a.csv", "--mode", "upsert"], "have no mode 'upsert'"),
        (
            ["customers", "a.csv", "--mode", "create", "--param", "store_uid=x"],
            "There is no --param store_uid",
        ),
    ],
)
def test_a_mistake_is_reported_before_anything_is_sent(
    run: Run, sandbox: Any, arguments: list[str], expected: str
) -> None:
    write_people("a.csv", 1)
    write_people("a.txt", 1)
    assert expected in run("import", *arguments, code=2).stderr
    assert sandbox.sandbox.requests.count() == 0
