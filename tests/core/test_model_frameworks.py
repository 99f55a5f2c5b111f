"""Models are at home in the frameworks that their users have: each test is against the real library."""

import copy
import dataclasses
import io
import json
import pickle
import pprint
from typing import Any

import attrs
import httpx
import pytest
import rich.console
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError
from read_models import customer, group, read

from flow_retail_client import models
from flow_retail_client.models import (
    Customer,
    CustomerCreate,
    CustomerCreditInput,
    CustomerGroup,
    CustomerType,
)
from flow_retail_core.models.model import Model
from flow_retail_core.unset import UNSET, Unset

MODELS: list[Any] = [each for name in models.__all__ if issubclass(each := getattr(models, name), Model)]


@attrs.define(kw_only=True, repr=False)
class Branch(Model):
    """A class of a page vendored tomorrow, that holds itself and a choice of kinds."""

    name: str
    inside: "Branch | Unset | None" = UNSET
    parts: "list[Branch] | Unset" = UNSET
    either: int | str | Unset = UNSET
    odd_name: str | Unset = attrs.field(default=UNSET, metadata={"json": "odd-name"})


@pytest.fixture
def service():
    app = FastAPI()

    @app.post("/customers")
    async def create(body: CustomerCreate) -> Customer:
        return Customer.from_dict(customer(firstname=body.firstname, email=None, new={"kept": [1]}))

    @app.get("/groups")
    async def groups() -> list[CustomerGroup]:
        return [CustomerGroup.from_dict(group())]

    @app.post("/several")
    async def several(body: list[CustomerCreate]) -> int:
        return sum(type(each) is CustomerCreate for each in body)

    async def ask(method: str, path: str, json: object = None) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
            return await client.request(method, path, json=json)

    return ask


async def test_fastapi_reads_a_model_from_the_body_and_answers_with_one(service):
    answer = await service("POST", "/customers", {"customerType": "PERSON", "firstname": "Kari"})
    assert answer.status_code == 200
    assert answer.json() == customer(firstname="Kari", email=None, new={"kept": [1]})
    assert (await service("GET", "/groups")).json() == [group()]
    assert (await service("POST", "/several", [{"customerType": "PERSON"}] * 2)).json() == 2


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ({"firstname": "Kari"}, ["body", "customerType"]),
        ({"customerType": "PERSONN"}, ["body", "customerType"]),
        ({"customerType": "PERSON", "paymentTerms": "soon"}, ["body", "paymentTerms"]),
        ({"customerType": "PERSON", "credit": {"limit": True}}, ["body", "credit", "limit"]),
        ({"customerType": "PERSON", "credit": 5}, ["body", "credit"]),
        ({"customerType": "PERSON", "consents": [{"status": True, "source": "w", "consentUid": 1}]},
         ["body", "consents", 0, "consentUid"]),
        ({"customerType": "PERSON", "customerGroupUids": ["g", None]}, ["body", "customerGroupUids", 1]),
    ],
)  # fmt: skip
async def test_fastapi_answers_422_with_the_field(service, body, location):
    answer = await service("POST", "/customers", body)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [location]


async def test_the_openapi_schema_of_a_service_is_that_of_the_models(service):
    document = (await service("GET", "/openapi.json")).json()
    schemas = document["components"]["schemas"]
    operation = document["paths"]["/customers"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/CustomerCreate"
    }
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Customer"
    }
    create, came = schemas["CustomerCreate"], schemas["Customer"]
    assert create["title"] == "CustomerCreate"
    assert create["required"] == ["customerType"]
    assert create["properties"]["customerType"]["enum"] == ["COMPANY", "PERSON", "B2B"]
    assert create["properties"]["credit"] == {"$ref": "#/components/schemas/CustomerCreditInput"}
    assert create["properties"]["customerGroupUids"]["items"] == {"type": "string"}
    assert came["properties"]["createdAt"]["format"] == "date-time"
    assert {"type": "null"} in came["properties"]["defaultStore"]["anyOf"]
    # The server may add values.
    assert {"type": "string"} in came["properties"]["customerType"]["anyOf"]
    assert set(came["required"]) >= {"customerUid", "createdAt", "contacts"}


@pytest.mark.parametrize("model", MODELS)
def test_pydantic_knows_every_model(model):
    for mode in ("validation", "serialization"):
        schema = TypeAdapter(model).json_schema(mode=mode)
        assert schema["type"] == "object"


def test_pydantic_reads_and_writes_what_from_dict_and_to_dict_do():
    data = customer(new=[1], customerType="ROBOT", defaultStore={"name": "", "storeUid": "s"})
    adapter = TypeAdapter(Customer)
    found = adapter.validate_python(data)
    assert found == Customer.from_dict(data)
    assert not found.customer_type.is_known
    assert adapter.dump_python(found) == found.to_dict() == data
    assert json.loads(adapter.dump_json(found)) == data
    assert adapter.validate_json(adapter.dump_json(found)) == found
    assert adapter.validate_python(found) is found
    with pytest.raises(ValidationError, match="createdAt"):
        adapter.validate_python(customer(createdAt="soon"))


def test_a_model_is_a_field_of_a_pydantic_model_alone_and_in_lists():
    class Order(BaseModel):
        customer: Customer
        others: list[CustomerCreate] = []
        by_uid: dict[str, Customer | None] = {}

    order = Order.model_validate(
        {"customer": customer(), "others": [{"customerType": "PERSON"}], "by_uid": {"c-1": customer()}}
    )
    assert isinstance(order.customer, Customer)
    assert order.others == [CustomerCreate(customer_type="PERSON")]
    assert Order.model_validate_json(order.model_dump_json()) == order
    assert "Customer" in str(Order.model_json_schema())
    with pytest.raises(ValidationError, match=r"others\.0\.customerType"):
        Order.model_validate({"customer": order.customer, "others": [{}]})


def test_pydantic_knows_models_that_hold_themselves():
    data = {"name": "a", "inside": {"name": "b", "inside": None}, "parts": [{"name": "c"}], "either": "x",
            "odd-name": "o"}  # fmt: skip
    adapter = TypeAdapter(Branch)
    assert adapter.dump_python(adapter.validate_python(data)) == data
    assert "odd-name" in str(adapter.json_schema())
    with pytest.raises(ValidationError, match=r"inside\.name"):
        adapter.validate_python({"name": "a", "inside": {}})


def test_attrs_knows_a_model_without_private_keys():
    body = CustomerCreate(customer_type="PERSON", credit=CustomerCreditInput(limit=5))
    as_dict = attrs.asdict(body)
    assert not [name for name in (*as_dict, *as_dict["credit"]) if name.startswith("_")]
    assert as_dict["credit"] == {"limit": 5, "additional_properties": {}}
    changed = attrs.evolve(body, city="Oslo")
    assert (changed.city, body.city) == ("Oslo", UNSET)
    changed.additional_properties["new"] = 1
    assert body.additional_properties == {}
    assert body == attrs.evolve(changed, city=UNSET, additional_properties={})
    # Models can be changed, so that a hash could not last.
    with pytest.raises(TypeError, match="unhashable"):
        hash(body)
    assert len({CustomerType.PERSON, CustomerType("PERSON"), CustomerType("ROBOT")}) == 2


def test_dataclasses_know_a_model():
    body = CustomerCreate(customer_type="PERSON", credit=CustomerCreditInput(limit=5))
    assert dataclasses.asdict(body)["credit"] == {"limit": 5, "additional_properties": {}}
    assert dataclasses.replace(body, city="Oslo").city == "Oslo"
    assert {field.name for field in dataclasses.fields(body)} == {
        field.name for field in attrs.fields(CustomerCreate)
    }


def test_a_model_is_written_as_json_in_one_step():
    found, _ = read(Customer, customer(new=1))
    assert json.loads(json.dumps(found.to_dict())) == json.loads(found.to_json()) == customer(new=1)


def test_copies_and_pickles_are_equal_and_their_own():
    found, _ = read(Customer, customer(new=[1]))
    for again in (copy.copy(found), copy.deepcopy(found), pickle.loads(pickle.dumps(found))):
        assert again == found
        again.city = "Oslo"
        assert found.city == ""
    assert copy.deepcopy(found).contacts is not found.contacts


def test_models_and_open_enums_match():
    match Customer.from_dict(customer(customerType="ROBOT")):
        case Customer(customer_type=CustomerType.PERSON):
            raise AssertionError
        case Customer(customer_type=CustomerType() as new, customer_uid=uid):
            assert (new.value, uid) == ("ROBOT", "c-1")


def test_no_way_to_show_a_model_shows_personal_data():
    found, _ = read(Customer, customer(firstname="Kari", email="kari@example.com"))
    printed = io.StringIO()
    console = rich.console.Console(file=printed, width=40)
    console.print(found, [found] * 3, {"a": found})
    shown = [repr(found), str([found]), pprint.pformat([found] * 9), printed.getvalue()]
    for text in shown:
        assert "c-1" in text
        assert "Kari" not in text
        assert "kari@" not in text
