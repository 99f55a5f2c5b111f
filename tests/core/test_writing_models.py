"""Writing models: exact for what the types say, and each other value by what it is (DESIGN 9)."""

import datetime
import decimal
import enum
from typing import Any

import attrs
import orjson
import pytest

from flow_retail_client.models import (
    Customer,
    CustomerBatchInput,
    CustomerCreate,
    CustomerCreateConsent,
    CustomerCreditInput,
    CustomerGroup,
    CustomerStore,
    CustomerType,
)
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.enums import OpenIntEnum, member
from flow_retail_core.models.model import Model
from flow_retail_core.unset import UNSET, Unset

PERSON = {"customerType": "PERSON"}
MOMENT = datetime.datetime(2026, 3, 1, 10, 20, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))


def person(**fields: Any) -> CustomerCreate:
    return CustomerCreate(**({"customer_type": CustomerType.PERSON} | fields))


def test_what_is_set_is_written_and_nothing_else():
    body = person(
        firstname="Kåre", credit=CustomerCreditInput(limit=5), customer_group_uids=["g-1"],
        consents=[CustomerCreateConsent(consent_uid="s", status=True, source="web")],
    )  # fmt: skip
    assert body.to_dict() == PERSON | {
        "firstname": "Kåre", "credit": {"limit": 5}, "customerGroupUids": ["g-1"],
        "consents": [{"consentUid": "s", "status": True, "source": "web"}],
    }  # fmt: skip
    assert orjson.loads(encode(body, operation="x")) == body.to_dict()
    assert orjson.loads(encode([body, None], operation="x")) == [body.to_dict(), None]


def test_what_was_written_shares_no_list_with_the_model():
    body = person(customer_group_uids=["g-1"])
    body.to_dict()["customerGroupUids"].append("g-2")
    assert body.customer_group_uids == ["g-1"]


class Kind(enum.Enum):
    OTHER = "OTHER"


class Text(str):
    __slots__ = ()


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({"customer_type": "PERSON"}, PERSON),
        ({"customer_type": CustomerType("ROBOT")}, {"customerType": "ROBOT"}),
        ({"customer_type": Kind.OTHER}, {"customerType": "OTHER"}),
        ({"customer_type": None}, {"customerType": None}),
        ({"customer_type": UNSET, "city": "Oslo"}, {"city": "Oslo"}),
        ({"city": None}, PERSON | {"city": None}),
        ({"city": Text("Oslo")}, PERSON | {"city": "Oslo"}),
        ({"credit": {"limit": 1}}, PERSON | {"credit": {"limit": 1}}),
        ({"credit": None}, PERSON | {"credit": None}),
        ({"customer_group_uids": ("g-1",)}, PERSON | {"customerGroupUids": ["g-1"]}),
        ({"customer_group_uids": "g-1"}, PERSON | {"customerGroupUids": "g-1"}),
        ({"consents": [{"a": 1}]}, PERSON | {"consents": [{"a": 1}]}),
        ({"consents": None}, PERSON | {"consents": None}),
    ],
)
def test_a_value_of_another_kind_than_its_field_is_written_as_what_it_is(fields, written):
    body = person(**fields)
    assert body.to_dict() == written
    assert orjson.loads(encode(body, operation="x")) == written
    body.additional_properties["more"] = [1]
    assert body.to_dict() == written | {"more": [1]}


def test_dates_are_written_with_their_offset_and_texts_in_their_place_as_they_are():
    fields = dict.fromkeys(("customer_group_uid", "name", "created_by", "last_modified_by"), "x")
    # Of wrong types on purpose: a reader keeps what deviates, and it is written as it came.
    group = CustomerGroup(**fields, created_at=MOMENT, last_modified_at="yesterday")
    assert group.to_dict()["createdAt"] == "2026-03-01T10:20:30+01:00"
    assert group.to_dict()["lastModifiedAt"] == "yesterday"


def test_integer_enums_are_written_as_integers():
    class Level(OpenIntEnum):
        LOW = member(1)

    assert type(Level(7).value) is int
    assert encode([Level.LOW, Level(7)], operation="x") == b"[1,7]"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (person(payment_terms=decimal.Decimal(1)), r"body\.payment_terms .*Decimal"),
        (person(city="\ud800"), r"body\.city has no JSON form: "),
        (CustomerBatchInput(
            create=[person(), person(credit=CustomerCreditInput(limit=decimal.Decimal(2**70)))]),
         r"body\.create\[1\]\.credit\.limit "),
        (person(consents=(each for each in ())), r"body\.consents .*generator"),
        ({"a": {1: 2}}, r"body\.a holds a name"),
        (object(), r"body has no JSON form: .*object"),
        ([[UNSET]], r"body\[0\]\[0\] is UNSET, which has no JSON form"),
        (person(consents=[UNSET]), r"body\.consents\[0\] is UNSET"),
        ({"a": UNSET}, r"body\.a is UNSET"),
    ],
)  # fmt: skip
def test_what_has_no_json_form_is_refused_with_its_place_and_without_its_value(body, place):
    with pytest.raises(TypeError, match=place) as caught:
        encode(body, operation="customers.create")
    assert str(2**70) not in str(caught.value)


def test_a_circle_is_refused():
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(TypeError, match=r"customers\.create"):
        encode({"a": circle}, operation="customers.create")


def test_a_missing_field_of_any_kind_stays_away():
    assert Customer.from_dict({}).to_dict() == {}
    # Unset though required, as where the server left it out.
    assert CustomerStore(name=UNSET, store_uid="s-1").to_dict() == {"storeUid": "s-1"}


@pytest.mark.parametrize("count", [3, 12, 40])
@pytest.mark.parametrize(
    "odd", ["class", "__dict__", "__class__", "odd-name", "\N{LATIN SMALL LIGATURE FI}eld", "plain"]
)
def test_every_property_is_written_under_its_own_name_however_many_there_are(odd, count):
    names = [odd, *(f"name{number}" for number in range(count - 1))]
    fields = {
        f"field_{at}": attrs.field(default=UNSET, metadata={"json": name}, type=str | Unset)
        for at, name in enumerate(names)
    }
    made: Any = attrs.make_class(
        "Made", fields, bases=(Model,), kw_only=True, slots=True, repr=False, weakref_slot=False
    )
    body = made(field_0="odd", field_2="set")
    assert orjson.loads(encode(body, operation="x")) == body.to_dict() == {odd: "odd", "name1": "set"}
