"""Models read directly what is as promised; the tolerant way reads anything. Both must agree (DESIGN 9)."""

import gc
import logging
from collections.abc import Callable
from typing import Any

import attrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiled_json import dated, spoil

from flow_retail_client import models
from flow_retail_client.models import Customer, CustomerCreate, CustomerPage
from flow_retail_core.errors import DecodeError
from flow_retail_core.models import codec
from flow_retail_core.models.codec import Codec, codec_of
from flow_retail_core.models.codec_source import NAMES
from flow_retail_core.models.decoders import NOT_AS_SPECIFIED, STRING, EnumDecoder, ListDecoder, ModelDecoder
from flow_retail_core.models.decoding import decode
from flow_retail_core.models.encoding import encode
from flow_retail_core.models.model import Model
from flow_retail_core.models.schema_drift import SchemaDrift

MOMENT = "2026-03-01T10:20:30+01:00"
TEXTS = (
    "address city companyName countryCode customerParentUid email externalId firstname lastname mobile "
    "postalCode pricelistUid vatNumber origin loyaltyId displayName internalNote ledgerNumber"
)


def customer() -> dict[str, Any]:
    """A customer with something in each of its lists."""

    def extension() -> dict[str, Any]:
        return {"extensionCode": "TWO_INVOICE", "organizationUid": "o-1"}

    contact = dict.fromkeys(("firstname", "lastname", "email", "mobile", "displayName"), "")
    return {
        **dict.fromkeys(TEXTS.split(), "x"),
        "customerUid": "c-1", "customerType": "PERSON", "createdAt": MOMENT, "lastModifiedAt": MOMENT,
        "addresses": [
            {
                **dict.fromkeys(TEXTS.split()[:4], "x"), "firstname": "", "lastname": "", "email": "",
                "phone": "", "postalCode": "", "type": "DELIVERY_ADDRESS", "customerAddressUid": "a-1",
                "displayName": "",
            }
        ],
        "contacts": [
            {**contact, "customerContactUid": f"p-{number}", "createdAt": MOMENT, "lastModifiedAt": MOMENT,
             "role": "ADMIN", "extensions": [extension()]}
            for number in range(2)
        ],
        "extensions": [extension()],
        "consents": [{"consentUid": "s", "name": "", "status": True, "source": "", "createdAt": MOMENT}],
        "credit": {"limit": 5, "balance": 1}, "paymentTerms": 14,
        "accountManager": {"tenantUserUid": "u-1", "displayName": "", "userCode": "7"},
        "ehf": {"enabled": False, "address": ""}, "customerGroupUids": ["g-1"],
        "defaultStore": {"name": "", "storeUid": "s-1"}, "relevance": 1.5, "ehfEnabled": True,
    }  # fmt: skip


def answer(content: bytes) -> tuple[list[Any], dict[Any, int]]:
    """What is made of a page, and the deviations counted."""
    drift = SchemaDrift()
    page = decode(CustomerPage, content, operation="test.read", schema_drift=drift)
    return [page], drift.counts()


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Without the log of thousands of deviations."""
    log = logging.getLogger("flow_retail_client")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)


CODECS: dict[int, dict[type, Codec]] = {0: {}, 10**9: {}}
COMPILED, FIELD_BY_FIELD = CODECS


def read_as(objects: int, content: bytes) -> tuple[list[Any], dict[Any, int]]:
    """What is made of a page by codecs that are compiled after so many objects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "_codecs", CODECS[objects])
        patch.setattr(codec, "_FEW", objects)
        return answer(content)


@given(st.randoms(use_true_random=False), st.integers(0, 4))
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
def test_both_ways_make_the_same_of_any_page_and_count_the_same(random, times):
    data = {"items": [customer(), customer()], "paging": {"pageNumber": 0, "pageSize": 2, "totalCount": 2}}
    spoil(data["items"], random, times)
    content = orjson.dumps(data)
    assert read_as(COMPILED, content) == read_as(FIELD_BY_FIELD, content) == answer(content)
    strict = {"operation": "test.read", "schema_drift": SchemaDrift(), "strict": True}
    if answer(content)[1]:
        with pytest.raises(DecodeError):
            decode(CustomerPage, content, **strict)
    else:
        assert decode(CustomerPage, content, **strict) == answer(content)[0][0]


@given(st.randoms(use_true_random=False), st.integers(0, 5))
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
def test_what_was_read_is_written_back_whatever_it_was(random, times):
    data = customer()
    spoil(data, random, times)
    written = Customer.from_dict(data).to_dict()
    assert orjson.dumps(dated(written), option=orjson.OPT_SORT_KEYS) == orjson.dumps(
        dated(data), option=orjson.OPT_SORT_KEYS
    )


@pytest.fixture
def decoded(monkeypatch):
    """Watch the objects of a model as they are decoded, by itself or in others."""

    def watch(model: type[Model], seen: Callable[[Any], None]) -> None:
        monkeypatch.setattr(codec, "_codecs", {})
        monkeypatch.setattr(codec, "_FEW", 0)
        of = codec_of(model)
        original = of.compiled("decode")

        def decode(data: Any, location: Any, step: Any) -> Any:
            seen(data)
            return original(data, location, step)

        of.decode = decode
        monkeypatch.setitem(NAMES, f"decode_{of.name}", decode)

    return watch


@pytest.mark.parametrize("outer", [False, True])
def test_nothing_is_read_twice_but_the_object_that_deviates(decoded, outer):
    read: list[str] = []
    # As the spec has it, or by the lenient decoder of what holds it.
    decoded(models.CustomerContact, lambda data: read.append(data["customerContactUid"]))
    odd = customer()
    odd["contacts"][1]["role"] = "NEWER"
    odd["consents"][0]["name"] = None
    if outer:
        odd["customerType"] = "NEWER"
    content = orjson.dumps({"items": [customer(), odd]})
    page = decode(CustomerPage, content, operation="test.read", schema_drift=SchemaDrift())
    assert read == ["p-0", "p-1"] * 2
    assert not page.items[1].contacts[1].role.is_known
    assert page.items[1].consents[0].name is None


def test_a_deviation_is_counted_once_even_if_its_object_is_read_twice():
    odd = customer()
    odd["customerType"] = odd["contacts"][0]["role"] = "NEWER"
    odd["credit"]["limit"] = None
    odd["createdAt"] = "never"
    _, counts = answer(orjson.dumps({"items": [odd]}))
    assert {deviation.path: count for deviation, count in counts.items()} == {
        "$.items[*].customerType": 1,
        "$.items[*].contacts[*].role": 1,
        "$.items[*].credit.limit": 1,
        "$.items[*].createdAt": 1,
    }


def test_records_are_let_go_of_as_they_are_read(decoded):
    """A page of dicts and the same page of objects are never in memory together."""
    alive: list[int] = []

    def count(data: Any) -> None:
        gc.collect()
        # By its value: Python 3.14 lists its own table of names, too, which has every key.
        dicts = (each for each in gc.get_objects() if isinstance(each, dict))
        alive.append(sum(isinstance(each.get("marked"), list) for each in dicts))
        data.pop("marked")

    decoded(Customer, count)
    items = [{**customer(), "marked": [number]} for number in range(5)]
    content = orjson.dumps({"items": items})
    del items
    page = decode(CustomerPage, content, operation="test.read", schema_drift=SchemaDrift())
    assert alive == [5, 4, 3, 2, 1]
    assert len(page.items) == 5


def test_reading_from_a_dict_leaves_the_dict_as_it_was():
    for data in (customer(), customer() | {"customerType": None, "contacts": [{"role": "NEWER"}]}):
        before = orjson.dumps(data)
        Customer.from_dict(data)
        with pytest.raises(DecodeError) if data["customerType"] is None else pytest.MonkeyPatch.context():
            Customer.from_dict_strict(data)
        assert orjson.dumps(data) == before


def test_an_array_of_plain_values_at_the_root_is_read_in_both_modes():
    for strict in (False, True):
        read = decode(
            ListDecoder(STRING), b'["x"]', operation="test.read", schema_drift=SchemaDrift(), strict=strict
        )
        assert read == ["x"]
    drift = SchemaDrift()
    assert decode(ListDecoder(STRING), b'["x", 1]', operation="test.read", schema_drift=drift) == ["x", 1]
    assert [deviation.path for deviation in drift] == ["$[*]"]
    with pytest.raises(DecodeError, match=r"\$\[1\] is not a string"):
        decode(ListDecoder(STRING), b'["x", 1]', operation="test.read", schema_drift=drift, strict=True)


def test_a_class_is_compiled_once_however_many_objects_come(monkeypatch):
    """Also where a page is read with what was looked up before: its first objects are not compiled code's."""
    compiled: list[str] = []
    original = Codec.compiled
    monkeypatch.setattr(codec, "_codecs", {})
    monkeypatch.setattr(
        Codec, "compiled", lambda self, part: compiled.append(self.model.__name__) or original(self, part)
    )
    content = orjson.dumps({"items": [customer() for _ in range(50)]})
    page = decode(CustomerPage, content, operation="test.read", schema_drift=SchemaDrift())
    assert len(page.items) == 50
    assert sorted(compiled) == sorted({*compiled})
    assert "Customer" in compiled
    assert "CustomerContact" in compiled


@attrs.define(kw_only=True, repr=False, weakref_slot=False)
class Holder(Model):
    many: list[models.CustomerStore | None]
    perhaps: list[models.CustomerStore] | None


@pytest.mark.parametrize("objects", CODECS)
def test_null_among_records_and_in_place_of_them_is_read_where_the_spec_has_it(objects, monkeypatch):
    monkeypatch.setattr(codec, "_codecs", {})
    monkeypatch.setattr(codec, "_FEW", objects)
    store = {"name": "x", "storeUid": "s"}
    for data in ({"many": [store, None], "perhaps": None}, {"many": [], "perhaps": [store]}):
        found = Holder.from_dict_strict(data)
        assert found.to_dict() == data
        assert orjson.loads(encode(found, operation="x", expected=Holder)) == data
    assert found.perhaps is not None
    [held] = found.perhaps
    assert isinstance(held, models.CustomerStore)
    with pytest.raises(DecodeError, match=r"perhaps\[0\] is null"):
        Holder.from_dict_strict({"many": [], "perhaps": [None]})


def test_without_a_location_nothing_is_tolerated(monkeypatch):
    for few in CODECS:
        monkeypatch.setattr(codec, "_codecs", {})
        monkeypatch.setattr(codec, "_FEW", few)
        with pytest.raises(NOT_AS_SPECIFIED):
            ModelDecoder(Customer).decode({}, None)
    with pytest.raises(TypeError):
        EnumDecoder(models.CustomerType).decode(1, None)
    for location in (None, (None, "items"), ((None, "items"), 3)):
        with pytest.raises(TypeError):
            ModelDecoder(CustomerCreate).decode({"customerType": "NEWER"}, location)
