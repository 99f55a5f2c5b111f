"""Two states of the spec are compared by what they mean on the wire."""

import pytest

from pipeline.refresh.wire_diff import wire_changes

DEPRECATED = {"deprecated": True}


def _document(**more):
    return {
        "openapi": "3.0.2",
        "info": {},
        "servers": [{"url": "https://api.example.com/v2", "description": "production"}],
        "paths": {"/a": {"get": {"operationId": "a.get", "responses": {}}}},
        "components": {"schemas": {}},
        **more,
    }


_SORT = "#/components/parameters/sort"


def _parameters(*parameters):
    return {"paths": {"/a": {"get": {"operationId": "a.get", "parameters": list(parameters)}}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            _parameters({"in": "query", "name": "x", "schema": {"type": "string"}}),
            _parameters(
                {"in": "query", "name": "x", "schema": {"type": "integer"}}, {"in": "query", "name": "y"}
            ),
            ["changed flow.a.get()"],
        ),
        ({"security": [{"a": []}]}, {"security": [{"b": []}]}, ["changed #/security", "changed #/security"]),
        (
            {"components": {"securitySchemes": {"a": {"type": "http"}}}},
            {"components": {"securitySchemes": {"a": {"type": "apiKey"}}}},
            ["changed #/components/securitySchemes/a"],
        ),
        (
            {"components": {"schemas": {"Uid": {"type": "string", "pattern": "a"}}}},
            {"components": {"schemas": {"Uid": {"type": "string", "pattern": "b"}}}},
            ["changed #/components/schemas/Uid"],
        ),
        (
            {"components": {"schemas": {"Uid": {"type": "string", "enum": ["a", "b"], "description": "x"}}}},
            {"components": {"schemas": {"Uid": {"type": "string", "enum": ["b", "a"], "description": "y"}}}},
            [],
        ),
        (
            {},
            {"paths": {"/b": {"put": {"operationId": "a.get", "responses": {}}}}},
            ["changed flow.a.get()"],
        ),
        (
            _parameters({"in": "query", "name": "x", "schema": {}}, {"in": "query", "name": "y"}),
            _parameters(
                {"in": "query", "name": "y"}, {"in": "query", "name": "x", "schema": {"pattern": "a"}}
            ),
            ["changed flow.a.get()"],
        ),
        ({}, {"info": {"version": "3"}, "x-more": 1}, []),
        (
            {"components": {"schemas": {"Thing": {"title": "Thing", "properties": {"oldName": {}}}}}},
            {"components": {"schemas": {"Thing": {"title": "Thing", "properties": {"oldName": DEPRECATED}}}}},
            ["changed models.Thing.old_name"],
        ),
        (
            _parameters({"in": "query", "name": "oldSort"}, {"in": "query", "name": "x", "schema": {}}),
            _parameters(
                {"in": "query", "name": "oldSort", **DEPRECATED},
                {"in": "query", "name": "x", "schema": DEPRECATED},
            ),
            ["changed flow.a.get() old_sort", "changed flow.a.get() x"],
        ),
        (
            {**_parameters({"$ref": _SORT}), "components": {"parameters": {"sort": {"name": "sortBy"}}}},
            {
                **_parameters({"$ref": _SORT}),
                "components": {"parameters": {"sort": {"name": "sortBy", **DEPRECATED}}},
            },
            ["changed flow.a.get() sort_by"],
        ),
        (
            _parameters(),
            {"paths": {"/a": {"get": {"operationId": "a.get", **DEPRECATED}}}},
            ["changed flow.a.get()"],
        ),
        ({"paths": {"/a": {"get": {"operationId": "a.get", **DEPRECATED}}}}, _parameters(), []),
        (
            {"components": {"schemas": {"Thing": {"deprecated": True}}}},
            {"components": {"schemas": {"Thing": {}}}},
            [],
        ),
    ],
)  # fmt: skip
def test_the_wire_is_compared_by_meaning(old, new, expected):
    found = wire_changes(_document(**old), _document(**new), set())
    shown = [
        " ".join(
            [change.impact.value, change.subject, *(change.values if "deprecated" in change.text else ())]
        )
        for change in found
    ]
    assert shown == expected
