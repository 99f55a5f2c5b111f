"""Faults of lists: pages that are not as asked for, and records that come and go between them."""

import pytest

from flow_retail_sandbox import Fault


def test_the_page_size_is_clamped_for_a_while(api, faults):
    faults.add(Fault("page_size_clamp", size=3, count=2))
    sizes = [api.ok("GET", "/customers?pageSize=10")["paging"]["pageSize"] for _ in range(3)]
    assert sizes == [3, 3, 10]


def test_the_page_base_can_be_one(api, faults):
    faults.add(Fault("page_base", base=1))
    assert api.ok("GET", "/customers?pageSize=1")["paging"]["pageNumber"] == 1
    assert api.ok("GET", "/customers?pageSize=1")["paging"]["pageNumber"] == 0


def test_a_paging_fault_does_not_touch_what_has_no_pages(api, faults):
    faults.add(Fault("page_base"))
    api.ok("GET", "/customers/customer-00001")
    assert faults.injected == []


LISTS = [
    ("/customers", "customerUid", 40),
    ("/customer-contacts", "customerContactUid", None),
    ("/customer-groups", "customerGroupUid", 4),
]


@pytest.mark.parametrize(("path", "key", "total"), LISTS)
def test_records_added_between_pages(api, faults, path, key, total):
    before = api.ok("GET", path)["paging"]["totalCount"]
    assert total in {None, before}
    faults.add(Fault("records_added", records=2))
    response = api.ok("GET", f"{path}?sortBy=createdAt&sortDirection=DESC&pageSize=2")
    assert response["paging"]["totalCount"] == before + 2
    assert [item[key] for item in response["items"]] == faults.injected[0].detail[::-1]


@pytest.mark.parametrize(("path", "key", "total"), LISTS)
@pytest.mark.parametrize("where", ["start", "end"])
def test_records_removed_between_pages(api, faults, path, key, total, where):
    before = [item[key] for item in api.ok("GET", f"{path}?pageSize=500")["items"]]
    assert total in {None, len(before)}
    faults.add(Fault("records_removed", records=2, where=where, operation=None))
    after = [item[key] for item in api.ok("GET", f"{path}?pageSize=500")["items"]]
    assert after == (before[2:] if where == "start" else before[:-2])
    assert faults.injected[0].detail == (before[:2] if where == "start" else before[-2:])


def test_chosen_records_removed(api, faults):
    faults.add(Fault("records_removed", uids=("customer-00003", "nope")))
    assert "customer-00003" not in api.uids("/customers")
    assert faults.injected[0].detail == ["customer-00003"]


def test_records_of_an_unknown_tenant_cannot_come(api, faults, sandbox):
    faults.add(Fault("records_added"))
    api.url = f"{sandbox.base_url}/tenants/nobody"
    api.refused(404, "GET", "/customers")
