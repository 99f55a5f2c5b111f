"""`flow-retail create`, `update` and `delete`, and imports of what has no batch operation."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from terminal import Run, records

from flow_retail_cli import import_command
from flow_retail_records.resources import find_writing
from flow_retail_sandbox import Fault

KARI = ("create", "customers", "--set", "customerUid=c-1", "--set", "customerType=PERSON")


def test_a_record_is_created_from_fields_and_shown(run: Run, sandbox: Any) -> None:
    made = run(*KARI, "--set", "firstname=Kari", "--set", "credit.limit=5000", "--output", "json").json
    assert (made["customerUid"], made["displayName"], made["credit"]["limit"]) == ("c-1", "Kari", 5000)
    assert sandbox.sandbox.customer("c-1")["firstname"] == "Kari"


def test_a_record_that_was_shown_can_be_changed_and_sent_back(run: Run, sandbox: Any) -> None:
    shown = run("get", "customers", "customer-00001", "--output", "json").json
    Path("one.json").write_text(json.dumps({**shown, "city": "Vadsø", "email": ""}))
    ended = run("update", "customers", "customer-00001", "--file", "one.json", "--set", "city=Vardø")
    assert "Left out, because the API sets them itself: " in ended.stderr
    stored = sandbox.sandbox.customer("customer-00001")
    assert (stored["city"], stored["email"]) == ("Vardø", "")
    assert stored["displayName"] == shown["displayName"]


def test_a_body_is_read_from_standard_input(run: Run, sandbox: Any) -> None:
    run("create", "customer-groups", "--file", "-", stdin='{"customerGroupUid": "vip", "name": "VIP"}')
    assert run("get", "customer-groups", "vip", "--output", "json").json["name"] == "VIP"


def test_an_empty_value_is_an_empty_text(run: Run, sandbox: Any) -> None:
    run(*KARI, "--set", "firstname=Kari", "--set", "city=")
    assert sandbox.requests.of("customers.create")[0].json["city"] == ""


def test_what_is_deleted_is_gone(run: Run, sandbox: Any) -> None:
    assert run("delete", "customers", "customer-00001").stderr == "customers customer-00001: deleted.\n"
    assert "404 CUSTOMER_NOT_FOUND" in run("delete", "customers", "customer-00001", code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["create", "customers"], "Pass --set NAME=VALUE, or --file"),
        (["create", "customers", "--set", "firstnam=x"], "did you mean firstname"),
        (["create", "customers", "--set", "firstname"], "has no ="),
        (["create", "customers", "--set", "credit.limit=much"], "number"),
        (["create", "customers", "--set", "firstname=Kari"], "customerType: is missing"),
        (["create", "customers", "--file", "none.json"], "none.json can't be read"),
        (["create", "customers", "--file", "bad.json"], "bad.json is not JSON"),
        (["create", "customers", "--file", "list.json"], "not a JSON object"),
        (["create", "customers", "c-1", "--set", "firstname=x"], "takes 0 UIDs, not 1"),
        (["update", "customers", "--set", "firstname=x"], "flow-retail update customers CUSTOMER_UID"),
        (["update", "customers", "..", "--set", "firstname=x"], "customerUid"),
        (["update", "customers", "c-1", "--set", "firstname=x", "--fields", "colour"], "no field 'colour'"),
        (["update", "customers", "c-1", "--set", "firstname=x", "--param", "a=b"], "There is no --param a"),
        (["update", "robots", "r-1", "--set", "a=b"], "customers, customer-contacts, customer-groups"),
    ],
)
def test_a_mistake_names_the_remedy_and_sends_nothing(
    run: Run, sandbox: Any, arguments: list[str], expected: str
) -> None:
    Path("bad.json").write_text("{")
    Path("list.json").write_text("[]")
    ended = run(*arguments, code=2)
    assert expected in ended.stderr
    assert "Next: " in ended.stderr
    assert sandbox.requests.count() == 0


class TestImportsWithoutABatch:
    """A call for each row."""

    GROUPS = ("import", "customer-groups", "groups.ndjson")

    def groups(self, *uids: str) -> None:
        Path("groups.ndjson").write_text(
            "".join(json.dumps({"customerGroupUid": uid, "name": f"Group {uid}"}) + "\n" for uid in uids)
        )

    def test_rows_are_created_updated_and_deleted(self, run: Run, sandbox: Any) -> None:
        self.groups("a", "b")
        assert run(*self.GROUPS, "--mode", "create", "--json").json["succeeded"] == 2
        Path("groups.ndjson").write_text('{"customerGroupUid": "a", "name": "Other"}\n')
        run(*self.GROUPS, "--mode", "update")
        assert run("get", "customer-groups", "a", "--output", "json").json["name"] == "Other"
        run(*self.GROUPS, "--mode", "delete")
        run("get", "customer-groups", "a", code=1)
        run("get", "customer-groups", "b")

    def test_what_was_exported_can_be_imported(self, run: Run, sandbox: Any) -> None:
        run("export", "customer-groups", "--out", "groups.csv")
        ended = run("import", "customer-groups", "groups.csv", "--mode", "update", "--json")
        assert ended.json["succeeded"] == len(run("list", "customer-groups", "-o", "json").json)

    def test_rows_that_are_refused_are_kept_with_their_reasons(self, run: Run, sandbox: Any) -> None:
        self.groups("a", "group-vip", "b", "no/uid")
        ended = run(*self.GROUPS, "--mode", "update", "--json", code=1).json
        assert (ended["succeeded"], ended["failed"]) == (1, 3)
        codes = {one["customerGroupUid"]: one["_reject"]["code"] for one in records(ended["rejects_file"])}
        assert codes == {
            "a": "CUSTOMER_GROUP_NOT_FOUND",
            "b": "CUSTOMER_GROUP_NOT_FOUND",
            "no/uid": "INVALID_UID",
        }

    def test_a_row_whose_response_was_lost_is_unknown(self, run: Run, sandbox: Any) -> None:
        self.groups("a", "b")
        sandbox.faults.add(Fault("reset_after", operation="customer_groups.create", count=1))
        ended = run(*self.GROUPS, "--mode", "create", "--concurrency", "1", "--json", code=1).json
        assert (ended["succeeded"], ended["unknown"]) == (1, 1)

    def test_an_operation_that_is_refused_as_such_stops_and_is_resumed(self, run: Run, sandbox: Any) -> None:
        self.groups(*map(str, range(20)))
        sandbox.faults.add(
            Fault("status", status=403, operation="customer_groups.create", after=5, count=None)
        )
        ended = run(*self.GROUPS, "--mode", "create", "--concurrency", "2", code=1)
        assert "Ask for a token with the permission" in ended.stderr
        sandbox.faults.clear()
        assert run(*self.GROUPS, "--mode", "create", "--json").json["succeeded"] == 20

    def test_a_resource_that_gets_its_uids_from_the_api_is_given_none(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writing = find_writing("customer-groups", "import")
        nameless = evolve(writing, spec=evolve(writing.spec, uid_key="groupUid"))
        monkeypatch.setattr(import_command, "find_writing", lambda *_: nameless)
        self.groups("a")
        ended = run(*self.GROUPS, "--mode", "create", "--give-uids", code=2)
        assert "The API gives customer-groups their UIDs itself." in ended.stderr
