"""Every operation, called as a user would, against the sandbox: what comes back, and what has changed."""

import inspect

import pytest

from flow_retail_client import FlowRetail, NotFoundError
from flow_retail_client.models import (
    CustomerBatchDelete,
    CustomerContactAddCustomer,
    CustomerContactCreate,
    CustomerContactExtensionInput,
    CustomerContactLink,
    CustomerContactRole,
    CustomerContactsCreate,
    CustomerContactSearch,
    CustomerContactUpdate,
    CustomerCreate,
    CustomerCreateConsent,
    CustomerCreditInput,
    CustomerEhfInput,
    CustomerExtensionCode,
    CustomerExtensionInput,
    CustomerExternalSearch,
    CustomerGroupCreate,
    CustomerGroupCustomersUpdate,
    CustomerGroupUpdate,
    CustomerMerge,
    CustomerPrint,
    CustomerSearch,
    CustomerSearchScope,
    CustomerType,
    CustomerUpdate,
    SortDirection,
)

TABLE = {
    "customers": (
        "list create search search_external export print get update delete add_extension remove_extension "
        "batch get_in_store merge"
    ),
    "customer_contacts": (
        "list create search get update delete list_customers add_customers remove_customer "
        "list_for_customer create_for_customer get_for_customer update_for_customer delete_for_customer "
        "add_extension remove_extension"
    ),
    "customer_groups": "list create get update delete list_customers update_customers",
}

STORE = "store-1"


async def person(flow: FlowRetail, uid: str, **fields: object) -> str:
    """Create a person and give its UID."""
    await flow.customers.create(
        CustomerCreate(customer_type=CustomerType.PERSON, customer_uid=uid, firstname="Kari", **fields)
    )
    return uid


async def contact_of(flow: FlowRetail, customer_uid: str, uid: str) -> str:
    """Create a contact of a customer and give its UID."""
    await flow.customer_contacts.create_for_customer(
        customer_uid, CustomerContactCreate(firstname="Åse", lastname="Bø", customer_contact_uid=uid)
    )
    return uid


def test_the_client_has_the_operations_of_the_reference_in_its_order():
    from flow_retail_client.resources.customer_contacts import CustomerContactsResource
    from flow_retail_client.resources.customer_groups import CustomerGroupsResource
    from flow_retail_client.resources.customers import CustomersResource

    resources = (CustomersResource, CustomerContactsResource, CustomerGroupsResource)
    for resource, names in zip(resources, TABLE.values(), strict=True):
        methods = [
            name
            for name in vars(resource)
            if name.islower() and not name.startswith("_") and name in names.split()
        ]
        assert methods == names.split()
        for name in methods:
            documentation = inspect.getdoc(getattr(resource, name)) or ""
            assert "Operation: " in documentation
            assert "Raises:" in documentation
    assert sum(len(names.split()) for names in TABLE.values()) == 37


async def test_customers_list_pages_sorts_and_filters(flow):
    everyone = await flow.customers.list(page_size=50).collect()
    page = await flow.customers.list(page_size=50)
    assert page.total_count == len(everyone) == len({one.customer_uid for one in everyone})
    names = [
        one.lastname
        async for one in flow.customers.list(sort_by="lastname", sort_direction=SortDirection.DESC)
    ]
    assert len(names) == len(everyone)
    assert names[0] >= names[-1]
    await person(flow, "ext-1", external_id="X-100")
    found = await flow.customers.list(customer_external_id="X-100").collect()
    assert [one.customer_uid for one in found] == ["ext-1"]


async def test_customers_create_gives_the_record_and_get_reads_it(flow):
    body = CustomerCreate(
        customer_type=CustomerType.COMPANY,
        customer_uid="new-1",
        company_name="Blåbær og Sønner AS",
        email="post@example.com",
        city="Tromsø",
        payment_terms=30,
        credit=CustomerCreditInput(limit=5000),
        ehf=CustomerEhfInput(enabled=True, address="0192:999999999"),
        consents=[CustomerCreateConsent(consent_uid="newsletter", source="web", status=True)],
    )
    created = await flow.customers.create(body)
    read = await flow.customers.get("new-1")
    assert read == created
    assert (read.company_name, read.city, read.payment_terms) == ("Blåbær og Sønner AS", "Tromsø", 30)
    assert read.credit.limit == 5000
    assert read.ehf.enabled
    assert [(one.consent_uid, one.status, one.source) for one in read.consents] == [
        ("newsletter", True, "web")
    ]


async def test_customers_search_finds_by_query_field_and_scope(flow):
    await person(flow, "find-1", lastname="Æresdatter", email="aere@example.com", mobile="+4790000001")
    for search in (
        CustomerSearch(query="æresd"),
        CustomerSearch(email="aere@example.com"),
        CustomerSearch(mobile="+4790000001"),
        CustomerSearch(
            query="æresdatter", scope=[CustomerSearchScope.CUSTOMER], customer_types=[CustomerType.PERSON]
        ),
    ):
        assert "find-1" in [one.customer_uid async for one in flow.customers.search(search)]
    assert await flow.customers.search(CustomerSearch(query="no such customer anywhere")).collect() == []
    assert (await flow.customers.search(page_size=5)).total_count is not None


async def test_customers_search_external_gives_external_customers(flow):
    page = await flow.customers.search_external(CustomerExternalSearch(query=""), page_size=3)
    assert page.items
    assert all(one.customer_uid and one.to_dict() for one in page.items)


async def test_customers_export_gives_the_customer_with_orders_and_services(flow):
    exports = [
        await flow.customers.export(one.customer_uid) for one in await flow.customers.list().collect(limit=25)
    ]
    assert any(export.orders for export in exports)
    assert any(export.services for export in exports)
    for export in exports:
        assert all(order.customer_uid == export.customer.customer_uid for order in export.orders)


async def test_customers_print_needs_a_customer_that_is_there(flow):
    await person(flow, "print-1")
    assert await flow.customers.print("print-1") is None
    assert await flow.customers.print("print-1", CustomerPrint(printer_uid="printer-1")) is None
    with pytest.raises(NotFoundError):
        await flow.customers.print("nobody")


async def test_customers_update_changes_only_what_was_given(flow):
    await person(flow, "upd-1", lastname="Nordmann", city="Bodø")
    updated = await flow.customers.update("upd-1", CustomerUpdate(city="Ålesund"))
    assert (updated.city, updated.lastname) == ("Ålesund", "Nordmann")
    assert await flow.customers.get("upd-1") == updated


async def test_customers_delete_removes_for_good(flow):
    await person(flow, "del-1")
    assert await flow.customers.delete("del-1") is None
    with pytest.raises(NotFoundError) as caught:
        await flow.customers.get("del-1")
    assert caught.value.operation == "customers.get"
    assert caught.value.code
    assert caught.value.log_id


async def test_customers_extensions_come_and_go(flow):
    await person(flow, "extn-1")
    code = CustomerExtensionCode.TWO_INVOICE
    with_extension = await flow.customers.add_extension(
        "extn-1", code, CustomerExtensionInput(store_uid=STORE)
    )
    assert [one.extension_code for one in with_extension.extensions] == [code]
    assert (await flow.customers.get("extn-1")).extensions == with_extension.extensions
    assert (
        await flow.customers.remove_extension("extn-1", code, CustomerExtensionInput(store_uid=STORE)) is None
    )
    assert (await flow.customers.get("extn-1")).extensions == []


async def test_customers_batch_does_all_four_and_reads_back_as_sent(flow):
    await person(flow, "b-upd", lastname="Before")
    await person(flow, "b-del")
    created = CustomerCreate(customer_type=CustomerType.PERSON, customer_uid="b-new", firstname="Øystein")
    updated = CustomerCreate(customer_type=CustomerType.PERSON, customer_uid="b-upd", lastname="After")
    upserted = CustomerCreate(customer_type=CustomerType.B2B, customer_uid="b-ups", company_name="Sjø AS")
    deleted = CustomerBatchDelete(customer_uid="b-del")
    result = await flow.customers.batch(
        create=[created], update=[updated], upsert=[upserted], delete=[deleted]
    )
    result.raise_for_errors()
    assert {(one.action, one.uid) for one in result.succeeded} == {
        ("create", "b-new"), ("update", "b-upd"), ("upsert", "b-ups"), ("delete", "b-del"),
    }  # fmt: skip
    assert (await flow.customers.get("b-new")).firstname == "Øystein"
    assert (await flow.customers.get("b-upd")).lastname == "After"
    assert (await flow.customers.get("b-ups")).company_name == "Sjø AS"
    with pytest.raises(NotFoundError):
        await flow.customers.get("b-del")


async def test_customers_get_in_store_adds_what_the_store_knows(flow):
    await person(flow, "store-c", credit=CustomerCreditInput(limit=700))
    details = await flow.customers.get_in_store(STORE, "store-c")
    assert details.customer == await flow.customers.get("store-c")
    assert details.credit.limit == 700


async def test_customers_merge_moves_everything_and_removes_the_duplicate(flow):
    await person(flow, "keep")
    await person(flow, "dupe")
    contact = await contact_of(flow, "dupe", "merge-contact")
    group = await flow.customer_groups.create(
        CustomerGroupCreate(name="Til sammenslåing", customer_group_uid="merge-g")
    )
    await flow.customer_groups.update_customers(
        group.customer_group_uid, CustomerGroupCustomersUpdate(add_customer_uids=["dupe"])
    )
    merged = await flow.customers.merge("keep", CustomerMerge(merge_from_customer_uid="dupe"))
    assert [one.customer_contact_uid for one in merged.contacts] == [contact]
    assert merged.customer_group_uids == ["merge-g"]
    with pytest.raises(NotFoundError):
        await flow.customers.get("dupe")


async def test_contacts_create_links_customers_with_their_roles(flow):
    await person(flow, "cc-1")
    created = await flow.customer_contacts.create(
        CustomerContactsCreate(
            firstname="Ingrid",
            lastname="Æsøy",
            email="ingrid@example.com",
            customer_contact_uid="contact-1",
            customers=[CustomerContactLink(customer_uid="cc-1", role=CustomerContactRole.PURCHASER)],
        )
    )
    assert [(one.customer_uid, one.role) for one in created.customers] == [
        ("cc-1", CustomerContactRole.PURCHASER)
    ]
    assert await flow.customer_contacts.get("contact-1") == created
    assert "contact-1" in [
        one.customer_contact_uid async for one in flow.customer_contacts.list(page_size=100)
    ]
    found = await flow.customer_contacts.search(CustomerContactSearch(email="ingrid@example.com")).collect()
    assert [one.customer_contact_uid for one in found] == ["contact-1"]


async def test_contacts_update_and_delete(flow):
    await person(flow, "cc-2")
    uid = await contact_of(flow, "cc-2", "contact-2")
    updated = await flow.customer_contacts.update(uid, CustomerContactUpdate(mobile="+4790000002"))
    assert (updated.mobile, updated.firstname) == ("+4790000002", "Åse")
    assert (await flow.customer_contacts.get(uid)).mobile == "+4790000002"
    assert await flow.customer_contacts.delete(uid) is None
    with pytest.raises(NotFoundError):
        await flow.customer_contacts.get(uid)
    assert (await flow.customers.get("cc-2")).contacts == []


async def test_contacts_are_shared_between_customers(flow):
    await person(flow, "cc-3")
    await person(flow, "cc-4")
    uid = await contact_of(flow, "cc-3", "contact-3")
    added = await flow.customer_contacts.add_customers(
        uid, CustomerContactAddCustomer(customers=[CustomerContactLink(customer_uid="cc-4")])
    )
    assert {one.customer_uid for one in added.items} == {"cc-3", "cc-4"}
    assert await flow.customer_contacts.list_customers(uid) == added
    assert await flow.customer_contacts.remove_customer(uid, "cc-3") is None
    left = await flow.customer_contacts.list_customers(uid)
    assert [one.customer_uid for one in left.items] == ["cc-4"]


async def test_contacts_of_one_customer_are_listed_read_updated_and_removed(flow):
    await person(flow, "cc-5")
    uid = await contact_of(flow, "cc-5", "contact-5")
    listed = await flow.customer_contacts.list_for_customer("cc-5").collect()
    assert [one.customer_contact_uid for one in listed] == [uid]
    assert await flow.customer_contacts.get_for_customer("cc-5", uid) == listed[0]
    updated = await flow.customer_contacts.update_for_customer(
        "cc-5", uid, CustomerContactUpdate(lastname="Ås")
    )
    assert updated.lastname == "Ås"
    assert (await flow.customer_contacts.get_for_customer("cc-5", uid)).lastname == "Ås"
    assert await flow.customer_contacts.delete_for_customer("cc-5", uid) is None
    assert await flow.customer_contacts.list_for_customer("cc-5").collect() == []


async def test_contact_extensions_come_and_go(flow):
    await person(flow, "cc-6")
    uid = await contact_of(flow, "cc-6", "contact-6")
    code = CustomerExtensionCode.KLAVIYO_PROFILE_ID
    body = CustomerContactExtensionInput(store_uid=STORE)
    with_extension = await flow.customer_contacts.add_extension("cc-6", uid, code, body)
    assert [one.extension_code for one in with_extension.extensions] == [code]
    assert (
        await flow.customer_contacts.get_for_customer("cc-6", uid)
    ).extensions == with_extension.extensions
    assert await flow.customer_contacts.remove_extension("cc-6", uid, code, body) is None
    assert (await flow.customer_contacts.get_for_customer("cc-6", uid)).extensions == []


async def test_groups_are_created_listed_renamed_and_deleted(flow):
    created = await flow.customer_groups.create(
        CustomerGroupCreate(name="Fjellfolk", customer_group_uid="grp-1")
    )
    assert created.created_by
    assert await flow.customer_groups.get("grp-1") == created
    assert "grp-1" in [one.customer_group_uid async for one in flow.customer_groups.list()]
    renamed = await flow.customer_groups.update("grp-1", CustomerGroupUpdate(name="Fjellfolket"))
    assert renamed.name == "Fjellfolket"
    assert (await flow.customer_groups.get("grp-1")).name == "Fjellfolket"
    assert await flow.customer_groups.delete("grp-1") is None
    with pytest.raises(NotFoundError):
        await flow.customer_groups.get("grp-1")


async def test_group_members_come_and_go(flow):
    await flow.customer_groups.create(CustomerGroupCreate(name="Sjøfolk", customer_group_uid="grp-2"))
    await person(flow, "gm-1")
    await person(flow, "gm-2")
    change = CustomerGroupCustomersUpdate(add_customer_uids=["gm-1", "gm-2"])
    assert await flow.customer_groups.update_customers("grp-2", change) is None
    members = await flow.customer_groups.list_customers("grp-2").collect()
    assert {one.customer_uid for one in members} == {"gm-1", "gm-2"}
    assert (await flow.customers.get("gm-1")).customer_group_uids == ["grp-2"]
    await flow.customer_groups.update_customers(
        "grp-2", CustomerGroupCustomersUpdate(remove_customer_uids=["gm-1"])
    )
    assert [one.customer_uid async for one in flow.customer_groups.list_customers("grp-2")] == ["gm-2"]
    assert (await flow.customers.get("gm-1")).customer_group_uids == []
