"""Customers: create, read, update, delete, departments, extensions, stores, export."""

import pytest

EVERYTHING = {
    "address": "Åsveien 1", "city": "Bodø", "companyName": "Sæther & Sønn AS", "countryCode": "NO",
    "customerType": "COMPANY", "email": "post@example.com", "externalId": "e-1", "firstname": "Kåre",
    "lastname": "Ødegård", "ledgerNumber": "0042", "mobile": "+4700999999", "postalCode": "8006",
    "vatNumber": "999", "pricelistUid": "pl-1", "origin": "CRM", "loyaltyId": "L1", "paymentTerms": 21,
    "internalNote": "Vær grei", "customerUid": "c-1",
}  # fmt: skip


def test_what_was_created_is_read_back(api):
    created = api.ok("POST", "/customers", EVERYTHING)
    assert {name: created[name] for name in EVERYTHING} == EVERYTHING
    assert api.ok("GET", "/customers/c-1") == created


def test_creating_returns_201_and_generates_a_uid_if_none_was_sent(api):
    response = api("POST", "/customers", {"customerType": "PERSON"})
    assert response.status_code == 201
    assert api.ok("GET", f"/customers/{response.json()['customerUid']}") == response.json()


def test_nested_fields_are_stored_as_they_are_returned(api):
    sent = {
        "customerType": "COMPANY",
        "customerUid": "c-1",
        "credit": {"limit": 5000},
        "ehf": {"enabled": True, "address": "0192:999"},
        "accountManager": {"tenantUserUid": "user-1"},
        "defaultStoreUid": "store-2",
        "consents": [{"consentUid": "consent-sms", "status": True, "source": "WEB"}],
    }
    customer = api.ok("POST", "/customers", sent)
    assert customer["credit"] == {"limit": 5000, "balance": 0}
    assert customer["ehf"] == {"enabled": True, "address": "0192:999"}
    assert customer["ehfEnabled"] is True
    assert customer["accountManager"]["displayName"] == "Ingrid Sæther"
    assert customer["defaultStore"] == {"name": "Bryggen", "storeUid": "store-2"}
    consent = customer["consents"][0]
    assert (consent["consentUid"], consent["status"], consent["source"]) == ("consent-sms", True, "WEB")


def test_an_update_changes_only_the_fields_that_were_sent(api):
    before = api.ok("POST", "/customers", EVERYTHING)
    after = api.ok("PUT", "/customers/c-1", {"city": "", "paymentTerms": 0})
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"city", "paymentTerms", "lastModifiedAt"}
    assert after["lastModifiedAt"] > before["lastModifiedAt"]
    assert api.ok("GET", "/customers/c-1") == after


def test_ehf_can_be_switched_by_the_deprecated_field_alone(api):
    api.ok("POST", "/customers", {**EVERYTHING, "ehf": {"enabled": True, "address": "a"}})
    assert api.ok("PUT", "/customers/c-1", {"ehfEnabled": False})["ehf"] == {"enabled": False, "address": "a"}


@pytest.mark.parametrize(
    "consents", [7, [{"consentUid": "consent-sms", "status": True, "source": "WEB"}], [{}]]
)
def test_what_the_document_does_not_declare_is_ignored(api, consents):
    before = api.ok("POST", "/customers", EVERYTHING)
    sent = {"consents": consents, "customerUid": "other", "displayName": "x", "unheardOf": None}
    after = api.ok("PUT", "/customers/c-1", {**sent, "city": "Moss"})
    assert after == {**before, "city": "Moss", "lastModifiedAt": after["lastModifiedAt"]}


def test_a_deleted_customer_is_gone(api):
    api.ok("POST", "/customers", EVERYTHING)
    assert api("DELETE", "/customers/c-1").status_code == 204
    assert api.refused(404, "GET", "/customers/c-1")["code"] == "CUSTOMER_NOT_FOUND"
    api.refused(404, "DELETE", "/customers/c-1")
    api.refused(404, "PUT", "/customers/c-1", {})
    assert "c-1" not in api.uids("/customers?pageSize=500")


def test_a_uid_that_is_taken_is_a_conflict(api):
    api.ok("POST", "/customers", EVERYTHING)
    assert api.refused(409, "POST", "/customers", EVERYTHING)["code"] == "CUSTOMER_EXISTS"


def test_a_uid_that_no_path_could_reach_is_refused(api):
    body = {"customerType": "PERSON", "customerUid": "search"}
    assert api.refused(422, "POST", "/customers", body)["code"] == "CUSTOMER_UID_RESERVED"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "nobody", "INVALID_EMAIL"),
        ("countryCode", "NOR", "INVALID_COUNTRY"),
        ("ledgerNumber", "12a", "INVALID_LEDGER_NUMBER"),
        ("customerGroupUids", ["nope"], "UNKNOWN_CUSTOMER_GROUP"),
        ("customerParentUid", "nope", "UNKNOWN_PARENT"),
        ("customerParentUid", "c-1", "PARENT_IN_A_CIRCLE"),
    ],
)
def test_values_that_make_no_sense_are_refused_and_nothing_is_stored(api, sandbox, field, value, code):
    assert api.refused(422, "POST", "/customers", {**EVERYTHING, field: value})["code"] == code
    assert sandbox.sandbox.customer("c-1") is None


def test_only_a_company_can_be_a_department(api):
    api.ok("POST", "/customers", EVERYTHING)
    person = {"customerType": "PERSON", "customerParentUid": "c-1"}
    assert api.refused(422, "POST", "/customers", person)["code"] == "PARENT_NOT_ALLOWED"


def test_a_department_cannot_become_its_own_grandparent(api):
    api.ok("POST", "/customers", EVERYTHING)
    api.ok(
        "POST", "/customers", {"customerType": "COMPANY", "customerUid": "c-2", "customerParentUid": "c-1"}
    )
    assert (
        api.refused(422, "PUT", "/customers/c-1", {"customerParentUid": "c-2"})["code"]
        == "PARENT_IN_A_CIRCLE"
    )


def test_departments_stand_on_their_own_when_the_main_customer_is_deleted(api):
    api.ok("POST", "/customers", EVERYTHING)
    api.ok(
        "POST", "/customers", {"customerType": "COMPANY", "customerUid": "c-2", "customerParentUid": "c-1"}
    )
    api.ok("DELETE", "/customers/c-1")
    assert api.ok("GET", "/customers/c-2")["customerParentUid"] == ""


def test_a_person_is_named_by_name_and_a_company_by_company_name(api):
    body = {"firstname": "Liv", "lastname": "Åsheim", "companyName": "Fjord AS"}
    assert api.ok("POST", "/customers", {**body, "customerType": "PERSON"})["displayName"] == "Liv Åsheim"
    assert api.ok("POST", "/customers", {**body, "customerType": "B2B"})["displayName"] == "Fjord AS"


def test_extensions_are_added_once_and_removed(api):
    path = "/customers/customer-00001/extensions/KLAVIYO_PROFILE_ID"
    extension = {"extensionCode": "KLAVIYO_PROFILE_ID", "organizationUid": "store-9"}
    for _ in range(2):
        assert api.ok("POST", path, {"storeUid": "store-9"})["extensions"].count(extension) == 1
    assert api("DELETE", path, {"storeUid": "store-9"}).status_code == 204
    assert extension not in api.ok("GET", "/customers/customer-00001")["extensions"]
    assert api.refused(404, "DELETE", path, {"storeUid": "store-9"})["code"] == "EXTENSION_NOT_FOUND"


def test_an_extension_needs_a_store_and_a_known_code(api):
    api.refused(400, "POST", "/customers/customer-00001/extensions/KLAVIYO_PROFILE_ID", {})
    api.refused(400, "POST", "/customers/customer-00001/extensions/NOPE", {"storeUid": "store-1"})


@pytest.mark.parametrize(
    ("customer", "approved", "reason"),
    [
        ({"customerType": "COMPANY", "credit": {"limit": 100}}, True, ""),
        ({"customerType": "COMPANY", "credit": {"limit": 0}}, False, "NO_LIMIT_SET"),
        ({"customerType": "PERSON", "credit": {"limit": 100}}, False, "NOT_A_COMPANY"),
    ],
)
def test_a_store_reports_whether_credit_is_granted(api, customer, approved, reason):
    api.ok("POST", "/customers", {**customer, "customerUid": "c-1"})
    view = api.ok("GET", "/stores/store-1/customers/c-1")
    assert view["customer"] == api.ok("GET", "/customers/c-1")
    assert (view["credit"]["approved"], view["credit"]["declineReason"]) == (approved, reason)
    assert view["credit"]["maxSingleOrderValue"] == (100 if approved else 0)


def test_a_used_up_limit_grants_no_more_credit(api, sandbox):
    api.ok("POST", "/customers", {"customerType": "COMPANY", "customerUid": "c-1", "credit": {"limit": 100}})

    def spend(record):
        record["credit"]["balance"] = 150

    with sandbox.sandbox.lock:
        sandbox.sandbox.state.tenants["acme"].tables["customers"].change("c-1", spend)
    credit = api.ok("GET", "/stores/store-1/customers/c-1")["credit"]
    assert (credit["approved"], credit["remaining"], credit["declineReason"]) == (False, 0, "LIMIT_REACHED")


def test_a_store_is_known_from_when_a_customer_first_names_it(api):
    assert api.refused(404, "GET", "/stores/my-store/customers/customer-00001")["code"] == "STORE_NOT_FOUND"
    customer = api.ok("PUT", "/customers/customer-00001", {"defaultStoreUid": "my-store"})
    assert customer["defaultStore"] == {"name": "my-store", "storeUid": "my-store"}
    api.ok("GET", "/stores/my-store/customers/customer-00001")


def test_a_membership_card_is_printed_on_a_known_printer_or_on_any(api):
    path = "/customers/customer-00001/print"
    assert api("POST", path, {"printerUid": "printer-1"}).status_code == 204
    assert api("POST", path, {}).status_code == 204
    assert api("POST", path).status_code == 204
    assert api.refused(404, "POST", path, {"printerUid": "nope"})["code"] == "PRINTER_NOT_FOUND"
    api.refused(404, "POST", "/customers/nope/print", {})


def test_an_export_holds_the_customer_with_orders_and_services(api):
    exports = [api.ok("GET", f"/customers/customer-{number:05d}/export") for number in range(1, 41)]
    assert any(export["orders"] for export in exports)
    assert any(export["services"] for export in exports)
    assert any(order["discounts"] for export in exports for order in export["orders"])
    for export in exports:
        uid = export["customer"]["customerUid"]
        assert {entry["customerUid"] for entry in (*export["orders"], *export["services"])} <= {uid}


def test_an_export_of_a_new_customer_is_empty(api):
    api.ok("POST", "/customers", EVERYTHING)
    export = api.ok("GET", "/customers/c-1/export")
    assert (export["orders"], export["services"]) == ([], [])


def test_an_external_search_finds_entries_of_another_register(api):
    everything = api.ok("POST", "/customers/search/external", {})
    first = everything["items"][0]
    found = api.ok("POST", "/customers/search/external", {"query": first["email"].upper()})
    assert found["items"] == [first]
    page = api.ok("POST", "/customers/search/external?pageSize=7&pageNumber=1", {})
    assert page["items"] == everything["items"][7:14]
    assert page["paging"] == {"totalCount": len(everything["items"]) + 10, "pageSize": 7, "pageNumber": 1}
    assert api.ok("POST", "/customers/search/external", {"query": "no such entry"})["items"] == []


def test_tenants_do_not_see_each_others_customers(api, nordlys):
    api.ok("POST", "/customers", EVERYTHING)
    nordlys.refused(404, "GET", "/customers/c-1")
    nordlys.ok("POST", "/customers", {"customerType": "PERSON", "customerUid": "c-1"})
    assert api.ok("GET", "/customers/c-1")["customerType"] == "COMPANY"
