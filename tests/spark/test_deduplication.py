"""What `deduplicate` asks Spark for; `tests/spark/jobs` asks a real one."""

from typing import Any

import pytest
from attrs import evolve, frozen

from flow_retail_spark import deduplicate
from flow_retail_spark.lists import find_list
from flow_retail_spark.options import OptionError


@frozen
class Frame:
    """Notes what is asked of it."""

    columns: tuple[str, ...]
    asked: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return lambda *given: Frame(self.columns, (*self.asked, (name, *given)))


def asked_of(frame: Frame, resource: str) -> tuple[Any, ...]:
    asked: tuple[Any, ...] = deduplicate(frame, resource).asked
    return asked


def test_rows_are_compared_by_what_identifies_a_record_and_those_without_it_are_kept_apart() -> None:
    select, drop_duplicates, drop = asked_of(Frame(("customerUid",)), "customers")
    assert select[:2] == ("selectExpr", "*")
    assert "COALESCE(CAST(`customerUid` AS STRING), '') = ''" in select[2]
    assert drop_duplicates == ("dropDuplicates", ["customerUid", "_without_key"])
    assert drop == ("drop", "_without_key")


def test_a_list_in_a_list_is_compared_by_its_own_records() -> None:
    _, drop_duplicates, _ = asked_of(Frame(("customerUid",)), "customer-groups.list-customers")
    assert drop_duplicates[1][0] == "customerUid"


def test_a_frame_without_the_column_is_refused() -> None:
    with pytest.raises(ValueError, match="the frame has no column customerUid, which identifies the records"):
        asked_of(Frame(("firstname",)), "customers")


def test_records_without_an_identity_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_list("customers")
    nameless = evolve(found, operation=evolve(found.operation, record_key=None))
    monkeypatch.setattr("flow_retail_spark.deduplication.find_list", lambda name: nameless)
    with pytest.raises(ValueError, match="customers have no identity"):
        asked_of(Frame(("customerUid",)), "customers")


def test_a_resource_that_does_not_exist_is_refused() -> None:
    with pytest.raises(OptionError, match="There is no resource 'robots'"):
        asked_of(Frame(()), "robots")
