"""Every list is sorted by every documented field that holds one value, both ways, ties by UID."""

import pytest

from flow_retail_sandbox.spec.document import load_spec

SPEC = load_spec()
SHARED = "/customers/company/contacts"

LISTS = {
    "/customers": "customerUid",
    "/customers/search": "customerUid",
    "/customers/search/external": "customerUid",
    "/customer-contacts": "customerContactUid",
    "/customer-contacts/search": "customerContactUid",
    SHARED: "customerContactUid",
    "/customer-groups": "customerGroupUid",
    "/customer-groups/group-loyalty/customers": "customerUid",
}
TEMPLATES = {
    SHARED: "/customers/{customerUid}/contacts",
    "/customer-groups/group-loyalty/customers": "/customer-groups/{customerGroupUid}/customers",
}


def resolve(schema):
    while "$ref" in schema:
        schema = SPEC.schemas[schema["$ref"].split("/")[-1]]
    return schema


def properties(schema):
    schema = resolve(schema)
    declared = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        declared.update(properties(part))
    return declared


def method_of(path):
    return "POST" if "/search" in path else "GET"


def record_schema(path):
    operation = SPEC.operations[method_of(path), "/tenants/{tenantUid}" + TEMPLATES.get(path, path)]
    return properties(operation.responses["200"])["items"]["items"]


def documented(path):
    """Name the fields that hold one value."""
    kinds = {name: resolve(schema).get("type") for name, schema in properties(record_schema(path)).items()}
    return sorted(name for name, kind in kinds.items() if kind in {"string", "integer", "number", "boolean"})


CASES = [(path, field) for path in LISTS for field in documented(path)]


@pytest.fixture
def lists(api):
    """A company with contacts whose fields are equal or differ in case only."""
    api.ok("POST", "/customers", {"customerType": "COMPANY", "customerUid": "company"})
    for number, name in enumerate(("Åse", "åse", "Bo", "bo", "")):
        body = {"firstname": name, "lastname": "Vik", "customerContactUid": f"k-{4 - number}", "role": "NONE"}
        api.ok("POST", SHARED, body)
    return api


def read(api, path, query, *, size=500):
    body = {} if method_of(path) == "POST" else None
    return api.ok(method_of(path), f"{path}?pageSize={size}&{query}", body)["items"]


def test_as_many_lists_are_tried_as_there_are():
    assert sum(operation.paged for operation in SPEC.operations.values()) == len(LISTS)


@pytest.mark.parametrize(("path", "field"), CASES)
def test_a_list_is_sorted_both_ways_and_ties_keep_their_order(lists, path, field):
    def key(record):
        value = record[field]
        return (value.casefold() if isinstance(value, str) else value, record[LISTS[path]])

    ascending = read(lists, path, f"sortBy={field}")
    assert len(ascending) > 1
    assert ascending == sorted(ascending, key=key)
    assert read(lists, path, f"sortBy={field}&sortDirection=DESC") == ascending[::-1]


@pytest.mark.parametrize("path", LISTS)
def test_without_a_field_a_list_is_in_the_order_of_creation(lists, path):
    stamps = [record["createdAt"] for record in read(lists, path, "sortDirection=ASC")]
    assert stamps == sorted(stamps)
    assert [record["createdAt"] for record in read(lists, path, "sortDirection=DESC")] == stamps[::-1]


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_a_sorted_list_hold_every_record_once(lists, path):
    whole = read(lists, path, "sortBy=createdAt&sortDirection=DESC")
    pages = []
    while page := read(lists, path, f"sortBy=createdAt&sortDirection=DESC&pageNumber={len(pages)}", size=3):
        pages.append(page)
    assert [record for page in pages for record in page] == whole
