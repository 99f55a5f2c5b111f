"""Contacts, shared between customers."""

import pytest


@pytest.fixture
def shared(api):
    """A contact of two customers."""
    for uid in ("a", "b"):
        api.ok(
            "POST", "/customers", {"customerType": "COMPANY", "customerUid": uid, "companyName": uid.upper()}
        )
    api.ok(
        "POST",
        "/customer-contacts",
        {
            "customerContactUid": "k",
            "firstname": "Liv",
            "lastname": "Ås",
            "email": "liv@example.com",
            "mobile": "1",
            "customers": [{"customerUid": "a", "role": "ADMIN"}, {"customerUid": "b"}],
        },
    )
    return api


def test_a_contact_is_read_back_with_its_customers(shared):
    contact = shared.ok("GET", "/customer-contacts/k")
    assert (contact["displayName"], contact["email"], contact["mobile"]) == ("Liv Ås", "liv@example.com", "1")
    assert [(c["customerUid"], c["displayName"], c["role"]) for c in contact["customers"]] == [
        ("a", "A", "ADMIN"),
        ("b", "B", "NONE"),
    ]


def test_each_of_its_customers_shows_the_contact(shared):
    for uid, role in (("a", "ADMIN"), ("b", "NONE")):
        contact = shared.ok("GET", f"/customers/{uid}/contacts/k")
        assert contact["role"] == role
        assert shared.ok("GET", f"/customers/{uid}")["contacts"] == [contact]
        assert shared.ok("GET", f"/customers/{uid}/contacts")["items"] == [contact]


def test_creating_returns_201_and_generates_a_uid_if_none_was_sent(api):
    response = api("POST", "/customer-contacts", {"firstname": "Liv", "lastname": "Ås"})
    assert response.status_code == 201
    assert api.ok("GET", f"/customer-contacts/{response.json()['customerContactUid']}") == response.json()


@pytest.mark.parametrize("path", ["/customer-contacts/k", "/customers/b/contacts/k"])
def test_an_update_is_seen_by_all_its_customers(shared, path):
    changed = shared.ok("PUT", path, {"lastname": "Moen"})
    assert (changed["firstname"], changed["displayName"]) == ("Liv", "Liv Moen")
    for uid in ("a", "b"):
        assert shared.ok("GET", f"/customers/{uid}")["contacts"][0]["lastname"] == "Moen"


def test_a_new_customer_name_is_seen_in_the_contact(shared):
    shared.ok("PUT", "/customers/a", {"companyName": "Nytt navn"})
    assert shared.ok("GET", "/customer-contacts/k")["customers"][0]["displayName"] == "Nytt navn"


def test_a_deleted_contact_is_gone_everywhere(shared):
    assert shared("DELETE", "/customer-contacts/k").status_code == 204
    shared.refused(404, "GET", "/customer-contacts/k")
    for uid in ("a", "b"):
        shared.refused(404, "GET", f"/customers/{uid}/contacts/k")
        assert shared.ok("GET", f"/customers/{uid}")["contacts"] == []


def test_a_contact_outlives_its_customers(shared):
    shared.ok("DELETE", "/customers/a")
    assert [c["customerUid"] for c in shared.ok("GET", "/customer-contacts/k")["customers"]] == ["b"]


def test_customers_are_added_to_a_contact_and_taken_away(shared):
    shared.ok("POST", "/customers", {"customerType": "COMPANY", "customerUid": "c"})
    links = [
        {"customerUid": "c", "role": "ACCOUNTING"},
        {"customerUid": "b", "role": "PURCHASER"},
        {"customerUid": "a"},
    ]
    response = shared.ok("POST", "/customer-contacts/k/customers", {"customers": links})
    roles = {c["customerUid"]: c["role"] for c in response["items"]}
    assert roles == {"a": "ADMIN", "b": "PURCHASER", "c": "ACCOUNTING"}
    assert shared.ok("GET", "/customer-contacts/k/customers") == response
    assert shared("DELETE", "/customer-contacts/k/customers/c").status_code == 204
    shared.refused(404, "DELETE", "/customer-contacts/k/customers/c")
    assert shared.ok("POST", "/customer-contacts/k/customers", {})["items"] == response["items"][:2]


def test_a_contact_is_created_for_a_customer(api):
    body = {"firstname": "Pål", "lastname": "Vik", "role": "PURCHASER", "customerContactUid": "k"}
    response = api("POST", "/customers/customer-00001/contacts", body)
    assert response.status_code == 200
    assert response.json()["role"] == "PURCHASER"
    assert api.ok("GET", "/customers/customer-00001/contacts/k") == response.json()
    assert (
        api.refused(409, "POST", "/customers/customer-00001/contacts", body)["code"]
        == "CUSTOMER_CONTACT_EXISTS"
    )
    api.refused(404, "POST", "/customers/nope/contacts", body)


def test_deleting_a_customers_contact_deletes_the_person_with_the_last_customer(shared):
    assert shared("DELETE", "/customers/a/contacts/k").status_code == 204
    shared.ok("GET", "/customer-contacts/k")
    shared.refused(404, "GET", "/customers/a/contacts/k")
    shared.ok("DELETE", "/customers/b/contacts/k")
    shared.refused(404, "GET", "/customer-contacts/k")


def test_extensions_belong_to_the_connection_with_one_customer(shared):
    path = "/customers/a/contacts/k/extensions/TWO_INVOICE"
    extension = {"extensionCode": "TWO_INVOICE", "organizationUid": "store-1"}
    assert shared.ok("POST", path, {"storeUid": "store-1"})["extensions"] == [extension]
    assert shared.ok("GET", "/customers/a")["contacts"][0]["extensions"] == [extension]
    assert shared.ok("GET", "/customers/b/contacts/k")["extensions"] == []
    assert shared.ok("GET", "/customer-contacts/k")["customers"][0]["extensions"] == [extension]
    assert shared("DELETE", path, {"storeUid": "store-1"}).status_code == 204
    shared.refused(404, "DELETE", path, {"storeUid": "store-1"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "nobody"}, "INVALID_EMAIL"),
        ({"customers": [{"customerUid": "nope"}]}, "UNKNOWN_CUSTOMER"),
    ],
)
def test_a_contact_that_makes_no_sense_is_refused(api, change, code):
    body = {"firstname": "Liv", "lastname": "Ås", "customerContactUid": "k", **change}
    assert api.refused(422, "POST", "/customer-contacts", body)["code"] == code
    api.refused(404, "GET", "/customer-contacts/k")


def test_an_unknown_contact_is_not_found_by_any_operation(api):
    for method, path, body in (
        ("GET", "/customer-contacts/nope", None),
        ("PUT", "/customer-contacts/nope", {}),
        ("DELETE", "/customer-contacts/nope", None),
        ("GET", "/customer-contacts/nope/customers", None),
        ("POST", "/customer-contacts/nope/customers", {}),
        ("PUT", "/customers/customer-00001/contacts/nope", {}),
        ("DELETE", "/customers/customer-00001/contacts/nope", None),
    ):
        assert api.refused(404, method, path, body)["code"] == "CUSTOMER_CONTACT_NOT_FOUND"


def test_a_customers_contacts_are_sorted_and_paged(shared):
    shared.ok(
        "POST", "/customers/a/contacts", {"firstname": "Anne", "lastname": "B", "customerContactUid": "x"}
    )
    shared.ok(
        "POST", "/customers/a/contacts", {"firstname": "Åse", "lastname": "C", "customerContactUid": "y"}
    )

    def names(query):
        return [c["firstname"] for c in shared.ok("GET", f"/customers/a/contacts{query}")["items"]]

    assert names("") == ["Liv", "Anne", "Åse"]
    assert names("?sortBy=firstname&sortDirection=DESC") == ["Åse", "Liv", "Anne"]
    assert names("?sortBy=role") == ["Liv", "Anne", "Åse"]
    page = shared.ok("GET", "/customers/a/contacts?pageSize=2&pageNumber=1")
    assert page["paging"] == {"totalCount": 3, "pageSize": 2, "pageNumber": 1}
    assert len(page["items"]) == 1


def test_contacts_are_listed_and_sorted(shared):
    listed = shared.ok("GET", "/customer-contacts?sortBy=lastname&sortDirection=DESC&pageSize=500")
    names = [contact["lastname"].casefold() for contact in listed["items"]]
    assert names == sorted(names, reverse=True)
    assert listed["paging"]["totalCount"] == len(names)


def test_contacts_are_searched_by_name_email_and_mobile(shared):
    def found(criteria):
        items = shared.ok("POST", "/customer-contacts/search", criteria)["items"]
        return [contact["customerContactUid"] for contact in items]

    assert found({"query": "LIV ås"}) == ["k"]
    assert found({"email": "LIV@"}) == ["k"]
    assert found({"mobile": "1", "email": "liv@example.com"}) == ["k"]
    assert found({"query": "liv", "email": "nobody@"}) == []
    assert len(found({})) == shared.ok("GET", "/customer-contacts")["paging"]["totalCount"]
