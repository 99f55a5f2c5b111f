"""A user's program, checked by mypy --strict and pyright strict, never run."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal, assert_type

from flow_retail_client import (
    BatchOutcome,
    BatchResult,
    FlowRetail,
    Hooks,
    NotFoundError,
    Page,
    Pager,
    Response,
    Retry,
    Unset,
    capture_responses,
    models,
)
from flow_retail_client.models import (
    Customer,
    CustomerBatchDelete,
    CustomerContact,
    CustomerContactCreate,
    CustomerCreate,
    CustomerExport,
    CustomerExtensionCode,
    CustomerExtensionInput,
    CustomerGroup,
    CustomerGroupCustomersUpdate,
    CustomerPrint,
    CustomerSearch,
    CustomerStore,
    CustomerType,
    CustomerUpdate,
    Order,
    SortDirection,
)


async def token() -> str:
    return "invented"


async def users_program() -> None:
    async with FlowRetail(
        tenant="acme",
        token=token,
        environment="stage",
        timeout=5.0,
        deadline=30.0,
        retry=Retry(max_retries=1),
        requests_per_second=20,
        hooks=Hooks(),
    ) as flow:
        assert_type(flow, FlowRetail)
        assert_type(flow.with_options(deadline=None, locale="nb"), FlowRetail)
        assert_type(flow.with_options(requests_per_second=None), FlowRetail)
        assert_type(flow.with_options(requests_per_second=2.5), FlowRetail)
        pager = flow.customers.list(sort_by="lastname", sort_direction=SortDirection.ASC, prefetch=8)
        assert_type(pager, Pager[Customer])
        assert_type(await pager, Page[Customer])
        assert_type(await pager.collect(limit=10), list[Customer])
        async for customer in pager:
            assert_type(customer, Customer)
            assert_type(customer.created_at, datetime)
            assert_type(customer.customer_type, CustomerType)
            assert_type(customer.default_store, CustomerStore | None)
            assert_type(customer.ledger_number, str | Unset)
            assert_type(customer.contacts, list[CustomerContact])
        async for page in pager.pages():
            assert_type(page, Page[Customer])
        assert_type(flow.customers.search(CustomerSearch(query="x")), Pager[Customer])
        assert_type(flow.customers.search(), Pager[Customer])
        assert_type(await flow.customers.get("c-1"), Customer)
        assert_type(await flow.customers.update("c-1", CustomerUpdate(city="Bodø")), Customer)
        await flow.customers.delete("c-1")
        await flow.customers.print("c-1")
        await flow.customers.print("c-1", CustomerPrint(printer_uid="p"))
        export = await flow.customers.export("c-1")
        assert_type(export, CustomerExport)
        assert_type(export.orders, list[Order])
        code = CustomerExtensionCode.TWO_INVOICE
        assert_type(
            await flow.customers.add_extension("c-1", code, CustomerExtensionInput(store_uid="s")), Customer
        )
        result = await flow.customers.batch(
            upsert=[CustomerCreate(customer_type=CustomerType.B2B)], delete=people_to_delete()
        )
        assert_type(result, BatchResult[CustomerCreate | CustomerBatchDelete])
        for outcome in result.failed:
            assert_type(outcome, BatchOutcome[CustomerCreate | CustomerBatchDelete])
        # A result names only the classes of the lists that were given.
        async for created in flow.customers.batch_stream(create=(person() for _ in range(3))):
            assert_type(created, BatchOutcome[CustomerCreate])
            assert_type(created.status, Literal["succeeded", "failed", "unknown"])
        created_and_updated = await flow.customers.batch(create=[person()], update=[person()])
        assert_type(created_and_updated, BatchResult[CustomerCreate])
        deleted = await flow.customers.batch(delete=["c-1", "c-2"])
        assert_type(deleted, BatchResult[str])
        assert_type(deleted.failed[0].item, str)
        assert_type(
            await flow.customer_contacts.create_for_customer(
                "c-1", CustomerContactCreate(firstname="Kari", lastname="Nordmann")
            ),
            CustomerContact,
        )
        assert_type(flow.customer_groups.list(), Pager[CustomerGroup])
        await flow.customer_groups.update_customers(
            "g-1", CustomerGroupCustomersUpdate(add_customer_uids=["c-1"])
        )
        with capture_responses() as responses:
            assert_type(await flow.request("GET", "/tenants/{tenantUid}/stores"), Response)
        assert_type(responses[0].status_code, int)
        try:
            await flow.customers.get("c-2")
        except NotFoundError as error:
            assert_type(error.status_code, int)
            assert_type(error.retry_after, float | None)
        assert_type(models.Customer.from_dict({}), Customer)


def person() -> CustomerCreate:
    return CustomerCreate(customer_type=CustomerType.PERSON, customer_uid="c-1")


async def people_to_delete() -> AsyncIterator[CustomerBatchDelete]:
    yield CustomerBatchDelete(customer_uid="c-9")
