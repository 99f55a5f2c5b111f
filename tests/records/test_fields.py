"""What the spec says of a field, of classes nobody has seen."""

import pytest
from part_models import Level, Part

from flow_retail_core.models.decoders import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)
from flow_retail_core.models.fields import fields_of
from flow_retail_records.fields import (
    item_of,
    known_values,
    model_of,
    readers_of,
    remedy,
    resolve,
    without_null,
)


def test_a_nullable_field_is_what_it_is_if_it_is_not_null() -> None:
    assert without_null(UnionDecoder((NUMBER, NULL))) is NUMBER
    assert without_null(NUMBER) is NUMBER


def test_a_field_of_two_types_stays_of_two_types() -> None:
    either = UnionDecoder((STRING, INTEGER, NULL))
    assert without_null(either) is either


def test_every_field_is_known_by_its_json_name() -> None:
    readers = readers_of(Part)
    assert list(readers) == [field.name for field in fields_of(Part)]
    assert readers["price"] is NUMBER
    assert model_of(readers["inside"]) is Part
    assert model_of(item_of(readers["parts"])) is Part
    assert (model_of(NUMBER), item_of(NUMBER)) == (None, None)


def test_the_values_of_an_enum_are_known() -> None:
    assert known_values(EnumDecoder(Level)) == (1, 2)


def test_a_column_is_the_path_to_a_field() -> None:
    column = resolve(Part, "inside.inside.parts.3.day")
    assert column is not None
    assert column.path == ("inside", "inside", "parts", 3, "day")
    assert column.reader is readers_of(Part)["day"]


@pytest.mark.parametrize(
    "name", ["", "days", "parts.first", "parts.-1", "day.year", "inside.", "inside.0", "parts.0.0"]
)
def test_a_path_to_nothing_is_no_column(name: str) -> None:
    assert resolve(Part, name) is None


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (EnumDecoder(Level), "write one of 1, 2"),
        (ListDecoder(STRING), "write a JSON array, or use one column per item: NAME.0, NAME.1"),
        (
            ModelDecoder(Part),
            "write a JSON object, or use one column per field: NAME.FIELD",
        ),
        (BOOLEAN, "write true or false"),
        (INTEGER, "write a whole number, digits only"),
        (ANYTHING, "write JSON"),
    ],
)
def test_each_type_of_value_has_its_remedy(reader: object, expected: str) -> None:
    assert remedy(reader) == expected
