"""Customer groups and their members."""

import pytest


@pytest.fixture
def group(api):
    return api.ok("POST", "/customer-groups", {"customerGroupUid": "g", "name": "Gruppe"})


def test_a_group_is_created_read_renamed_and_deleted(api, group):
    assert api.ok("GET", "/customer-groups/g") == group
    renamed = api.ok("PUT", "/customer-groups/g", {"name": "Ny"})
    assert (renamed["name"], renamed["createdAt"]) == ("Ny", group["createdAt"])
    assert api.ok("PUT", "/customer-groups/g", {})["name"] == "Ny"
    assert api("DELETE", "/customer-groups/g").status_code == 204
    api.refused(404, "GET", "/customer-groups/g")
    api.refused(404, "DELETE", "/customer-groups/g")


def test_an_empty_uid_is_as_good_as_none(api):
    first = api.ok("POST", "/customer-groups", {"customerGroupUid": "", "name": "x"})
    assert first["customerGroupUid"]


@pytest.mark.usefixtures("group")
def test_a_uid_that_is_taken_is_a_conflict(api):
    body = {"customerGroupUid": "g", "name": "x"}
    assert api.refused(409, "POST", "/customer-groups", body)["code"] == "CUSTOMER_GROUP_EXISTS"


@pytest.mark.usefixtures("group")
def test_customers_join_and_leave_a_group(api):
    path = "/customer-groups/g/customers"
    assert api("PUT", path, {"addCustomerUids": ["customer-00001", "customer-00002"]}).status_code == 204
    api.ok("PUT", path, {"addCustomerUids": ["customer-00001"], "removeCustomerUids": ["customer-00002"]})
    assert api.uids(path) == ["customer-00001"]
    assert "g" in api.ok("GET", "/customers/customer-00001")["customerGroupUids"]
    assert "g" not in api.ok("GET", "/customers/customer-00002")["customerGroupUids"]


@pytest.mark.usefixtures("group")
def test_an_unknown_member_changes_nothing(api):
    body = {"addCustomerUids": ["customer-00001", "nope"]}
    assert api.refused(422, "PUT", "/customer-groups/g/customers", body)["code"] == "UNKNOWN_CUSTOMER"
    assert api.uids("/customer-groups/g/customers") == []


@pytest.mark.usefixtures("group")
def test_a_customer_can_be_put_into_groups_by_its_own_update(api):
    api.ok("PUT", "/customers/customer-00001", {"customerGroupUids": ["g", "g"]})
    assert api.uids("/customer-groups/g/customers") == ["customer-00001"]
    assert api.ok("PUT", "/customers/customer-00001", {"customerGroupUids": []})["customerGroupUids"] == []
    assert api.uids("/customer-groups/g/customers") == []


@pytest.mark.usefixtures("group")
def test_a_deleted_group_leaves_its_members_and_a_deleted_member_its_group(api):
    api.ok("PUT", "/customer-groups/g/customers", {"addCustomerUids": ["customer-00001", "customer-00002"]})
    api.ok("DELETE", "/customers/customer-00002")
    assert api.uids("/customer-groups/g/customers") == ["customer-00001"]
    api.ok("DELETE", "/customer-groups/g")
    assert "g" not in api.ok("GET", "/customers/customer-00001")["customerGroupUids"]


@pytest.mark.usefixtures("group")
def test_a_groups_customers_are_paged_and_sorted(api):
    uids = [f"customer-{number:05d}" for number in range(1, 8)]
    api.ok("PUT", "/customer-groups/g/customers", {"addCustomerUids": uids[::-1]})
    path = "/customer-groups/g/customers?pageSize=3"
    assert api.uids(path) + api.uids(path + "&pageNumber=1") + api.uids(path + "&pageNumber=2") == uids
    assert api.uids(path + "&sortBy=customerUid&sortDirection=DESC") == uids[:3:-1]


def test_groups_are_paged(api):
    page = api.ok("GET", "/customer-groups?pageSize=3&pageNumber=1")
    assert [group["customerGroupUid"] for group in page["items"]] == ["group-vip"]
    assert page["paging"] == {"totalCount": 4, "pageSize": 3, "pageNumber": 1}


def test_groups_are_listed_and_sorted(api):
    listed = api.ok("GET", "/customer-groups?sortBy=name")
    assert [group["name"] for group in listed["items"]] == [
        "Ansatte",
        "Gullkunder",
        "Kundeklubb",
        "Proff og håndverk",
    ]
