"""Shapes that no page has yet: every operation is served about what exists, as documented."""

import pytest
from invented_document import PAGING, TEXT, operation, page, query, ref, thing

from flow_retail_sandbox import run_sandbox
from flow_retail_sandbox.spec.document import read_spec

NUMBER = {"type": "integer"}
ITEM = "/tenants/{tenantUid}/nodes/{nodeId}"


def listed(schema):
    return {"type": "array", "items": schema}


SCHEMAS = {
    "Paging": thing(totalCount=NUMBER, pageSize=NUMBER, pageNumber=NUMBER),
    "Node": thing("id children", id=NUMBER, name=TEXT, children=listed(ref("Node")),
                  parent={"allOf": [ref("Node")], "nullable": True}),
    "Pet": {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "petType"}},
    "Cat": thing("petType petUid", petType={"type": "string", "enum": ["CAT"]}, petUid=TEXT, lives=NUMBER),
    "Dog": thing("petType petUid", petType={"type": "string", "enum": ["DOG"]}, petUid=TEXT),
    "Ticket": {"allOf": [
        thing("ticketId", ticketId={"type": "string", "format": "uuid"}),
        thing(due={"type": "string", "format": "date"}, price={"type": "number", "multipleOf": 0.01},
              labels={"type": "object", "additionalProperties": TEXT}),
    ]},
}  # fmt: skip
LABELS = {"type": "object", "additionalProperties": listed(NUMBER)}
PATHS = {
    "/tenants/{tenantUid}/nodes": {
        "get": operation("nodes.list", listed(ref("Node"))),
        "post": operation("nodes.create", ref("Node"), body=thing(name=TEXT), status=201),
    },
    ITEM: {
        "parameters": [{"name": "nodeId", "in": "path", "required": True, "schema": NUMBER}],
        "get": operation("nodes.get", ref("Node")),
        "put": operation("nodes.update", ref("Node"), body=ref("Node")),
    },
    "/pets": {
        "get": operation("pets.list", page("Pet"), parameters=PAGING),
        "post": operation("pets.create", ref("Pet"), body=ref("Pet"), status=202),
    },
    "/pets/{petUid}": {"get": operation("pets.get", ref("Pet"))},
    "/tickets": {
        "get": operation("tickets.list", listed(ref("Ticket")), parameters=[query("due", TEXT)]),
        "post": operation("tickets.create", ref("Ticket"), body=ref("Ticket")),
    },
    "/tickets/{ticketId}": {"get": operation("tickets.get", ref("Ticket"))},
    "/languages": {"get": operation("languages.list", listed(TEXT))},
    "/number": {"get": operation("number.get", NUMBER), "put": operation("number.set", NUMBER, body=NUMBER)},
    "/labels": {"get": operation("labels.get", LABELS), "put": operation("labels.set", LABELS, body=LABELS)},
    "/anything": {"post": operation("anything", {}, body={})},
    "/one/{first}/{second}": {"get": operation("one.get", thing(first=TEXT, second=TEXT))},
    "/ping": {"get": {"responses": {"200": {"description": "", "content": {"text/plain": {}}}}}},
}
DOCUMENT = {
    "openapi": "3.0.2",
    "info": {"title": "Odd", "version": "1"},
    "paths": PATHS,
    "components": {"schemas": SCHEMAS},
}
BODIES = {
    "nodes.create": {"name": "a"}, "nodes.update": {"id": 1, "children": [{"id": 9, "children": []}]},
    "pets.create": {"petType": "CAT", "petUid": "tom", "lives": 9}, "number.set": 7, "labels.set": {"a": [1]},
    "tickets.create": {"ticketId": "2b0f5c2e-6f0b-4a53-8f8e-0f6d8b3f2a11", "labels": {"a": "b"}},
    "anything": [1, {"a": None}],
}  # fmt: skip
OPERATIONS = list(read_spec(DOCUMENT).operations.values())


@pytest.fixture(scope="module")
def running():
    with run_sandbox(document=DOCUMENT, customers=30) as sandbox:
        yield sandbox


@pytest.fixture
def api(api_of, running):
    return api_of(running)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_every_operation_responds_as_documented(api, operation):
    response = api(*api.at(operation), BODIES.get(operation.operation_id))
    assert response.status_code == operation.status, response.text


def test_what_was_sent_is_read_back(api):
    sent = BODIES["pets.create"]
    api("POST", f"{api.base_url}/pets", sent)
    assert api.ok("GET", f"{api.base_url}/pets/tom") == sent
    assert api.ok("PUT", "/nodes/1", BODIES["nodes.update"]).items() >= BODIES["nodes.update"].items()
    assert api.ok("GET", "/nodes/1")["children"] == [{"id": 9, "children": []}]


def test_an_identifier_has_the_documented_format(api):
    assert all(len(ticket["ticketId"]) == 36 for ticket in api.ok("GET", f"{api.base_url}/tickets"))


@pytest.mark.parametrize("number", ["abc", "1.5", "-1", "²", "9" * 30])
def test_what_is_no_number_is_none_in_a_path(api, number):
    for method in ("GET", "PUT"):
        problem = api.refused(400, method, f"/nodes/{number}", BODIES["nodes.update"])
        assert problem["code"] == "INVALID_PARAMETER"


def test_what_is_no_number_identifies_no_record_that_has_one(running):
    with pytest.raises(ValueError, match="record 1: abc cannot identify a record"):
        running.sandbox.load("nodes", [{"id": "abc"}])
