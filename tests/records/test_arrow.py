"""Records as rows of Arrow and back: each value exactly or not at all, and nothing lost."""

import datetime
import decimal
import json
import math
from typing import Any

import orjson
import pyarrow as pa
import pytest
from attrs import define, field
from hypothesis import example, given, settings
from hypothesis import strategies as st
from part_models import Part

from flow_retail_client.models import Customer
from flow_retail_core.models.decoders import EnumDecoder
from flow_retail_core.models.enums import OpenStrEnum, member
from flow_retail_core.models.model import NO_PROPERTIES, Model
from flow_retail_core.unset import UNSET, Unset
from flow_retail_records.arrow import ArrowRows, Unreadable, rows_of, to_json
from flow_retail_records.fields import item_of, known_values, model_of, readers_of
from flow_retail_records.item_builder import RowProblem
from flow_retail_records.leftover import LEFTOVER

MOMENT = pa.timestamp("us", tz="UTC")


class Colour(OpenStrEnum):
    RED = member("red")


@define(kw_only=True, repr=False)
class Empty(Model):
    pass


@define(kw_only=True, repr=False)
class Shelf(Model):
    """Parts within parts, and a field of the very name of the column for what is left over."""

    colour: Colour | Unset = UNSET
    part: Part | Unset = UNSET
    parts: list[list[Part]] | Unset = UNSET
    empty: Empty | Unset = UNSET
    additional: str | Unset = field(default=UNSET, metadata={"json": LEFTOVER})


@define(kw_only=True, repr=False)
class Counts(Model):
    """A map."""

    additional_properties: dict[str, int] = NO_PROPERTIES


@define(kw_only=True, repr=False)
class Store(Model):
    counts: Counts | Unset = UNSET
    others: list[Counts] | Unset = UNSET


class TestColumns:
    def test_they_follow_from_the_types_of_the_fields(self) -> None:
        assert {field.name: field.type for field in ArrowRows(Part).schema} == {
            "partUid": pa.string(),
            "level": pa.int64(),
            "price": pa.float64(),
            "count": pa.int64(),
            "sold": pa.bool_(),
            "day": pa.date32(),
            "moment": MOMENT,
            "anything": pa.string(),
            "either": pa.string(),
            "inside": pa.string(),
            "parts": pa.list_(pa.field("element", pa.string())),
            LEFTOVER: pa.string(),
        }

    def test_objects_are_structs_and_one_without_fields_or_without_end_is_left_over(self) -> None:
        schema = ArrowRows(Shelf).schema
        assert schema.names == ["colour", "part", "parts", "empty", LEFTOVER]
        assert schema.field("colour").type == schema.field("empty").type == pa.string()
        part = schema.field("part").type
        assert [field.name for field in part] == list(readers_of(Part))
        assert part.field("inside").type == pa.string()
        assert schema.field("parts").type == pa.list_(
            pa.field("element", pa.list_(pa.field("element", part)))
        )

    def test_a_map_is_a_map_of_the_type_of_its_values(self) -> None:
        schema = ArrowRows(Store).schema
        counts = pa.map_(pa.string(), pa.int64())
        assert schema.field("counts").type == counts
        assert schema.field("others").type == pa.list_(pa.field("element", counts))

    @pytest.mark.parametrize(
        "record",
        [
            {"counts": {"a": 1, "b": 2}, "others": [{"c": 3}, {}]},
            {"counts": {}},
            {"counts": {"a": 1, "b": None, "c": "no number", "\ud800": 4}},
            {"counts": "no map", "others": [{"a": [1]}, None, 7]},
        ],
    )
    def test_the_entries_of_a_map_come_back_also_those_that_do_not_fit(self, record: Any) -> None:
        assert same(there_and_back(record, Store), record)


def there_and_back(record: Any, model: Any, *, nulls: bool = False) -> Any:
    (row,) = rows_of(ArrowRows(model).batch([record]))
    return to_json(row, nulls=nulls)


def same(value: Any, other: Any) -> bool:
    """Whether two JSON values say the same: nulls are fields that are not there, instants are compared."""
    if isinstance(value, dict) and isinstance(other, dict):
        present = {name for both in (value, other) for name, content in both.items() if content is not None}
        return all(same(value.get(name), other.get(name)) for name in present)
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(same, value, other))
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return bool(value == other) or (
        isinstance(value, str) and isinstance(other, str) and same_time(value, other)
    )


def same_time(value: str, other: str) -> bool:
    for type_ in (datetime.date, datetime.datetime):
        try:
            return bool(type_.fromisoformat(value) == type_.fromisoformat(other))
        except (TypeError, ValueError):
            continue
    return False


TEXTS = st.one_of(
    st.text(max_size=4),
    st.sampled_from(
        [
            "2026-01-01",
            "20260101",
            "2026-02-30",
            "2026-W01-1",
            "2026-01-01T10:00:00Z",
            "2026-01-01T10:00:00",
            "2026-01-01T10:00:00.123456789Z",
            "2026-01-01T10:00:00,5Z",
            "2026-01-01T24:00:00Z",
            "red",
            "green",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00Z",
            "2026-01-01T10:00:00+01:00:30",
            "2026-01-01T10:00:00-00:00",
            "2026-01-01 10:00:00.5+05:30",
            "null",
            "{}",
        ]
    ),
)
NUMBERS = st.one_of(
    st.integers(-10, 10),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, 2**53 + 1, 10**30, 1, 2]),
    st.floats(allow_nan=False, allow_infinity=False),
)
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


def fitting(reader: Any, depth: int) -> Any:
    item, model = item_of(reader), model_of(reader)
    if item is not None:
        return st.lists(values(item, depth), max_size=3)
    if model is not None:
        return records(model, depth - 1) if depth else ANY
    if isinstance(reader, EnumDecoder):
        return st.sampled_from(known_values(reader))
    return st.one_of(TEXTS, NUMBERS, st.booleans())


def values(reader: Any, depth: int) -> Any:
    return st.one_of(fitting(reader, depth), st.none(), ANY)


def records(model: Any, depth: int = 2) -> Any:
    known = st.fixed_dictionaries(
        {}, optional={name: values(reader, depth) for name, reader in readers_of(model).items()}
    )
    unknown = st.dictionaries(st.one_of(st.text(max_size=3), st.just(LEFTOVER)), ANY, max_size=2)
    return st.builds(lambda one, other: {**other, **one}, known, unknown)


def arrived(record: Any) -> Any:
    """As the client reads it off the wire, where whole numbers have 64 bits."""
    return orjson.loads(json.dumps(record))


class TestThereAndBack:
    @settings(max_examples=300, deadline=None)
    @given(record=records(Shelf), nulls=st.booleans())
    @example(
        record={"part": {"moment": "0001-01-01T00:00:00+14:00"}, "parts": [[None, 5, {"x": 1}]]}, nulls=True
    )
    @example(record={LEFTOVER: "of its own", "empty": {"a": None}}, nulls=False)
    def test_any_record_comes_back_with_all_that_it_said(self, record: Any, nulls: bool) -> None:
        record = arrived(record)
        assert same(there_and_back(record, Shelf, nulls=nulls), record)

    @settings(max_examples=60, deadline=None)
    @given(record=records(Customer))
    def test_any_customer_does(self, record: Any) -> None:
        read = Customer.from_dict(arrived(record)).to_dict()
        assert same(there_and_back(read, Customer), read)

    @settings(max_examples=60, deadline=None)
    @given(record=ANY)
    def test_what_is_no_record_is_left_over(self, record: Any) -> None:
        record = arrived(record)
        (row,) = ArrowRows(Part).batch([record]).to_pylist()
        if not isinstance(record, dict):
            assert row.pop(LEFTOVER) == (None if record is None else orjson.dumps(record).decode())
            assert set(row.values()) == {None}

    def test_values_that_fit_are_in_their_columns_and_nothing_is_left_over(self) -> None:
        record = {"partUid": "p", "level": 1, "price": 2, "count": 3, "sold": True, "day": "2026-01-02"}
        (row,) = (
            ArrowRows(Part)
            .batch([{**record, "moment": "2026-01-02T03:04:05+01:00", "parts": []}])
            .to_pylist()
        )
        day, moment = datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 2, 4, 5, tzinfo=datetime.UTC)
        assert {name: cell for name, cell in row.items() if cell is not None} == {
            **record,
            "price": 2.0,
            "day": day,
            "moment": moment,
            "parts": [],
        }

    def test_of_a_list_each_item_is_where_it_fits(self) -> None:
        (row,) = (
            ArrowRows(Shelf).batch([{"parts": [[{"count": 1, "x": 2}, {"count": 3}], "no list"]}]).to_pylist()
        )
        assert [[part["count"] for part in parts] for parts in row["parts"] if parts] == [[1, 3]]
        assert orjson.loads(row[LEFTOVER]) == {"parts": [[{"x": 2}, None], "no list"]}


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "written"),
        [
            (decimal.Decimal(14), 14),
            (decimal.Decimal("1.50"), 1.5),
            (datetime.date(2026, 1, 2), "2026-01-02"),
            (datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "2026-01-02T00:00:00+00:00"),
            ([{"a": None, "b": 1}, None], [{"b": 1}, None]),
        ],
    )
    def test_what_other_programs_write_is_understood(self, cell: Any, written: Any) -> None:
        assert to_json({"column": cell}) == {"column": written}

    @pytest.mark.parametrize(
        ("cell", "problem"),
        [
            (math.nan, "is not a finite number; JSON knows no other"),
            (-math.inf, "is not a finite number; JSON knows no other"),
            (decimal.Decimal("NaN"), "Decimal has no JSON form; cast it to text"),
            (decimal.Decimal(2**63), "is a whole number of more than 64 bits; cast it to text"),
            (b"\xff", "bytes has no JSON form; cast it to text"),
            (datetime.timedelta(1), "timedelta has no JSON form; cast it to text"),
            ([("key", 1)], "tuple has no JSON form; cast it to text"),
            (
                Unreadable("timestamp[us]"),
                r"is a timestamp\[us\] that can't be kept exactly; correct it, or cast it to text",
            ),
        ],
    )
    def test_what_json_can_t_hold_is_reported_with_its_column(self, cell: Any, problem: str) -> None:
        with pytest.raises(RowProblem, match=f"^column inner.column: {problem}$"):
            to_json({"inner": {"column": cell}})

    @pytest.mark.parametrize(
        ("nulls", "written"), [(False, {"b": {}}), (True, {"a": None, "b": {"c": None}})]
    )
    def test_a_null_is_no_field_unless_it_is_asked_for(self, nulls: bool, written: Any) -> None:
        assert to_json({"a": None, "b": {"c": None}, LEFTOVER: None}, nulls=nulls) == written


class TestRows:
    def test_times_of_any_zone_are_reported_in_utc_however_deep_they_lie(self) -> None:
        zoned = pa.timestamp("us", tz="America/New_York")
        first = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
        # Its local time is one of the year 0, which Python does not know.
        micros = pa.array([-62135596800 * 10**6], pa.int64()).cast(MOMENT).cast(zoned)
        struct = pa.StructArray.from_arrays([micros], ["at"])
        lists = pa.ListArray.from_arrays([0, 1], micros)
        batch = pa.RecordBatch.from_arrays([micros, struct, lists], ["at", "in", "all"])
        assert rows_of(batch) == [{"at": first, "in": {"at": first}, "all": [first]}]

    def test_a_time_without_a_zone_stays_without(self) -> None:
        naive = datetime.datetime(2026, 1, 1)  # noqa: DTZ001  # the point of it
        assert rows_of(pa.RecordBatch.from_pylist([{"at": naive}])) == [{"at": naive}]

    def test_a_cell_that_python_has_no_value_for_costs_no_other(self) -> None:
        times = pa.array([0, 10**18, None], MOMENT)
        batch = pa.RecordBatch.from_arrays([pa.array(["a", "b", "c"]), times], ["uid", "at"])
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        assert rows_of(batch) == [
            {"uid": "a", "at": epoch},
            {"uid": "b", "at": Unreadable("timestamp[us, tz=UTC]")},
            {"uid": "c", "at": None},
        ]
