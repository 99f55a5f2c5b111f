"""Merging a duplicate into the customer that is kept."""

import pytest


@pytest.fixture
def pair(api):
    api.ok("POST", "/customer-groups", {"customerGroupUid": "g-1", "name": "En"})
    api.ok("POST", "/customer-groups", {"customerGroupUid": "g-2", "name": "To"})
    for uid, group, consent in (("kept", "g-1", "consent-sms"), ("duplicate", "g-2", "consent-newsletter")):
        api.ok(
            "POST",
            "/customers",
            {
                "customerUid": uid,
                "customerType": "COMPANY",
                "companyName": uid,
                "customerGroupUids": [group],
                "consents": [
                    {"consentUid": consent, "status": True, "source": "POS"},
                    {"consentUid": "both", "status": uid == "kept", "source": "POS"},
                ],
            },
        )
        api.ok("POST", f"/customers/{uid}/extensions/TWO_INVOICE", {"storeUid": f"store-of-{uid}"})
    return api


def merge(api, kept="kept", duplicate="duplicate"):
    return api.ok("POST", f"/customers/{kept}/merge", {"mergeFromCustomerUid": duplicate})


def test_the_duplicate_is_gone_and_the_kept_fields_stay(pair):
    assert merge(pair)["companyName"] == "kept"
    pair.refused(404, "GET", "/customers/duplicate")


def test_contacts_move_to_the_kept_customer(pair):
    for uid, customers in (("k-1", ["duplicate"]), ("k-2", ["kept", "duplicate"])):
        links = [{"customerUid": customer, "role": customer_role(customer)} for customer in customers]
        body = {"customerContactUid": uid, "firstname": "Liv", "lastname": uid, "customers": links}
        pair.ok("POST", "/customer-contacts", body)
    contacts = merge(pair)["contacts"]
    assert {contact["customerContactUid"]: contact["role"] for contact in contacts} == {
        "k-1": "PURCHASER",
        "k-2": "ADMIN",
    }
    for uid in ("k-1", "k-2"):
        linked = pair.ok("GET", f"/customer-contacts/{uid}/customers")["items"]
        assert [customer["customerUid"] for customer in linked] == ["kept"]


def customer_role(uid: str) -> str:
    return "ADMIN" if uid == "kept" else "PURCHASER"


def test_group_memberships_move_to_the_kept_customer(pair):
    assert merge(pair)["customerGroupUids"] == ["g-1", "g-2"]
    assert pair.uids("/customer-groups/g-2/customers") == ["kept"]


def test_consents_and_extensions_that_the_kept_customer_lacks_move_to_it(pair):
    kept = merge(pair)
    consents = {consent["consentUid"]: consent["status"] for consent in kept["consents"]}
    assert consents == {"consent-sms": True, "consent-newsletter": True, "both": True}
    assert [e["organizationUid"] for e in kept["extensions"]] == ["store-of-kept", "store-of-duplicate"]


def test_orders_and_services_move_to_the_kept_customer(api):
    exports = {n: api.ok("GET", f"/customers/customer-{n:05d}/export") for n in (1, 2, 3, 4, 5, 6)}
    for number in (2, 3, 4, 5, 6):
        merge(api, "customer-00001", f"customer-{number:05d}")
    merged = api.ok("GET", "/customers/customer-00001/export")
    for part, key in (("orders", "orderUid"), ("services", "serviceOrderUid")):
        before = [entry[key] for export in exports.values() for entry in export[part]]
        assert [entry[key] for entry in merged[part]] == before
        assert {entry["customerUid"] for entry in merged[part]} == {"customer-00001"}


def test_departments_of_the_duplicate_become_departments_of_the_kept_customer(pair):
    department = {"customerUid": "d", "customerType": "COMPANY", "customerParentUid": "duplicate"}
    pair.ok("POST", "/customers", department)
    merge(pair)
    assert pair.ok("GET", "/customers/d")["customerParentUid"] == "kept"


def test_a_department_can_be_kept_when_its_main_customer_is_the_duplicate(pair):
    pair.ok("PUT", "/customers/kept", {"customerParentUid": "duplicate"})
    assert merge(pair)["customerParentUid"] == ""


def test_a_department_of_a_department_takes_the_place_of_the_duplicate(api):
    for uid, parent in (("main", ""), ("duplicate", "main"), ("between", "duplicate"), ("kept", "between")):
        body = {"customerUid": uid, "customerType": "COMPANY"}
        api.ok("POST", "/customers", {**body, "customerParentUid": parent} if parent else body)
    assert merge(api)["customerParentUid"] == "main"
    assert api.ok("GET", "/customers/between")["customerParentUid"] == "kept"
    # No circle: the way up ends.
    api.ok("PUT", "/customers/between", {"customerParentUid": "main"})


def test_a_customer_cannot_be_merged_with_itself_or_with_nobody(pair):
    body = {"mergeFromCustomerUid": "kept"}
    assert pair.refused(400, "POST", "/customers/kept/merge", body)["code"] == "MERGE_WITH_ITSELF"
    pair.refused(404, "POST", "/customers/kept/merge", {"mergeFromCustomerUid": "nope"})
    pair.refused(404, "POST", "/customers/nope/merge", body)
