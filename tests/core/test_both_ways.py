"""Models read directly what is as promised; the tolerant way reads anything. Both must agree (DESIGN 9)."""

import copy
import gc
import importlib
import logging
from collections.abc import Iterator
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flow_retail_client import models
from flow_retail_client.models import Customer, CustomerCreate, CustomerPage
from flow_retail_core.decoding import decode
from flow_retail_core.drift import Drift
from flow_retail_core.errors import DecodeError
from flow_retail_core.model import Model
from flow_retail_core.readers import STRING, EnumReader, ListReader, ModelReader, tolerate

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


ODD: tuple[Any, ...] = (
    None, True, 0, 1.5, "", "NEWER", "2026-13-01", "2026-W09-7T10:20:30Z", [], [None], ["x"], [[]], {},
    {"a": 1},
)  # fmt: skip


def spoil(value: Any, random: Random, times: int) -> None:
    """Change so many things in a JSON value, anywhere."""
    for _ in range(times):
        full = [each for each in holders(value) if each]
        if not full:
            return
        holder = random.choice(full)
        key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        match random.randrange(3):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[random.choice(("new", "e", "æ"))] = copy.deepcopy(random.choice(ODD))
            case _:
                holder[key] = copy.deepcopy(random.choice(ODD))


def holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holders(inner)


def answer(content: bytes) -> tuple[list[Any], dict[Any, int]]:
    """What is made of a page, and the deviations counted."""
    drift = Drift()
    page = decode(CustomerPage, content, operation="test.read", drift=drift)
    return [page, page.to_dict()], drift.counts()


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Without the log of thousands of deviations."""
    log = logging.getLogger("flow_retail_client")
    before = log.level
    log.setLevel(logging.ERROR)
    yield
    log.setLevel(before)


@pytest.fixture(scope="module")
def slowly():
    """Make every model read the tolerant way alone."""
    every = [getattr(models, name) for name in models.__all__]

    def read_slowly(model: type[Model]) -> Any:
        return staticmethod(
            lambda data, place=None, step=None: tolerate(model, data, place, step, TypeError())
        )

    def slow(content: bytes) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            for model in every:
                if issubclass(model, Model):
                    patch.setattr(model, "read_json", read_slowly(model))
            return answer(content)

    return slow


@given(st.randoms(use_true_random=False), st.integers(0, 4))
@settings(max_examples=300, derandomize=True, deadline=None, database=None)
def test_both_ways_make_the_same_of_any_page_and_count_the_same(slowly, random, times):
    data = {"items": [customer(), customer()], "paging": {"pageNumber": 0, "pageSize": 2, "totalCount": 2}}
    spoil(data["items"], random, times)
    content = orjson.dumps(data)
    assert answer(content) == slowly(content)
    strict = {"operation": "test.read", "drift": Drift(), "strict": True}
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


def dated(value: Any) -> Any:
    """JSON with each date as one text for each instant, however it was written."""
    if isinstance(value, dict):
        return {key: dated(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [dated(inner) for inner in value]
    return "2026-03-01T10:20:30+00:00" if value == "2026-W09-7T10:20:30Z" else value


@pytest.mark.parametrize("outer", [False, True])
def test_nothing_is_read_twice_but_the_object_that_deviates(monkeypatch, outer):
    module = importlib.import_module("flow_retail_client.models.customer")
    read: list[str] = []
    original = models.CustomerContact.read_json

    def counting(data: Any, place: Any = None, step: Any = None) -> Any:
        read.append(data["customerContactUid"])
        return original(data, place, step)

    # As promised, or by the tolerant reader of what holds it.
    monkeypatch.setattr(module, "read_customer_contact", counting)
    monkeypatch.setattr(models.CustomerContact, "read_json", staticmethod(counting))
    odd = customer()
    odd["contacts"][1]["role"] = "NEWER"
    odd["consents"][0]["name"] = None
    if outer:
        odd["customerType"] = "NEWER"
    page = decode(
        CustomerPage, orjson.dumps({"items": [customer(), odd]}), operation="test.read", drift=Drift()
    )
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


def test_records_are_let_go_of_as_they_are_read(monkeypatch):
    """A page of dicts and the same page of objects are never in memory together."""
    alive: list[int] = []
    original = Customer.read_json

    def counting(data: Any, place: Any = None, step: Any = None) -> Any:
        gc.collect()
        alive.append(sum(isinstance(each, dict) and "marked" in each for each in gc.get_objects()))
        data.pop("marked")
        return original(data, place, step)

    monkeypatch.setattr(Customer, "read_json", staticmethod(counting))
    items = [{**customer(), "marked": [number]} for number in range(5)]
    content = orjson.dumps({"items": items})
    del items
    page = decode(CustomerPage, content, operation="test.read", drift=Drift())
    assert alive == [5, 4, 3, 2, 1]
    assert len(page.items) == 5


def test_reading_from_a_dict_leaves_the_dict_as_it_was():
    for data in (customer(), customer() | {"customerType": None, "contacts": [{"role": "NEWER"}]}):
        before = orjson.dumps(data)
        Customer.from_dict(data)
        with pytest.raises(DecodeError) if data["customerType"] is None else pytest.MonkeyPatch.context():
            Customer.from_dict(data, strict=True)
        assert orjson.dumps(data) == before


def test_an_array_of_plain_values_at_the_root_is_read_in_both_modes():
    for strict in (False, True):
        read = decode(ListReader(STRING), b'["x"]', operation="test.read", drift=Drift(), strict=strict)
        assert read == ["x"]
    drift = Drift()
    assert decode(ListReader(STRING), b'["x", 1]', operation="test.read", drift=drift) == ["x", 1]
    assert [deviation.path for deviation in drift] == ["$[*]"]
    with pytest.raises(DecodeError, match=r"\$\[1\] is not a string"):
        decode(ListReader(STRING), b'["x", 1]', operation="test.read", drift=drift, strict=True)


def test_without_a_place_nothing_is_tolerated():
    with pytest.raises(KeyError):
        Customer.read_json({})
    with pytest.raises(TypeError):
        EnumReader(models.CustomerType).exact(1)
    for place in (None, (None, "items"), ((None, "items"), 3)):
        with pytest.raises(TypeError):
            ModelReader(CustomerCreate).read({"customerType": "NEWER"}, place)
