"""Pages, sizes, orders."""

import pytest

from flow_retail_sandbox import run_sandbox


def pages(api, path, *, first=0, size=7):
    """Read a list page by page until an empty page."""
    separator = "&" if "?" in path else "?"
    number = first
    while items := api.ok("GET", f"{path}{separator}pageSize={size}&pageNumber={number}")["items"]:
        yield items
        number += 1


def test_an_omitted_page_number_means_the_first_page(api):
    response = api.ok("GET", "/customers")
    assert response["paging"] == {"totalCount": 40, "pageSize": 50, "pageNumber": 0}
    assert response == api.ok("GET", "/customers?pageNumber=0")


def test_pages_hold_every_record_once_in_the_order_of_creation(api):
    read = [customer for page in pages(api, "/customers") for customer in page]
    assert [c["customerUid"] for c in read] == [f"customer-{n:05d}" for n in range(1, 41)]
    stamps = [c["createdAt"] for c in read]
    assert stamps == sorted(set(stamps))


def test_a_page_past_the_end_is_empty_and_no_error(api):
    response = api.ok("GET", "/customers?pageNumber=999999999999")
    assert response["items"] == []
    assert response["paging"]["totalCount"] == 40


def test_a_page_size_beyond_the_largest_is_clamped_and_reported(api):
    assert api.ok("GET", "/customers?pageSize=100000")["paging"]["pageSize"] == 500


@pytest.mark.parametrize(
    "query",
    [
        "pageNumber=-1", "pageNumber=x", "pageNumber=", "pageNumber=1.5", "pageNumber=9999999999999999999999",
        "pageNumber=%D9%A1", "pageSize=0", "pageSize=-5", "pageSize=ten", "sortBy=nope", "sortBy=",
        "sortBy=defaultStore", "sortBy=credit", "sortBy=%00", "sortDirection=asc", "sortDirection=",
    ],
)  # fmt: skip
def test_a_malformed_paging_parameter_is_refused_by_name(api, query):
    problem = api.refused(400, "GET", f"/customers?{query}")
    assert problem["code"] == "INVALID_PARAMETER"
    assert query.split("=")[0] in problem["message"]


@pytest.mark.parametrize("field", ["lastname", "createdAt", "customerType", "ehfEnabled", "paymentTerms"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_lists_are_sorted_by_any_single_valued_field_with_ties_by_uid(api, field, direction):
    path = f"/customers?sortBy={field}&sortDirection={direction}"
    read = [customer for page in pages(api, path) for customer in page]
    assert len(read) == 40

    def key(customer):
        value = customer[field]
        return (value.casefold() if isinstance(value, str) else value, customer["customerUid"])

    assert read == sorted(read, key=key, reverse=direction == "DESC")


def test_a_kept_order_follows_creations_changes_and_deletions(api):
    path = "/customers?sortBy=lastname&pageSize=500"
    assert "aaa" not in api.uids(path)
    api.ok("POST", "/customers", {"customerType": "PERSON", "customerUid": "aaa", "lastname": "!"})
    api.ok("PUT", "/customers/customer-00009", {"lastname": "!!"})
    ordered = api.uids(path)
    assert ordered.index("aaa") + 1 == ordered.index("customer-00009")
    api.ok("DELETE", "/customers/aaa")
    assert "aaa" not in api.uids(path)
    assert len(api.uids(path)) == 40


def test_an_order_is_right_again_after_a_change_was_taken_back(api, sandbox):
    api.uids("/customers?sortBy=lastname")

    def delete_and_fail():
        with sandbox.sandbox.lock, sandbox.sandbox.state.transaction():
            sandbox.sandbox.state.tenants["acme"].tables["customers"].delete("customer-00001")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        delete_and_fail()
    assert len(api.uids("/customers?sortBy=lastname")) == 40
    assert api.uids("/customers")[0] == "customer-00001"


def test_an_external_id_filters_the_list(api):
    for uid in ("x", "y"):
        body = {"customerType": "PERSON", "customerUid": uid, "externalId": "MINE"}
        api.ok("POST", "/customers", body)
    path = "/customers?customerExternalId=MINE&sortBy=customerUid&sortDirection=DESC"
    assert api.uids(path) == ["y", "x"]
    assert api.ok("GET", path + "&pageSize=1&pageNumber=1")["paging"]["totalCount"] == 2
    assert api.uids("/customers?customerExternalId=mine%00") == []


def test_numbering_can_start_at_one(api_of):
    with run_sandbox(customers=20, page_base=1, max_page_size=5) as sandbox:
        api = api_of(sandbox)
        first = api.ok("GET", "/customers")
        assert first["paging"] == {"totalCount": 20, "pageSize": 5, "pageNumber": 1}
        assert first == api.ok("GET", "/customers?pageNumber=1")
        assert sum(len(page) for page in pages(api, "/customers", first=1, size=500)) == 20
        api.refused(400, "GET", "/customers?pageNumber=0")


def test_a_page_is_found_without_reading_the_pages_before_it(api, sandbox):
    items = [{"customerType": "PERSON", "customerUid": f"m-{n}"} for n in range(3000)]
    api.ok("POST", "/customers/batch", {"upsert": items})
    api.uids("/customers")  # the order is read once
    statements = []
    connection = sandbox.sandbox.state.connection
    connection.set_trace_callback(statements.append)
    try:
        assert len(api.uids("/customers?pageNumber=60&pageSize=50")) == 40
    finally:
        connection.set_trace_callback(None)
    assert [s.split("WHERE")[0] for s in statements] == ["SELECT id, doc FROM record "]
    assert statements[0].count(",") <= 41
