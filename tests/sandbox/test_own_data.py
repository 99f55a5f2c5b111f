"""Your own data in place of invented data: loaded, read from files, saved, restored; and what was asked."""

import json
import sqlite3

import pytest

from flow_retail_sandbox import Sandbox, run_sandbox
from flow_retail_sandbox.__main__ import main


@pytest.fixture
def empty():
    sandbox = Sandbox(customers=0)
    yield sandbox
    sandbox.close()


def test_records_are_loaded_as_they_are_sent_and_completed(empty):
    body = {"customerUid": "c-1", "customerType": "PERSON", "firstname": "Kari", "defaultStoreUid": "store-9"}
    assert empty.load("customers", [body, {"customerType": "COMPANY", "companyName": "Fjord"}])[0] == "c-1"
    loaded = empty.customer("c-1")
    assert (loaded["displayName"], loaded["city"]) == ("Kari", "")
    assert loaded["defaultStore"] == {"name": "store-9", "storeUid": "store-9"}
    assert empty.counts()["acme"]["customers"] == 2


def test_what_was_read_from_one_sandbox_is_the_same_in_another():
    with run_sandbox(customers=60) as source, run_sandbox(customers=0) as copy:
        customers = source.sandbox.records("customers")
        copy.sandbox.load("customers", customers)
        assert copy.sandbox.records("customers") == customers
        contacts = [sandbox.sandbox.records("customer-contacts") for sandbox in (source, copy)]
    ours, theirs = ({contact["customerContactUid"]: contact for contact in found} for found in contacts)
    assert ours == theirs


def test_what_a_record_is_connected_with_is_made_if_it_is_missing(empty):
    contact = {"customerContactUid": "k", "firstname": "Liv", "lastname": "Vik", "role": "ADMIN"}
    empty.load(
        "customers",
        [{"customerUid": "c", "customerType": "B2B", "contacts": [contact], "customerGroupUids": ["g"]}],
    )
    assert empty.record("acme", "customer-contacts", "k")["customers"][0]["role"] == "ADMIN"
    assert empty.record("acme", "customer-groups", "g")["customerGroupUid"] == "g"


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([{"customerUid": "a"}, {"customerUid": "a"}], "record 2: Customer a already exists"),
        ([{"customerUid": "a"}, 7], "record 2 is no JSON object"),
        ([{"customerUid": "search"}], "record 1: search cannot identify a record"),
        ([{"customerUid": "a", "contacts": [{"firstname": "x"}]}], "record 1 is not as the document says"),
        ([{"customerUid": "a", "defaultStore": 7}], "record 1 is not as the document says"),
    ],
)
def test_a_record_that_cannot_be_loaded_is_named_and_nothing_is_loaded(empty, records, reason):
    with pytest.raises(ValueError, match=reason):
        empty.load("customers", records)
    assert empty.counts()["acme"]["customers"] == 0


def test_a_record_is_deleted_past_the_api_and_one_that_is_not_there_is_an_error(empty):
    empty.load("customers", [{"customerUid": "a"}], tenant="nordlys")
    empty.delete("customers", "a", tenant="nordlys")
    with pytest.raises(ValueError, match="Customer a does not exist"):
        empty.delete("customers", "a", tenant="nordlys")


def test_a_snapshot_is_begun_with_and_gone_back_to(tmp_path):
    path = str(tmp_path / "saved.db")
    with run_sandbox(customers=12) as first:
        first.sandbox.delete("customers", "customer-00001")
        first.sandbox.save(path)
        saved = first.sandbox.records("customers")
    for _ in range(2):  # the file stays as it is
        with run_sandbox(snapshot=path) as second:
            assert second.sandbox.records("customers") == saved
            second.sandbox.delete("customers", "customer-00002")
            second.sandbox.reset()
            assert second.sandbox.records("customers") == saved


@pytest.mark.parametrize("made", [False, True])
def test_a_file_that_is_no_snapshot_is_refused(tmp_path, made):
    path = tmp_path / "other.db"
    if made:
        sqlite3.connect(path).close()
    with pytest.raises(sqlite3.Error):
        Sandbox(snapshot=str(path))


def run_command(monkeypatch, *arguments):
    """Run the command up to where it would listen, and give what it holds."""
    held = []

    def serve(sandbox, listening):
        held.append((sandbox.records("customers"), sandbox.counts()["acme"]))
        raise KeyboardInterrupt

    monkeypatch.setattr("flow_retail_sandbox.__main__.serve", serve)
    with pytest.raises(SystemExit):
        main(["--port", "0", "--customers", "0", *arguments])
    return held[0]


def test_the_command_adds_the_records_of_files(monkeypatch, tmp_path):
    named = tmp_path / "customers.2024.ndjson"
    named.write_text(
        '{"customerUid": "a", "customerType": "B2B"}\n\n{"customerUid": "b"}\n', encoding="utf-8"
    )
    other = tmp_path / "mine.txt"
    other.write_text(json.dumps({"customerGroupUid": "g", "name": "Mine"}), encoding="utf-8")
    customers, counts = run_command(
        monkeypatch, "--seed-file", str(named), "--seed-file", f"customer-groups={other}"
    )
    assert [customer["customerUid"] for customer in customers] == ["a", "b"]
    assert counts["customer-groups"] == 5


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("customers.ndjson", None, "No such file"),
        ("customers.ndjson", '{"a": 1}\n{', "line 2 is no JSON"),
        ("customers.ndjson", "[]", "record 1 is no JSON object"),
        ("people.ndjson", "{}", "no collection is called 'people'; there are "),
    ],
)
def test_a_file_that_cannot_be_added_is_refused_with_the_reason(tmp_path, capsys, name, content, reason):
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["--port", "0", "--customers", "0", "--seed-file", str(path)])
    assert stopped.value.code == 2
    assert f"argument --seed-file: {path}: {reason}" in capsys.readouterr().err


def test_the_command_begins_with_a_snapshot_and_refuses_another_file(monkeypatch, tmp_path, capsys):
    path = str(tmp_path / "saved.db")
    with run_sandbox(customers=3) as running:
        running.sandbox.save(path)
    customers, _ = run_command(monkeypatch, "--snapshot", path)
    assert len(customers) == 3
    with pytest.raises(SystemExit):
        main(["--port", "0", "--snapshot", str(tmp_path / "missing.db")])
    assert f"{tmp_path / 'missing.db'}: unable to open" in capsys.readouterr().err


def test_the_log_of_requests_holds_what_was_sent(api, sandbox):
    api.ok("POST", "/customer-groups", {"name": "Nye"})
    api.refused(400, "POST", "/customer-groups", {"name": 7})
    first, second = sandbox.requests.of("customer_groups.create")
    assert (first.json, first.status, first.method) == ({"name": "Nye"}, 201, "POST")
    assert (second.json, second.status) == ({"name": 7}, 400)
    assert sandbox.requests.of("customers.create") == []
    assert first.headers["content-type"] == "application/json"
    assert "Nye" not in repr(first)


def test_the_log_keeps_no_large_body(api, sandbox):
    api.ok("POST", "/customer-groups", {"name": "x", "unknown": "a" * 300_000})
    (entry,) = sandbox.requests.latest
    assert entry.json is None
