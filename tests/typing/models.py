"""What users write with models and open enums, checked by mypy --strict and pyright strict, never run."""

import copy
import dataclasses
import json
import pickle
from datetime import UTC, datetime
from typing import Annotated, Any, assert_type

import attrs
from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter

from flow_retail_client import UNSET, FlowRetail, Unset
from flow_retail_client.models import (
    Customer,
    CustomerContactCreate,
    CustomerCreate,
    CustomerCreateConsent,
    CustomerCreditInput,
    CustomerExtensionCode,
    CustomerSearch,
    CustomerType,
    CustomerUpdate,
    SortDirection,
)


def all_known_members_are_not_all(customer: Customer) -> str:
    match customer.customer_type:
        case CustomerType.PERSON:
            return "a person"
        case CustomerType.COMPANY | CustomerType.B2B:
            return "a company"
        case _:
            # Reachable: a checker that knew better would call the next line dead.
            return customer.customer_type.value


def a_new_value_is_captured(kind: CustomerType) -> str:
    match kind:
        case CustomerType.PERSON | CustomerType.COMPANY | CustomerType.B2B:
            return "known"
        case "FRANCHISE":
            return "new"
        case other:
            assert_type(other, CustomerType)
            return other.value


def comparisons_with_new_values(customer: Customer) -> str:
    if customer.customer_type == "FRANCHISE":
        return "new"
    if customer.customer_type != "PERSON" and customer.customer_type in {"B2B", "FRANCHISE"}:
        return "one of two"
    if customer.customer_type is CustomerType.PERSON:
        return "a person"
    if customer.customer_type in (CustomerType.COMPANY, CustomerType.B2B):
        return "a company"
    if not customer.customer_type.is_known:
        return customer.customer_type.name
    return customer.customer_type.upper()


def members() -> None:
    assert_type(CustomerType.PERSON, CustomerType)
    assert_type(CustomerType("FRANCHISE"), CustomerType)
    assert_type(CustomerType["PERSON"], CustomerType)
    assert_type(CustomerType.PERSON.value, str)
    assert_type(list(CustomerType), list[CustomerType])
    text: str = CustomerType.PERSON
    counts: dict[CustomerType, int] = dict.fromkeys(CustomerType, 0)
    assert_type(counts[CustomerType.PERSON], int)
    assert_type(len(CustomerType), int)
    assert "PERSON" in CustomerType
    assert text


async def literals(flow: FlowRetail) -> None:
    flow.customers.list(sort_direction="DESC")
    flow.customers.list(sort_direction=SortDirection.DESC)
    flow.customers.list(sort_direction=SortDirection("RANDOM"))
    flow.customers.list(sort_direction="DOWN")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # not listed
    kinds = [CustomerType.PERSON]
    CustomerSearch(customer_types=kinds, scope=["CUSTOMER", "CONTACT"])
    CustomerSearch(customer_types=["B2B", CustomerType.PERSON, CustomerType("FRANCHISE")])
    CustomerSearch(scope=["NOBODY"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]  # not listed
    body = CustomerCreate(customer_type="PERSON", customer_uid="c-1")
    body.customer_type = "B2B"
    CustomerUpdate(customer_type=CustomerType("FRANCHISE"))
    CustomerCreate(customer_type="PERSONN")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # not listed
    CustomerContactCreate(customer_contact_uid="p-1", firstname="Kari", lastname="Moe", role="ADMIN")
    assert body.customer_type
    assert_type(CustomerExtensionCode.TWO_INVOICE, CustomerExtensionCode)


async def bodies(flow: FlowRetail) -> None:
    await flow.customers.update("c-1", {"city": "Oslo"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a dict
    CustomerCreate(customer_type="PERSON", credit={"limit": 1})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # a dict
    await flow.customers.update("c-1", CustomerUpdate(city="Oslo", credit=CustomerCreditInput(limit=1)))
    CustomerCreate(
        customer_type="PERSON", consents=[CustomerCreateConsent(consent_uid="n", status=True, source="WEB")]
    )


def fields(customer: Customer) -> None:
    assert_type(customer.created_at, datetime)
    assert_type(customer.ledger_number, str | Unset)
    if customer.ledger_number is not UNSET:
        assert_type(customer.ledger_number, str)
    assert_type(customer.additional_properties, dict[str, Any])
    customer.created_at = datetime.now(UTC)


def conversions(customer: Customer) -> None:
    assert_type(Customer.from_dict({"a": 1}), Customer)
    assert_type(Customer.from_dict_strict({"a": 1}), Customer)
    assert_type(customer.to_dict(), dict[str, Any])
    assert_type(customer.to_json(), str)
    json.dumps(customer.to_dict())
    assert_type(attrs.asdict(customer), dict[str, Any])
    assert_type(attrs.evolve(customer, city="Oslo"), Customer)
    assert_type(dataclasses.asdict(customer), dict[str, Any])
    assert_type(dataclasses.replace(customer, city="Oslo"), Customer)
    assert_type(copy.copy(customer), Customer)
    assert_type(copy.deepcopy(customer), Customer)
    pickle.dumps(customer)
    assert [field.name for field in attrs.fields(Customer)]


class Order(BaseModel):
    customer: Customer
    others: list[CustomerCreate]


def with_pydantic(data: object) -> None:
    assert_type(TypeAdapter(Customer).validate_python(data), Customer)
    assert_type(TypeAdapter(list[Customer]).validate_python(data), list[Customer])
    assert_type(Order.model_validate(data).customer, Customer)


app = FastAPI()


@app.post("/customers")
async def create(body: CustomerCreate) -> Customer:
    assert body.customer_type
    return Customer.from_dict({})


@app.put("/customers")
async def update(body: Annotated[CustomerUpdate, Body()]) -> list[Customer]:
    assert_type(body.city, str | Unset)
    return []
