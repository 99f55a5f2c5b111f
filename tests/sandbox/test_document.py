"""The sandbox and the OpenAPI document agree."""

import json

import pytest

from flow_retail_sandbox.spec import document as spec
from flow_retail_sandbox.spec.document import load_spec, read_spec
from flow_retail_sandbox.spec.validators import Validators, first_error

SHARED = "/customers/customer-00001/contacts/k"

CALLS = [
    ("customer_contacts.create", "POST", "/customer-contacts",
     {"firstname": "a", "lastname": "b", "customerContactUid": "k",
      "customers": [{"customerUid": "customer-00001"}]}),
    ("customer_contacts.list", "GET", "/customer-contacts", None),
    ("customer_contacts.search", "POST", "/customer-contacts/search", {"query": "a"}),
    ("customer_contacts.get", "GET", "/customer-contacts/k", None),
    ("customer_contacts.update", "PUT", "/customer-contacts/k", {"mobile": "1"}),
    ("customer_contacts.list_customers", "GET", "/customer-contacts/k/customers", None),
    ("customer_contacts.add_customers", "POST", "/customer-contacts/k/customers",
     {"customers": [{"customerUid": "customer-00002", "role": "ADMIN"}]}),
    ("customer_contacts.remove_customer", "DELETE", "/customer-contacts/k/customers/customer-00002", None),
    ("customer_contacts.list_for_customer", "GET", "/customers/customer-00001/contacts", None),
    ("customer_contacts.create_for_customer", "POST", "/customers/customer-00001/contacts",
     {"firstname": "a", "lastname": "b", "role": "ADMIN"}),
    ("customer_contacts.get_for_customer", "GET", SHARED, None),
    ("customer_contacts.update_for_customer", "PUT", SHARED, {"lastname": "c"}),
    ("customer_contacts.add_extension", "POST", f"{SHARED}/extensions/TWO_INVOICE", {"storeUid": "store-1"}),
    ("customer_contacts.remove_extension", "DELETE", f"{SHARED}/extensions/TWO_INVOICE",
     {"storeUid": "store-1"}),
    ("customer_contacts.delete_for_customer", "DELETE", SHARED, None),
    ("customer_contacts.delete", "DELETE", "/customer-contacts/contact-00001", None),
    ("customers.list", "GET", "/customers?pageSize=500", None),
    ("customers.create", "POST", "/customers", {"customerType": "B2B", "customerUid": "c-1"}),
    ("customers.search", "POST", "/customers/search", {"query": "a"}),
    ("customers.search_external", "POST", "/customers/search/external", {"query": "a"}),
    ("customers.export", "GET", "/customers/customer-00001/export", None),
    ("customers.print", "POST", "/customers/customer-00001/print", {}),
    ("customers.get", "GET", "/customers/customer-00001", None),
    ("customers.update", "PUT", "/customers/customer-00001", {"city": "Moss"}),
    ("customers.add_extension", "POST", "/customers/c-1/extensions/TWO_INVOICE", {"storeUid": "store-1"}),
    ("customers.remove_extension", "DELETE", "/customers/c-1/extensions/TWO_INVOICE",
     {"storeUid": "store-1"}),
    ("customers.batch", "POST", "/customers/batch", {"delete": [{"customerUid": "nope"}]}),
    ("customers.get_in_store", "GET", "/stores/store-1/customers/c-1", None),
    ("customers.merge", "POST", "/customers/c-1/merge", {"mergeFromCustomerUid": "customer-00001"}),
    ("customers.delete", "DELETE", "/customers/c-1", None),
    ("customer_groups.list", "GET", "/customer-groups", None),
    ("customer_groups.create", "POST", "/customer-groups", {"name": "a", "customerGroupUid": "g"}),
    ("customer_groups.get", "GET", "/customer-groups/g", None),
    ("customer_groups.update", "PUT", "/customer-groups/g", {"name": "b"}),
    ("customer_groups.update_customers", "PUT", "/customer-groups/g/customers",
     {"addCustomerUids": ["customer-00002"]}),
    ("customer_groups.list_customers", "GET", "/customer-groups/g/customers", None),
    ("customer_groups.delete", "DELETE", "/customer-groups/g", None),
]  # fmt: skip


def test_the_operations_of_customers_respond_as_documented(api, sandbox):
    document = load_spec()
    by_name = {operation.operation_id: operation for operation in document.operations.values()}
    validators = Validators(document)
    for name, method, path, body in CALLS:
        response = api(method, path, body)
        assert response.is_success, (name, response.text)
        promised = by_name[name].responses
        assert str(response.status_code) in promised, name
        validator = validators.response(by_name[name], response.status_code)
        if validator is None:
            assert (response.status_code, response.content) == (204, b"")
        else:
            assert response.headers["content-type"] == "application/json"
            assert first_error(validator, response.json()) is None, name
    assert [name for name, *_ in CALLS] == [entry.operation for entry in sandbox.sandbox.requests.latest]
    resources = {name.partition(".")[0] for name, *_ in CALLS}
    assert {name for name, *_ in CALLS} == {name for name in by_name if name.partition(".")[0] in resources}


def test_errors_are_as_documented(api):
    document = load_spec()
    validators = Validators(document)
    operation = document.operations["GET", "/tenants/{tenantUid}/customers/{customerUid}"]
    validator = validators.response(operation, 404)
    assert validator is not None
    assert first_error(validator, api("GET", "/customers/nope").json()) is None


def test_every_seeded_customer_and_its_export_are_as_documented(api):
    for number in range(
        1, 41
    ):  # the sandbox under test checks its responses itself and would respond with 500
        api.ok("GET", f"/customers/customer-{number:05d}/export")
        api.ok("GET", f"/stores/store-1/customers/customer-{number:05d}")


DOCUMENT = {
    "paths": {
        "/tenants/{tenantUid}/novelties": {
            "parameters": [],
            "get": {"responses": {"200": {"description": "", "content": {}}}},
        }
    },
    "components": {"schemas": {"CustomerExtensionCodeENUM": {"enum": ["A"], "type": "string"}}},
}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, [None, "a"], [1]),
        ({"type": "string", "nullable": True, "enum": ["a"]}, [None, "a"], ["b"]),
        ({"type": "array", "items": {"type": "integer"}}, [[1]], [["1"], [1.5]]),
        ({"type": "string", "pattern": "^a$"}, ["a"], ["ab"]),
        ({"type": "string", "format": "date-time"}, ["2024-01-01T00:00:00Z"], ["2024-01-01"]),
    ],
)
def test_an_openapi_schema_means_the_json_schema_it_is_turned_into(schema, good, bad):
    document = read_spec(
        {
            "paths": {
                "/x": {
                    "post": {
                        "requestBody": {"content": {"application/json": {"schema": schema}}},
                        "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
                    }
                }
            },
            "components": {"schemas": {}},
        }
    )
    operation = document.operations["POST", "/x"]
    validators = Validators(document)
    for validator in (validators.sent(operation.body_schema), validators.response(operation, 200)):
        assert all(first_error(validator, value) is None for value in good)
        assert all(first_error(validator, value) is not None for value in bad)


def test_a_missing_document_names_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(spec, "files", lambda _: tmp_path)
    monkeypatch.setattr(spec, "__file__", str(tmp_path / "a" / "b" / "c" / "document.py"))
    with pytest.raises(FileNotFoundError, match="make generate"):
        load_spec.__wrapped__()


def test_the_document_that_came_with_the_package_goes_first(monkeypatch, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    monkeypatch.setattr(spec, "files", lambda _: tmp_path)
    assert list(load_spec.__wrapped__().operations) == [("GET", "/tenants/{tenantUid}/novelties")]
