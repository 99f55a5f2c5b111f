"""Searching customers, as the reference describes it."""

import pytest


@pytest.fixture
def people(api):
    """Four customers that only these tests know."""
    stored = {
        "s-1": {"customerType": "PERSON", "firstname": "Zåkari", "lastname": "Øvrum", "city": "Zby",
                "mobile": "+4700777001", "email": "zaakari@example.org", "postalCode": "0999"},
        "s-2": {"customerType": "COMPANY", "companyName": "Zåkari Bygg AS", "vatNumber": "917777777",
                "defaultStoreUid": "store-z"},
        "s-3": {"customerType": "COMPANY", "companyName": "Avdeling", "customerParentUid": "s-2",
                "city": "Zby"},
        "s-4": {"customerType": "B2B", "companyName": "Annet", "email": "annet@example.org"},
    }  # fmt: skip
    for uid, body in stored.items():
        api.ok("POST", "/customers", {**body, "customerUid": uid})
    contact = {
        "firstname": "Zelda",
        "lastname": "Quist",
        "email": "zelda@example.org",
        "customerContactUid": "k",
    }
    api.ok("POST", "/customers/s-4/contacts", contact)
    return api


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"query": "ZÅKARI"}, ["s-1", "s-2"]),
        ({"query": "zåkari øvrum"}, ["s-1"]),
        ({"query": "zby"}, ["s-1", "s-3"]),
        ({"query": "00777001"}, ["s-1"]),
        ({"query": "za\u030akari o\u0308vrum"}, []),
        ({"query": "za\u030akari"}, ["s-1", "s-2"]),
        ({"query": "zåkari as"}, ["s-2"]),
        ({"scope": ["CUSTOMER", "CONTACT"], "query": "annet"}, ["s-4"]),
        ({"scope": ["CUSTOMER", "CONTACT"], "query": "zelda"}, ["s-4"]),
        ({"customerParentUid": "s-2", "customerTypes": ["PERSON"]}, []),
        ({"query": "zaakari@"}, ["s-1"]),
        ({"query": "917777777"}, ["s-2"]),
        ({"query": "zby 0999"}, ["s-1"]),
        ({"query": "zåkari", "exactMatch": True}, ["s-1"]),
        ({"query": "zåkari bygg as", "exactMatch": True}, ["s-2"]),
        ({"query": "zåka", "exactMatch": True}, []),
        ({"query": "zåkari", "customerTypes": ["COMPANY", "B2B"]}, ["s-2"]),
        ({"query": "zåkari", "customerTypes": []}, ["s-1", "s-2"]),
        ({"mobile": "+4700777001"}, ["s-1"]),
        ({"email": "ZAAKARI@example.org", "exactMatch": True}, ["s-1"]),
        ({"vatNumber": "9177777"}, ["s-2"]),
        ({"vatNumber": "9177777", "exactMatch": True}, []),
        ({"email": "example.org", "query": "annet"}, ["s-4"]),
        ({"storeUid": "store-z"}, ["s-2"]),
        ({"customerParentUid": "s-2"}, ["s-3"]),
        ({"query": "zelda"}, []),
        ({"query": "zelda quist", "scope": ["CONTACT"]}, ["s-4"]),
        ({"email": "zelda@example.org", "scope": ["CONTACT"]}, ["s-4"]),
        ({"query": "zåkari", "scope": ["CONTACT"]}, []),
        ({"vatNumber": "917777777", "scope": ["CONTACT"]}, []),
        (
            {"query": "z", "scope": ["CUSTOMER", "CONTACT"], "customerTypes": ["B2B"], "email": "zelda"},
            ["s-4"],
        ),
        ({"query": "0999\x1fzåkari bygg as", "exactMatch": True}, []),
    ],
)
def test_a_search_finds(people, criteria, found):
    uids = people.uids("/customers/search?pageSize=500", criteria)
    assert [uid for uid in uids if uid.startswith("s-")] == found
    assert criteria.get("customerTypes") != [] or uids == found


def test_a_field_asked_for_by_itself_is_not_searched_by_the_query(people):
    assert people.uids("/customers/search", {"query": "zaakari", "email": "zaakari"}) == []


def test_created_at_finds_what_was_created_then_or_later(people):
    moment = people.ok("GET", "/customers/s-3")["createdAt"]
    assert people.uids("/customers/search", {"createdAt": moment}) == ["s-3", "s-4"]
    later = moment.replace("Z", "+00:00").replace("T", "t")
    assert people.uids("/customers/search", {"createdAt": later}) == ["s-3", "s-4"]


@pytest.mark.parametrize(
    "moment", ["0000-01-01T00:00:00Z", "2016-12-31T23:59:60Z", "0001-01-01T00:00:00+23:59", "2024-01-01", "x"]
)
def test_a_moment_that_no_calendar_has_is_refused(api, moment):
    assert api.refused(400, "POST", "/customers/search", {"createdAt": moment})["code"] == "INVALID_FIELD"


def test_a_search_for_nothing_lists_everything(api):
    assert api("POST", "/customers/search").json() == api("GET", "/customers").json()
    assert api("POST", "/customers/search", {}).json() == api("GET", "/customers").json()


def test_contact_scope_alone_lists_customers_with_contacts(people):
    listed = people.ok("POST", "/customers/search?pageSize=500", {"scope": ["CONTACT"]})["items"]
    assert all(customer["contacts"] for customer in listed)
    assert listed[-1]["customerUid"] == "s-4"


def test_what_fits_better_is_more_relevant(people):
    path = "/customers/search?sortBy=relevance&sortDirection=DESC"
    found = people.ok("POST", path, {"query": "zåkari"})["items"]
    assert [(c["customerUid"], c["relevance"]) for c in found] == [("s-1", 1.0), ("s-2", 0.75)]
    assert people.ok("GET", "/customers/s-1")["relevance"] == 0


def test_found_customers_are_sorted_and_paged(people):
    path = "/customers/search?sortBy=companyName&sortDirection=DESC&pageSize=1"
    first, second = (people.ok("POST", f"{path}&pageNumber={n}", {"query": "zby"}) for n in (0, 1))
    assert [first["items"][0]["customerUid"], second["items"][0]["customerUid"]] == ["s-3", "s-1"]
    assert second["paging"] == {"totalCount": 2, "pageSize": 1, "pageNumber": 1}
