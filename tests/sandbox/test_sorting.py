"""Every list is sorted by every documented field that holds one value, both ways, ties by UID."""

import pytest

from flow_retail_sandbox.spec.collections import read_model
from flow_retail_sandbox.spec.document import load_spec

SPEC = load_spec()
COLLECTIONS = read_model(SPEC).collections.values()
LISTS = [operation for operation in SPEC.operations.values() if operation.paged]


def record_of(operation):
    return SPEC.items_of(operation.result)[1]


def fields_of(operation):
    """Name the fields that hold one value."""
    kinds = {name: SPEC.type_of(schema) for name, schema in SPEC.properties(record_of(operation)).items()}
    return sorted(name for name, kind in kinds.items() if kind in {"string", "integer", "number", "boolean"})


def key_of(operation):
    """Name the field that tells records apart."""
    record = record_of(operation)
    alike = [known for known in COLLECTIONS if SPEC.same(known.schema, record)]
    return next(known.key for known in [*alike, *COLLECTIONS] if known.key in SPEC.properties(record))


def by_name(operation):
    return operation.operation_id if hasattr(operation, "operation_id") else operation


CASES = [(operation, field) for operation in LISTS for field in fields_of(operation)]


@pytest.fixture
def lists(api):
    """A customer with contacts whose fields are equal or differ in case only."""
    uid = api.ok("GET", "/customers?pageSize=1")["items"][0]["customerUid"]
    for number, name in enumerate(("Åse", "åse", "Bo", "bo", "")):
        body = {"firstname": name, "lastname": "Vik", "customerContactUid": f"k-{4 - number}", "role": "NONE"}
        api.ok("POST", f"/customers/{uid}/contacts", body)
    return api


def read(api, operation, query, *, size=500):
    method, url = api.at(operation)
    body = {} if method == "POST" else None
    page = api.ok(method, f"{url}?pageSize={size}&{query}", body)
    return page if isinstance(page, list) else page[SPEC.items_of(operation.result)[0]]


@pytest.mark.parametrize(("operation", "field"), CASES, ids=by_name)
def test_a_list_is_sorted_both_ways_and_ties_keep_their_order(lists, operation, field):
    def order(record):
        value = record.get(field)
        return (value is not None, value.casefold() if isinstance(value, str) else value, record[key])

    key = key_of(operation)
    ascending = read(lists, operation, f"sortBy={field}")
    assert len(ascending) > 1 or operation.path.endswith("}")
    assert ascending == sorted(ascending, key=order)
    assert read(lists, operation, f"sortBy={field}&sortDirection=DESC") == ascending[::-1]


@pytest.mark.parametrize("operation", LISTS, ids=by_name)
def test_without_a_field_a_list_is_in_the_order_of_creation(lists, operation):
    records = read(lists, operation, "sortDirection=ASC")
    stamps = [record["createdAt"] for record in records if "createdAt" in record]
    assert stamps == sorted(stamps)
    assert read(lists, operation, "sortDirection=DESC") == records[::-1]


@pytest.mark.parametrize("operation", LISTS, ids=by_name)
def test_pages_of_a_sorted_list_hold_every_record_once(lists, operation):
    query = f"sortBy={key_of(operation)}&sortDirection=DESC"
    whole = read(lists, operation, query)
    pages = []
    while page := read(lists, operation, f"{query}&pageNumber={len(pages)}", size=3):
        pages.append(page)
    assert [record for page in pages for record in page] == whole
