"""What may be sent: the model, and the values that the spec lists; all else is refused before it is sent."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from flow_retail_client import FlowRetail
from flow_retail_client.models import (
    CustomerCreate,
    CustomerCreateConsent,
    CustomerExtensionCode,
    CustomerExtensionInput,
    CustomerSearch,
    CustomerType,
    CustomerUpdate,
    SortDirection,
)

Use = Callable[[FlowRetail], Awaitable[object]]


async def sent(use: Use) -> list[httpx.Request]:
    """The requests that a use of a client sends."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"items": [], "paging": {"totalCount": 0}, "resultList": []})

    transport: Any = httpx.MockTransport(answer)
    async with FlowRetail(tenant="acme", token="t", base_url="http://127.0.0.1", transport=transport) as flow:
        try:
            await use(flow)
        except (TypeError, ValueError):
            assert not requests
            raise
    return requests


def person(**fields: Any) -> CustomerCreate:
    return CustomerCreate(**{"customer_type": "PERSON", **fields})


EXTENSION = CustomerExtensionInput.from_dict({"organizationUid": "o"})
CONSENT = CustomerCreateConsent(consent_uid="s", status=True, source="web")


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("update", ("c-1", {"city": "x"}), "body must be a CustomerUpdate, not dict: make one with Cust"),
        ("update", ("c-1", None), "body must be a CustomerUpdate, not NoneType"),
        ("update", ("c-1", "x"), "body must be a CustomerUpdate, not str"),
        ("update", ("c-1", [CustomerUpdate()]), "body must be a CustomerUpdate, not list"),
        ("update", ("c-1", person()), "body must be a CustomerUpdate, not CustomerCreate"),
        ("update", ("c-1", CustomerUpdate), "body must be a CustomerUpdate, not type"),
        ("create", (person(credit={"limit": 1}),), r"body\.credit must be a CustomerCreditInput, not dict"),
        ("create", (person(consents=[CONSENT, {}]),), r"body\.consents\[1\] must be a CustomerCreateConsent"),
        ("search", ({"query": "x"},), "body must be a CustomerSearch"),
        ("merge", ("c-1", {}), "body must be a CustomerMerge"),
    ],
)
async def test_a_body_that_is_not_the_model_is_a_type_error_that_names_it(method, arguments, message):
    with pytest.raises(TypeError, match=message):
        await sent(lambda flow: getattr(flow.customers, method)(*arguments))


async def test_an_item_of_a_batch_that_holds_a_dict_is_refused_by_name():
    with pytest.raises(TypeError, match=r"upsert\[0\]") as caught:
        await sent(lambda flow: flow.customers.batch(upsert=[person(ehf={"enabled": True})]))
    said = f"{caught.value} {caught.value.__cause__}"
    assert "ehf must be a CustomerEhfInput, not dict" in said


async def test_no_message_shows_a_value():
    for use in (
        lambda flow: flow.customers.update("c-1", {"email": "kari@example.com"}),
        lambda flow: flow.customers.create(person(credit="kari@example.com")),
        lambda flow: flow.customers.create(person(customer_type="kari@example.com")),
        lambda flow: flow.customers.list(sort_direction="kari@example.com"),
    ):
        with pytest.raises((TypeError, ValueError)) as caught:
            await sent(use)
        assert "kari" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "body", "written"),
    [
        ("create", person(), {"customerType": "PERSON"}),
        ("create", person(customer_type=CustomerType.B2B), {"customerType": "B2B"}),
        ("create", person(customer_type=CustomerType("NEW")), {"customerType": "NEW"}),
        ("search", CustomerSearch(scope=["CUSTOMER", "CONTACT"]), {"scope": ["CUSTOMER", "CONTACT"]}),
        (
            "search",
            CustomerSearch(customer_types=("B2B", CustomerType.PERSON)),
            {"customerTypes": ["B2B", "PERSON"]},
        ),
    ],
)
async def test_literals_are_written_as_they_are_and_new_values_on_purpose(method, body, written):
    [request] = await sent(lambda flow: getattr(flow.customers, method)(body))
    assert orjson.loads(request.content) == written


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("create", (person(customer_type="PERSONN"),), r"body\.customer_type must be one of 'COMPANY', 'PER"),
        (
            "create",
            (person(customer_type=1),),
            r"body\.customer_type must be one of .* made with CustomerType",
        ),
        ("search", (CustomerSearch(scope=["CUSTOMER", "X"]),), r"body\.scope\[1\] must be one of 'CUSTOMER'"),
        ("remove_extension", ("c-1", "NOPE", EXTENSION), "customer_extension_code must be one of"),
    ],
)
async def test_a_value_that_a_closed_enum_lacks_is_refused_by_name(method, arguments, message):
    with pytest.raises(ValueError, match=message):
        await sent(lambda flow: getattr(flow.customers, method)(*arguments))


@pytest.mark.parametrize("wrong", ["DOWN", "", "asc", True, 1, object()])
async def test_a_parameter_that_a_closed_enum_lacks_is_refused_by_name(wrong):
    for method, arguments in (("list", ()), ("search", (CustomerSearch(),))):
        with pytest.raises(ValueError, match="sort_direction must be one of 'ASC', 'DESC'"):
            await sent(
                lambda flow, m=method, a=arguments: getattr(flow.customers, m)(*a, sort_direction=wrong)
            )


async def test_parameters_take_members_literals_and_new_values_on_purpose():
    for value in ("DESC", SortDirection.DESC, SortDirection("NEW")):
        [request] = await sent(lambda flow, value=value: flow.customers.list(sort_direction=value))
        assert request.url.params["sortDirection"] == str(value)
    for code in ("TWO_INVOICE", CustomerExtensionCode.TWO_INVOICE):
        body = CustomerExtensionInput.from_dict({"organizationUid": "o"})
        [request] = await sent(
            lambda flow, code=code, body=body: flow.customers.add_extension("c-1", code, body)
        )
        assert request.url.path.endswith("/extensions/TWO_INVOICE")


async def test_an_endpoint_that_the_spec_lacks_takes_any_json():
    for body in ({"a": [1]}, [person(credit={"b": 1})], "x", 1):
        [request] = await sent(lambda flow, body=body: flow.request("POST", "/things", json=body))
        assert request.content
