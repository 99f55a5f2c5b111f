"""A row becomes an item that the API takes, or is refused with what is wrong in which column."""

import pickle
from typing import Any

import pytest
from part_models import Part

from flow_retail_records.item_builder import REJECT, ItemBuilder, RowProblem, suggestion
from flow_retail_records.resources import find_writing

CUSTOMERS = find_writing("customers", "import")


def builder(mode: str = "upsert", **options: Any) -> ItemBuilder:
    """Customers, which are read back with fields that are not sent."""
    spec = CUSTOMERS.spec
    given = {"mode": mode, "uid_key": spec.uid_key, "file_hash": "h", **options}
    return ItemBuilder(spec.models[mode], CUSTOMERS.record, **given)


def person(**more: Any) -> dict[str, Any]:
    return {"customerUid": "c-1", "customerType": "PERSON", **more}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"partUid": "p", "day": "2.1.2026"}, "column day: is not a date; write a date as 2026-12-31"),
        ({"partUid": "p", "moment": "now"}, "column moment: is not a date-time; write a time as"),
        ({"partUid": "p", "level": 7}, "column level: is an unknown enum value; write one of 1, 2"),
        ({"partUid": "p", "parts": [{"day": 1}]}, "column parts.0.partUid: is missing"),
        ({"partUid": "p", "parts": [{"dya": 1}]}, "column parts.dya: the API knows no such field; did you"),
        ({"partUid": "p", "inside": {"Part-UID": 1}}, "column inside.Part-UID: .* did you mean partUid"),
        ({"partUid": "p", "parts": 5}, "column parts: is not an array; write a JSON array"),
        ({"part_uid": "p"}, "column part_uid: the API knows no such field; did you mean partUid"),
    ],
)
def test_what_is_wrong_is_reported_with_its_column_and_a_remedy(row: dict[str, Any], expected: str) -> None:
    parts = ItemBuilder(Part, None)
    with pytest.raises(RowProblem, match=expected):
        parts.build(row, 0)


def test_fields_that_only_come_back_are_left_out_and_noted() -> None:
    customers = builder()
    item = customers.build(person(createdAt="2026-01-01T10:00:00Z", firstname="Kari"), 0)
    assert item.to_dict() == person(firstname="Kari")
    assert customers.left_out == {"createdAt"}


def test_an_object_that_came_back_is_sent_as_the_uid_that_refers_to_it() -> None:
    customers = builder()
    references = customers.references
    assert references
    name, (outer, inner) = next(iter(references.items()))
    item = customers.build(person(**{outer: {inner: "x-1"}}), 0)
    assert item.to_dict()[name] == "x-1"
    assert not customers.left_out
    assert customers.build(person(**{outer: {inner: "x-1"}, name: "x-2"}), 0).to_dict()[name] == "x-2"


def test_why_a_row_was_rejected_is_left_out_without_a_word() -> None:
    customers = builder()
    assert customers.build(person(**{REJECT: {"code": "NO"}}), 0).to_dict() == person()
    assert not customers.left_out


def test_the_field_of_rejects_is_unknown_inside_of_others() -> None:
    parts = ItemBuilder(Part, None)
    with pytest.raises(RowProblem, match=f"column inside.{REJECT}"):
        parts.build({"partUid": "p", "inside": {"partUid": "q", REJECT: {}}}, 0)


def test_unknown_fields_are_left_out_on_request() -> None:
    customers = builder(ignore_unknown=True)
    assert customers.build(person(favourite="blue"), 0).to_dict() == person()


def test_a_row_is_given_the_same_uid_whenever_it_is_read() -> None:
    row = {"customerType": "PERSON"}
    given = [builder(give_uids=True).build(row, index).to_dict()["customerUid"] for index in (0, 0, 1)]
    assert given[0] == given[1] != given[2]
    assert builder(give_uids=True, file_hash="other").build(row, 0).to_dict()["customerUid"] != given[0]
    assert builder(give_uids=True).build(person(), 0).to_dict()["customerUid"] == "c-1"


@pytest.mark.parametrize("mode", ["update", "delete"])
def test_what_changes_a_record_has_to_say_which(mode: str) -> None:
    with pytest.raises(RowProblem, match=f"column customerUid: is empty; .* be {mode}d"):
        builder(mode).build({"customerUid": ""}, 0)


def test_a_row_that_no_request_can_hold_is_refused() -> None:
    with pytest.raises(RowProblem, match=r"^the row is larger than a request may be") as caught:
        builder().build(person(firstname="x" * (1 << 20)), 0)
    assert caught.value.column == ""


def test_a_problem_survives_the_way_to_another_process() -> None:
    problem = pickle.loads(pickle.dumps(RowProblem("city", "is empty")))
    assert (problem.column, problem.problem, str(problem)) == ("city", "is empty", "column city: is empty")


def test_a_name_that_is_near_none_has_no_hint() -> None:
    assert suggestion("zzz", ["customerUid"]) == ""
