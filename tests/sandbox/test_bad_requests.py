"""Every bad request is refused as such by every operation, over a real socket; never with a 500."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from flow_retail_sandbox.server.request import MAX_BODY_BYTES
from flow_retail_sandbox.spec.document import load_spec
from flow_retail_sandbox.spec.validators import LARGEST_INTEGER, LONGEST_STRING, LONGEST_UID

JSON = {"content-type": "application/json"}
SPEC = load_spec()
OPERATIONS = list(SPEC.operations.values())
WITH_BODY = [operation for operation in OPERATIONS if operation.body_schema is not None]
UIDS = [
    pytest.param(operation, parameter, id=f"{operation.operation_id}-{parameter.name}")
    for operation in OPERATIONS
    for parameter in operation.parameters
    if parameter.location == "path" and parameter.name != "tenantUid"
]


def named(operations):
    return pytest.mark.parametrize("operation", operations, ids=lambda operation: operation.operation_id)


def good(schema: dict[str, Any]) -> Any:
    """The least that fits a schema."""
    schema = SPEC.resolve(schema)
    if "enum" in schema:
        return schema["enum"][0]
    match SPEC.type_of(schema):
        case "object":
            return {name: good(SPEC.properties(schema)[name]) for name in SPEC.required(schema)}
        case "array":
            return [good(schema["items"])]
        case "boolean":
            return True
        case "integer" | "number":
            return 1
        case _:
            return "2024-01-01T00:00:00Z" if schema.get("format") == "date-time" else "x"


def spoiled(schema: dict[str, Any], wrong) -> Iterator[Any]:
    """Bodies that are good but for one value; `wrong` gives the bad values for what a schema means."""
    # A reference has its `nullable` beside it, around an `allOf`.
    nullable = {"nullable": True} if schema.get("nullable") else {}
    schema = SPEC.resolve(schema)
    yield from wrong(schema | nullable)
    if schema.get("type") == "array":
        for item in spoiled(schema["items"], wrong):
            yield [item]
    for name, field in SPEC.properties(schema).items():
        for value in spoiled(field, wrong):
            yield {**good(schema), name: value}


def refuse_all(api, wrong, *codes: str) -> int:
    """Send every spoiled body to every operation that takes one; each is refused with one of the codes."""
    tried = 0
    for operation in WITH_BODY:
        for body in spoiled(operation.body_schema or {}, wrong):
            problem = api.refused(400, *api.at(operation), content=json.dumps(body), headers=JSON)
            assert problem["code"] in codes, (operation.operation_id, body)
            tried += 1
    assert tried >= len(WITH_BODY) / 2
    return tried


def texts(*values: str):
    return lambda schema: values if schema.get("type") == "string" and "enum" not in schema else ()


def test_wrong_types_are_refused_for_every_field(api):
    kinds = {"object": [1, "x", []], "array": [1, "x", {}], "string": [1, True, []], "boolean": [1, "true"]}
    kinds |= {"integer": ["1", 1.5, True], "number": ["1", True]}

    def other(schema):
        nothing = [] if schema.get("nullable") else [None]
        return [*kinds[schema["type"]], *nothing] if "type" in schema else []

    assert refuse_all(api, other, "INVALID_FIELD") > 500


def test_unknown_enum_values_are_refused_for_every_enum(api):
    refuse_all(api, lambda schema: ["SOMETHING_NEW", ""] if "enum" in schema else [], "INVALID_FIELD")


def test_huge_numbers_are_refused_for_every_number(api):
    beyond = [LARGEST_INTEGER + 1, -LARGEST_INTEGER - 1, 10**30, 1e300]
    refuse_all(
        api,
        lambda schema: beyond if schema.get("type") == "integer" else [],
        "INVALID_FIELD",
        "MALFORMED_JSON",
    )


def test_huge_strings_are_refused_for_every_text(api):
    def longer(schema):
        if schema.get("type") != "string" or "enum" in schema:
            return []
        return ["a" * (1 + (LONGEST_UID if "pattern" in schema else LONGEST_STRING))]

    refuse_all(api, longer, "INVALID_FIELD")


def test_nul_is_refused_in_every_text(api):
    refuse_all(api, texts("\x00", "a\x00b"), "INVALID_FIELD")


@named(WITH_BODY)
class TestEveryOperationThatTakesABody:
    """What is wrong with a body as a whole."""

    @pytest.mark.parametrize("escape", [r"\ud800", r"\udfff", r"\ud800a", r"\udc00\ud800"])
    def test_half_a_surrogate_pair_is_refused(self, api, operation, escape):
        content = b'{"x":"' + escape.encode() + b'"}'
        assert api.refused(400, *api.at(operation), content=content, headers=JSON)["code"] == "MALFORMED_JSON"

    @pytest.mark.parametrize("depth", [2_000, 200_000])
    def test_deep_nesting_is_refused(self, api, operation, depth):
        for opened, closed in ((b"[", b"]"), (b'{"x":', b"}")):
            content = opened * depth + b"1" + closed * depth
            assert (
                api.refused(400, *api.at(operation), content=content, headers=JSON)["code"]
                == "MALFORMED_JSON"
            )

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "/"]
    )
    def test_another_content_type_is_refused(self, api, operation, kind):
        api.refused(415, *api.at(operation), content=b"{}", headers={"content-type": kind})

    def test_no_body_is_refused_where_one_is_required(self, api, operation):
        response = api(*api.at(operation), content=b"", headers=JSON)
        assert (response.status_code == 400) is operation.body_required
        if operation.body_required:
            assert response.json()["code"] == "BODY_REQUIRED"

    def test_a_body_that_is_no_object_is_refused(self, api, operation):
        for content in (b"null", b"[]", b"1", b'"x"', b"true"):
            api.refused(400, *api.at(operation), content=content, headers=JSON)


def test_a_body_of_50_megabytes_is_refused_whichever_way_it_comes(api):
    body = b'{"customerType":"PERSON","firstname":"' + b"a" * 50_000_000 + b'"}'
    assert len(body) > MAX_BODY_BYTES
    parts = (body[start : start + 2**20] for start in range(0, len(body), 2**20))
    for content in (body, parts):
        problem = api.refused(413, "POST", "/customers", content=content, headers=JSON)
        assert problem["code"] == "BODY_TOO_LARGE"
    api.ok("GET", "/customers")


def test_a_body_at_the_limit_is_read(api):
    start = b'{"customerType":"PERSON","firstname":"'
    body = start + b"a" * (MAX_BODY_BYTES - len(start) - 2) + b'"}'
    assert api.refused(400, "POST", "/customers", content=body, headers=JSON)["code"] == "INVALID_FIELD"


@named([operation for operation in OPERATIONS if "{tenantUid}" in operation.path])
class TestEveryOperationOfATenant:
    """Whose data are asked for."""

    def test_an_unknown_tenant_is_not_found(self, api, operation):
        problem = api.refused(404, *api.at(operation, tenantUid="nobody"), {})
        assert problem["code"] == "TENANT_NOT_FOUND"

    def test_a_foreign_tenants_token_is_forbidden(self, api, operation):
        headers = {"authorization": "Bearer sandbox-token-nordlys"}
        assert api.refused(403, *api.at(operation), {}, headers=headers)["code"] == "FORBIDDEN"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", "Basic sandbox-token-acme"])
@named([operation for operation in OPERATIONS if operation.security])
def test_without_a_good_token_nothing_is_served(api, operation, authorization):
    api.refused(401, *api.at(operation), {}, headers={"authorization": authorization})


@pytest.mark.parametrize(("operation", "parameter"), UIDS)
def test_a_malformed_uid_is_refused_by_every_operation(api, operation, parameter):
    wrong = ["%00"]
    schema = SPEC.resolve(parameter.schema)
    if parameter.name.endswith("Uid") or schema.keys() & {"pattern", "enum"}:
        wrong += ["%ff", "a%20b", "%2e%2e", "a%0a", "%f0%9f%98%80", "a" * 256]
    for uid in wrong:
        problem = api.refused(400, *api.at(operation, **{parameter.name: uid}), {})
        assert problem["code"] == "INVALID_PARAMETER"


@named([operation for operation in OPERATIONS if operation.paged])
def test_malformed_paging_is_refused_by_every_list(api, operation):
    huge = str(LARGEST_INTEGER + 1)
    wrong = {"pageNumber": ["-1", "x", "", huge, "9" * 5000], "pageSize": ["0", "-1", "1.5", "", huge]}
    wrong |= {"sortBy": ["nope", "", "\x00"], "sortDirection": ["up", "", "asc;--"]}
    body = None if operation.body_schema is None else good(operation.body_schema)
    for name in wrong.keys() & {parameter.name for parameter in operation.parameters}:
        for value in wrong[name]:
            problem = api.refused(400, *api.at(operation), body, params={name: value})
            assert problem["code"] == "INVALID_PARAMETER"
