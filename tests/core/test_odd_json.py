"""JSON that parsers or Python's types can't hold: kept as well as can be, and counted, never a crash."""

import datetime
import json
from typing import Any

import orjson
import pytest
from read_models import customer, deviations, group, read

from flow_retail_client.models import Customer, CustomerCreate, CustomerGroup, CustomerPage, CustomerType
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.decoding import decode
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.schema_drift import SchemaDrift

BIG = 123456789012345678901
DEEP = (300, 900, 1000)


def nested(levels, inner="x"):
    value = inner
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def text_of(data):
    """JSON of any depth and size, as a server may write it."""
    return encode(data, operation="test")


def read_text(model, content, *, strict=False):
    drift = SchemaDrift()
    return decode(model, content, operation="test.read", schema_drift=drift, strict=strict), drift


def same(one, other):
    """Whether two objects are equal, however deep their values."""
    return {name: text_of(value) for name, value in one.items()} == {
        name: text_of(value) for name, value in other.items()
    }


@pytest.mark.parametrize("levels", DEEP)
@pytest.mark.parametrize("strict", [False, True])
def test_an_unknown_field_however_deep_is_kept_and_written_back(levels, strict):
    data = customer(new=nested(levels))
    found, drift = read_text(Customer, text_of(data), strict=strict)
    assert not drift
    assert same(found.to_dict(), data)
    read_dict = Customer.from_dict_strict if strict else Customer.from_dict
    assert same(read_dict(data).to_dict(), data)
    assert same(orjson.loads(encode(found, operation="x")), data)


@pytest.mark.parametrize("levels", DEEP)
@pytest.mark.parametrize(
    "name", ["email", "addresses", "credit", "createdAt", "customerGroupUids", "customerType"]
)
def test_what_stands_in_the_place_of_a_field_however_deep_is_kept_and_counted(levels, name):
    for inner in (nested(levels), nested(levels + 1)):
        data = customer(**{name: inner})
        found, drift = read_text(Customer, text_of(data))
        assert same(found.to_dict(), data)
        assert same(orjson.loads(encode(found, operation="x")), data)
        assert drift or name in {"credit", "addresses"}
        with pytest.raises(DecodeError, match=name):
            read_text(Customer, text_of(data), strict=True)


def test_a_body_that_holds_itself_is_refused():
    circle: list[Any] = []
    circle += [circle, circle]
    for wrong in (circle, {"a": circle}, (circle, 1)):
        for fields in ({"consents": wrong}, {"additional_properties": {"new": wrong}}):
            body = CustomerCreate(customer_type=CustomerType.PERSON, **fields)
            with pytest.raises(TypeError, match="itself"):
                encode(body, operation="customers.create")
    with pytest.raises(TypeError, match="itself"):
        CustomerCreate(customer_type=CustomerType.PERSON, consents=circle).to_dict()


def test_json_deeper_than_any_parser_reads_is_a_decode_error():
    for content in (b"[" * 5000, b'{"a":' * 3000 + b"1" + b"}" * 3000):
        with pytest.raises(DecodeError):
            read_text(Customer, content)


HALVES = [
    b'"\\ud83d"',
    b'"x\\udc00y"',
    b'"\\ud83d\\ud83d\\ude00"',
    b'"\xff"',
    b'"K\xe5re"',
    b'"\xed\xa0\xbd"',
]


@pytest.mark.parametrize("half", HALVES)
def test_half_an_emoji_or_a_byte_that_is_no_utf_8_spoils_its_own_value_alone(half):
    page = orjson.dumps({"items": [customer(), customer(firstname="HALF"), customer(firstname="Åse 😀")]})
    found, drift = read_text(CustomerPage, page.replace(b'"HALF"', half))
    assert [item.customer_uid for item in found.items] == ["c-1"] * 3
    assert deviations(drift) == {"$.items[*].firstname": "not valid Unicode"}
    assert "\ufffd" in found.items[1].firstname
    assert found.items[2].firstname == "Åse 😀"
    # What was read can be sent, printed, and written to any file.
    encode(found, operation="x").decode()
    found.items[1].firstname.encode()
    with pytest.raises(DecodeError) as caught:
        read_text(CustomerPage, page.replace(b'"HALF"', half), strict=True)
    assert caught.value.path == "$.items[1].firstname"


def test_the_same_in_an_unknown_field_or_in_the_name_of_one():
    data = orjson.dumps(customer(new=[{"HALF": ["HALF"]}]))
    found, drift = read_text(Customer, data.replace(b"HALF", b"\\ud83d"))
    assert found.additional_properties == {"new": [{"\ufffd": ["\ufffd"]}]}
    assert deviations(drift) == {
        "$.new[*]": "an object with a name that is not valid Unicode",
        "$.new[*].\ufffd[*]": "not valid Unicode",
    }


def test_what_is_no_json_besides_is_still_an_error():
    for content in (b'{"a": "\\ud83d"', b'"\xff" 1', b'{"a": NaN, "b": "\xff"}', b"\xff", b'{"a": Infinity}'):
        with pytest.raises(DecodeError, match="not JSON"):
            read_text(Customer, content)


@pytest.mark.parametrize("number", [BIG, -BIG, 2**64, -(2**63) - 1, 10**40])
@pytest.mark.parametrize("strict", [False, True])
def test_integers_of_any_length_are_read_and_written_exactly(number, strict):
    for changes in (
        {"new": number}, {"new": [{"a": [number]}]}, {"paymentTerms": number}, {"relevance": number},
        {"credit": {"limit": number, "balance": 1}}, {"ehf": {"enabled": True, "address": "", "new": number}},
    ):  # fmt: skip
        data = customer(**changes)
        content = text_of({"items": [customer(), data, customer(email=None)]})
        if strict:
            content = text_of({"items": [customer(), data]})
        found, drift = read_text(CustomerPage, content, strict=strict)
        assert found.items[1].to_dict() == data
        assert json.loads(encode(found, operation="x")) == json.loads(content)
        assert list(drift.counts().values()) == ([] if strict else [1])


def test_integers_in_the_place_of_something_else_are_kept_exactly():
    for name in ("email", "createdAt", "customerType", "addresses", "customerGroupUids", "credit"):
        data = customer(**{name: [BIG] if name == "email" else BIG})
        found, drift = read_text(Customer, text_of(data))
        assert found.to_dict() == data
        assert list(drift.counts().values()) == [1]


def test_a_large_number_with_an_exponent_is_the_float_that_it_is():
    found, drift = read_text(Customer, orjson.dumps(customer(relevance=987)).replace(b"987", b"1e30"))
    assert found.relevance == 1e30
    assert not drift
    assert Customer.from_dict_strict(customer(relevance=1e30, new=[1e25])).relevance == 1e30


def test_a_number_that_python_can_not_hold_is_kept_as_its_digits_and_counted():
    for digits in (b"1e400", b"-1e400", b"1" * 5000):
        content = orjson.dumps(customer(new="x")).replace(b'"x"', digits)
        found, drift = read_text(Customer, content)
        assert found.additional_properties == {"new": digits.decode()}
        assert deviations(drift) == {"$.new": "a number out of range"}


def test_a_large_number_in_json_deeper_than_python_reads_is_a_decode_error():
    content = text_of(customer(new=nested(1010, BIG)))
    problem, found = None, None
    try:
        found, _ = read_text(Customer, content)
    except DecodeError as error:
        problem = error.reason
    assert problem == "nested too deep" or same(found.to_dict(), customer(new=nested(1010, BIG)))


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("2026-03-01T10:20:30.1234567Z", True),
        ("2026-03-01T10:20:30.123456789+01:00", True),
        ("2026-03-01T10:20:30.0000000001Z", True),
        ("2026-03-01T10:20:30,123456789", True),
        ("2026-W09-7T10:20:30.123456789Z", True),
        ("2026-03-01T10:20:30.123456000Z", False),
        ("2026-03-01T10:20:30.1234560+01:00", False),
        ("2026-03-01T10:20:30.123456+01:00", False),
        ("2026-03-01T10:20:30.123+01:00:30", False),
    ],
)
def test_a_fraction_finer_than_a_microsecond_is_dropped_and_counted(text, lost):
    found, drift = read(CustomerGroup, group(createdAt=text))
    assert isinstance(found.created_at, datetime.datetime)
    assert found.created_at.second == 30
    assert deviations(drift) == ({"$.createdAt": "finer than a microsecond"} if lost else {})
    if lost:
        with pytest.raises(DecodeError, match="createdAt is finer than a microsecond"):
            read(CustomerGroup, group(createdAt=text), strict=True)
