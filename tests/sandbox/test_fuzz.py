"""Bodies, paths and queries made from the document and then broken: no response is a 500 or malformed."""

from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from flow_retail_sandbox.spec.document import SpecOperation, load_spec
from flow_retail_sandbox.spec.validators import Validators, first_error

ODD = [
    None, True, -1, 0, 1.5, 2**53, -(2**63), 1e300, "", " ", "a" * 300, "\x00", "å\u202e", "..", "'; --",
    "{}", [], {}, [[[]]], {"": None}, "2024-13-45T99:99:99Z", "customer-00001", "contact-00001", "group-vip",
]  # fmt: skip
ODD_UIDS = ["customer-00002", "contact-00002", "nope", "search", "a b", "%2e%2e", "%00", "å", "a/b", "\n", ""]
QUERY = {
    "pageNumber": ["0", "1", "99", "-1", "x", "9" * 30],
    "pageSize": ["1", "50", "9999", "0", "1e3"],
    "sortBy": ["email", "createdAt", "displayName", "nope", "$.email", "relevance"],
    "sortDirection": ["ASC", "DESC", "up"],
}
TEXTS = ["EXT-00001", "a,b", "true", "2019-01-01T00:00:00Z", "", "\x00", "å"]


class Maker:
    """Makes values that fit a schema, most of the time."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.schemas = load_spec().schemas

    def value(self, schema: dict[str, Any]) -> Any:
        random = self.random
        if random.random() < 0.04:
            return random.choice(ODD)
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rsplit("/", 1)[1]]
        if "allOf" in schema:
            parts = [self.value(part) for part in schema["allOf"]]
            return {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
        if "enum" in schema:
            return random.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                required = schema.get("required", [])
                return {
                    name: self.value(part)
                    for name, part in schema.get("properties", {}).items()
                    if (random.random() < 0.97 if name in required else random.random() < 0.3)
                }
            case "array":
                return [self.value(schema["items"]) for _ in range(random.randrange(4))]
            case "integer":
                return random.choice([0, 1, -1, 14, 2**53 - 1])
            case "boolean":
                return random.random() < 0.5
            case _:
                if schema.get("format") == "date-time":
                    return random.choice(
                        ["2019-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "2020-02-30T00:00:00Z"]
                    )
                return random.choice(
                    ["customer-00003", "group-vip", f"new-{random.randrange(30)}", "", "a@b", "Åse"]
                )

    def at(self, api, operation: SpecOperation) -> tuple[str, str]:
        random = self.random
        odd, asked = {}, []
        for parameter in operation.parameters:
            if parameter.location == "path" and random.random() < 0.4:
                odd[parameter.name] = quote(random.choice(ODD_UIDS), safe="%")
            if parameter.location == "query" and random.random() < 0.3:
                value = random.choice(QUERY.get(parameter.name, TEXTS))
                asked.append(f"{parameter.name}={quote(value)}")
        if "tenantUid" in odd:
            odd["tenantUid"] = random.choice(["acme"] * 3 + ["nobody"])
        method, url = api.at(operation, **odd)
        return method, f"{url}?{'&'.join(asked)}"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_sent_the_response_is_as_documented(api, sandbox, seed):
    maker = Maker(seed)
    document = load_spec().operations
    operations = list(document.values())
    validators = Validators(load_spec())
    for _ in range(300):
        operation = maker.random.choice(operations)
        body = None if operation.body_schema is None else maker.value(operation.body_schema)
        response = api(*maker.at(api, operation), body)
        said = (operation.operation_id, body, response.status_code, response.text)
        assert response.status_code < 500, said
        if response.status_code >= 400:
            assert set(response.json()) == {"code", "message", "logId"}, said
        else:
            assert str(response.status_code) in operation.responses, said
        validator = validators.response(operation, response.status_code)
        assert validator is None or first_error(validator, response.json()) is None, said
    assert len(sandbox.sandbox.requests.by_status()) > 5  # good responses and refusals of several kinds
