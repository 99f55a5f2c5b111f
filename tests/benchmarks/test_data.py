import json
from typing import Any

import pytest

from benchmarks import conformity, data
from benchmarks.children import ROOT


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return json.loads((ROOT / "openapi" / "openapi.json").read_text())


def test_a_customer_has_the_shape_that_the_goals_were_set_for(spec):
    shape = conformity.shape_of_a_customer(spec)
    assert shape == pytest.approx(conformity.EXPECTED, rel=conformity.TOLERANCE)


def test_the_same_index_is_the_same_customer():
    assert data.customer(7) == data.customer(7)
    assert data.customer(7) != data.customer(8)


def test_every_address_is_of_a_domain_that_nobody_has():
    text = data.page(0, data.PAGE_SIZE).decode()
    assert text.count("@") == text.count("@example.com") > data.PAGE_SIZE


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customerType": "CLUB"}, "is none of"),
        ({"createdAt": "yesterday"}, "is no date"),
        ({"paymentTerms": True}, "not of the type integer"),
        ({"customerUid": "a b"}, "does not match"),
        ({"nickname": "K"}, "knows nothing of"),
        ({"credit": {"limit": 1}}, "missing"),
        ({"internalNote": ""}, "bytes"),
    ],
)
def test_data_that_leaves_the_spec_or_the_shape_is_refused(monkeypatch, spec, change, message):
    usual = data.customer
    monkeypatch.setattr(data, "customer", lambda index: {**usual(index), **change})
    with pytest.raises(ValueError, match=message):
        conformity.shape_of_a_customer(spec)
