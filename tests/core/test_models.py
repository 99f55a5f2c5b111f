"""Models as Python objects: equal, copied, pickled, shown, and what they refuse."""

import copy
import decimal
import enum
import pickle

import orjson
import pytest
from read_models import customer, group, read

from flow_retail_client.models import (
    Customer,
    CustomerCreate,
    CustomerCreditInput,
    CustomerGroup,
    CustomerSearch,
    CustomerType,
)
from flow_retail_core.errors import DecodeError
from flow_retail_core.models.decoders import ModelDecoder
from flow_retail_core.models.encoding import encode


def test_unset_and_null_stay_different_on_the_way_out():
    body = CustomerCreate(customer_type=CustomerType.PERSON, firstname="Kåre", city=None)
    assert body.to_dict() == {"customerType": "PERSON", "firstname": "Kåre", "city": None}
    assert orjson.loads(encode(body, operation="test")) == body.to_dict()


def test_additional_properties_are_sent_and_known_fields_win():
    body = CustomerCreate(customer_type=CustomerType.PERSON, firstname="Kari")
    body.additional_properties["shoeSize"] = 39
    body.additional_properties["firstname"] = "other"
    assert body.to_dict() == {"customerType": "PERSON", "firstname": "Kari", "shoeSize": 39}


def test_looking_at_additional_properties_does_not_change_equality():
    one, other = CustomerSearch(query="æ"), CustomerSearch(query="æ")
    assert one.additional_properties == {}
    assert one == other


def test_models_survive_pickle_and_copy():
    found, _ = read(Customer, customer(customerType="ROBOT", extra=1))
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), copy.copy(found)):
        assert again == found
        assert again.to_dict() == found.to_dict()


def test_the_repr_of_a_model_shows_uids_and_enums_but_no_personal_data():
    found, _ = read(Customer, customer(firstname="Kari", email="kari@example.com"))
    text = repr(found)
    assert "c-1" in text
    assert "PERSON" in text
    assert "Kari" not in text
    assert "example.com" not in text


def test_from_dict_reads_tolerantly_unless_strict_and_refuses_what_is_no_mapping():
    assert CustomerGroup.from_dict(group(name=None)).name is None
    with pytest.raises(DecodeError, match="name"):
        CustomerGroup.from_dict_strict(group(name=None))
    with pytest.raises(TypeError, match="data must be a mapping"):
        CustomerGroup.from_dict([])


def test_a_body_that_has_no_json_form_is_refused_without_showing_it():
    body = CustomerCreditInput(limit=decimal.Decimal(2**70))
    with pytest.raises(TypeError, match=r"customers\.create") as caught:
        encode(body, operation="customers.create")
    assert str(2**70) not in str(caught.value)
    with pytest.raises(TypeError):
        encode(CustomerSearch(query="\ud800"), operation="x")


def test_no_member_of_an_enum_hides_in_a_dict_written_for_json():
    found, _ = read(Customer, customer())
    assert not any(isinstance(value, enum.Enum) for value in found.to_dict().values())


def test_a_model_whose_fields_are_all_optional_takes_objects_only():
    decoder = ModelDecoder(CustomerSearch)
    for wrong in ([], "", 0, None):
        with pytest.raises(TypeError):
            decoder.decode(wrong, None)
    assert decoder.decode({}, None) == CustomerSearch()
    with pytest.raises(TypeError):
        decoder.decode({"scope": "CUSTOMER"}, None)
