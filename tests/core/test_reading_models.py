"""Reading models: tolerant of whatever comes, and every deviation counted (DESIGN 9)."""

import datetime
import logging

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from read_models import MOMENT, customer, deviations, group, read

from flow_retail_client.models import (
    Customer,
    CustomerGroup,
    CustomerPage,
    CustomerType,
    SalesReservationReceivement,
)
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.decoders import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)
from flow_retail_core.models.decoding import BYTES, TEXT, decode
from flow_retail_core.models.enums import OpenStrEnum, member
from flow_retail_core.models.schema_drift import DecodingContext, Deviation, SchemaDrift
from flow_retail_core.unset import UNSET


def test_an_answer_as_promised_is_read_without_drift_and_written_back_equal():
    found, drift = read(Customer, customer())
    assert not drift
    assert found.customer_type is CustomerType.PERSON
    assert found.created_at == datetime.datetime.fromisoformat(MOMENT)
    assert found.default_store is None
    assert found.ledger_number is UNSET
    assert found.to_dict() == customer()


def test_unknown_fields_are_kept_at_every_level_and_written_back():
    data = customer(loyaltyTier="gold", ehf={"enabled": True, "address": "x", "provider": {"name": "y"}})
    found, drift = read(Customer, data)
    assert not drift
    assert found.additional_properties == {"loyaltyTier": "gold"}
    assert found.to_dict() == data


@pytest.mark.parametrize(
    ("changes", "path", "kind"),
    [
        ({"email": None}, "$.email", "null"),
        ({"email": 7}, "$.email", "not a string"),
        ({"paymentTerms": True}, "$.paymentTerms", "not an integer"),
        ({"paymentTerms": 1.5}, "$.paymentTerms", "not an integer"),
        ({"relevance": "1"}, "$.relevance", "not a number"),
        ({"ehfEnabled": "yes"}, "$.ehfEnabled", "not a boolean"),
        ({"createdAt": "yesterday"}, "$.createdAt", "not a date-time"),
        ({"createdAt": 5}, "$.createdAt", "not a date-time"),
        ({"createdAt": None}, "$.createdAt", "null"),
        ({"customerType": "ROBOT"}, "$.customerType", "an unknown enum value"),
        ({"customerType": None}, "$.customerType", "null"),
        ({"customerType": ["PERSON"]}, "$.customerType", "not an enum value"),
        ({"addresses": None}, "$.addresses", "null"),
        ({"addresses": {}}, "$.addresses", "not an array"),
        ({"customerGroupUids": "g-1"}, "$.customerGroupUids", "not an array"),
        ({"customerGroupUids": ["g-1", 2]}, "$.customerGroupUids[*]", "not a string"),
        ({"credit": None}, "$.credit", "null"),
        ({"credit": "5"}, "$.credit", "not an object"),
        ({"credit": {"limit": "5", "balance": 1}}, "$.credit.limit", "not an integer"),
        ({"extensions": [{"extensionCode": "NEW", "organizationUid": ""}]}, "$.extensions[*].extensionCode",
         "an unknown enum value"),
        ({"extensions": [None]}, "$.extensions[*]", "null"),
        ({"defaultStore": {"name": None, "storeUid": "s-1"}}, "$.defaultStore.name", "null"),
        ({"defaultStore": 3}, "$.defaultStore", "not an object"),
    ],
)  # fmt: skip
def test_a_deviation_is_kept_as_it_came_and_counted_while_the_rest_is_read(changes, path, kind):
    data = customer(**changes)
    found, drift = read(Customer, data)
    assert deviations(drift) == {path: kind}
    assert found.to_dict() == data
    assert found.customer_uid == "c-1"
    assert isinstance(found.last_modified_at, datetime.datetime)


def test_a_missing_field_is_counted_and_stays_away_when_written_back():
    data = customer()
    del data["displayName"]
    found, drift = read(Customer, data)
    assert deviations(drift) == {"$.displayName": "missing"}
    assert found.display_name is UNSET
    assert found.to_dict() == data


def test_strict_mode_names_the_exact_place_and_no_value():
    page = {"items": [customer(), customer(email=12345)]}
    with pytest.raises(DecodeError) as caught:
        read(CustomerPage, page, strict=True)
    assert caught.value.path == "$.items[1].email"
    assert "12345" not in str(caught.value)


def test_one_deviating_record_of_a_page_leaves_the_others_untouched():
    found, drift = read(CustomerPage, {"items": [customer(), customer(customerType="ROBOT"), customer()]})
    assert [item.customer_type for item in found.items] == ["PERSON", "ROBOT", "PERSON"]
    assert drift.counts() == {
        Deviation("test.read", "$.items[*].customerType", "an unknown enum value"): 1,
    }


def test_drift_counts_every_reading_but_logs_a_place_once(caplog):
    drift = SchemaDrift()
    with caplog.at_level(logging.WARNING, logger="flow_retail_client"):
        for _ in range(3):
            content = orjson.dumps(customer(email=None))
            decode(Customer, content, operation="customers.get", schema_drift=drift)
    assert list(drift.counts().values()) == [3]
    assert [record.getMessage() for record in caplog.records] == ["customers.get: $.email is null"]
    assert repr(drift) == "<SchemaDrift: 1 kinds of deviation, 3 in all>"
    assert len(drift) == 1


def test_dates_in_other_iso_forms_are_read_by_the_second_parser():
    found, drift = read(
        CustomerGroup, group(createdAt="2026-W09-7T10:20:30Z", lastModifiedAt="20260301T102030,5Z")
    )
    assert not drift
    assert found.created_at == datetime.datetime(2026, 3, 1, 10, 20, 30, tzinfo=datetime.UTC)
    assert found.last_modified_at.microsecond == 500000


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b"\xff", b'"x"', b"{"])
def test_what_is_no_object_at_all_is_an_error_even_when_tolerant(content):
    with pytest.raises(DecodeError):
        decode(Customer, content, operation="customers.get", schema_drift=SchemaDrift())


def test_an_array_at_the_root_is_read_and_anything_else_there_is_an_error():
    reader = ListDecoder(ModelDecoder(CustomerGroup))
    found, drift = read(reader, [group(), group(name=None)])
    assert [item.name for item in found] == ["Stamkunder", None]
    assert deviations(drift) == {"$[*].name": "null"}
    with pytest.raises(DecodeError):
        read(reader, {})


def test_files_and_texts_are_handed_over_as_they_came():
    for reader, expected in ((BYTES, b"\xff\x00"), (TEXT, "\ufffd\x00")):
        assert decode(reader, b"\xff\x00", operation="test.read", schema_drift=SchemaDrift()) == expected
        assert reader.decode(b"\xff\x00", None) == expected


def test_optional_and_nullable_fields_are_read_when_they_are_there():
    data = {
        "receivementUid": "r", "receivementItemUid": "i", "expectedArrival": MOMENT, "quantity": 1,
        "supplierOrderReference": "", "receivedAt": None, "expectedDispatch": MOMENT,
    }  # fmt: skip
    found, drift = read(SalesReservationReceivement, data)
    assert not drift
    assert found.to_dict() == data
    found, drift = read(SalesReservationReceivement, data | {"receivedAt": "soon"})
    assert deviations(drift) == {"$.receivedAt": "not a date-time"}


def test_a_union_takes_the_first_kind_that_fits_and_keeps_what_fits_none():
    union = UnionDecoder((INTEGER, STRING))
    context = DecodingContext("test.read")
    assert union.decode(1, context) == 1
    assert union.decode("x", context) == "x"
    assert not context.deviations
    assert union.decode([1], (context, "a")) == [1]
    assert context.deviations == [("$.a", "of no kind that the spec lists")]


def test_every_reader_has_an_exact_way_that_raises_for_anything_else():
    class Colour(OpenStrEnum):
        RED = member("red")

    for reader, good, bad in (
        (STRING, "x", 1),
        (INTEGER, 1, True),
        (NUMBER, 1, "1"),
        (BOOLEAN, True, 1),
        (NULL, None, 0),
        (DATE, "2026-03-01", "x"),
        (DATE_TIME, MOMENT, 1),
        (EnumDecoder(Colour), "red", "blue"),
        (ListDecoder(STRING), ["x"], ["x", 1]),
        (ListDecoder(STRING), ["x"], "x"),
        (ModelDecoder(CustomerGroup), group(), {}),
        (UnionDecoder((STRING, NULL)), None, 1),
    ):
        reader.decode(good, None)
        with pytest.raises((TypeError, ValueError, KeyError)):
            reader.decode(bad, None)
    assert ANYTHING.decode([1], None) == ANYTHING.decode([1], DecodingContext("x")) == [1]
    assert DATE.decode("2026-060", DecodingContext("x")) == datetime.date(2026, 3, 1)


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FLOATS
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(customer())), JSON, max_size=4),
    st.dictionaries(TEXTS, JSON, max_size=2),
)
def test_whatever_stands_in_a_record_it_is_read_and_written_back(changes, unknown):
    data = unknown | customer() | changes
    found, _ = read(Customer, data)
    written = found.to_dict()
    for name in ("createdAt", "lastModifiedAt"):
        # Dates come back as the same instant, not always as the same letters.
        if isinstance(
            getattr(found, {"createdAt": "created_at"}.get(name, "last_modified_at")), datetime.datetime
        ):
            assert datetime.datetime.fromisoformat(written.pop(name)) is not None
            data.pop(name)
    # JSON writes 1.0 and 1 differently and Python compares them equal; both are the number that came.
    assert written == {key: value for key, value in data.items() if key in written}
    assert set(written) == set(data)
