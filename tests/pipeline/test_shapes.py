"""Shapes of schemas, parameters and responses that pages may have: taken, and nothing of them lost."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

TEXT = {"type": "string"}


def _parameters(api, *parameters, path="/things"):
    return {
        "schema": TEXT,
        "method": "get",
        "path": path,
        "operation": {"parameters": [{"in": "query", **each} for each in parameters]},
    }


SHAPES = {
    "a map of models": lambda api: {"type": "object", "additionalProperties": api.ref("A")},
    "a map of inline models": lambda api: {"type": "object", "additionalProperties": api.obj({"z": TEXT})},
    "a map of lists": lambda api: {"type": "object", "additionalProperties": api.array(api.ref("A"))},
    "a map beside properties": lambda api: api.obj({"x": TEXT}, additionalProperties=api.ref("A")),
    "an object that is closed": lambda api: api.obj({"x": TEXT}, additionalProperties=False),
    "a choice": lambda api: {"oneOf": [api.ref("A"), api.ref("B")]},
    "a choice with a discriminator": lambda api: {
        "oneOf": [api.ref("A"), api.ref("B")],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A"}},
    },
    "a list of choices": lambda api: api.array({"anyOf": [api.ref("A"), api.ref("B")]}),
    "a tree": lambda api: api.ref("Tree"),
    "a map of trees": lambda api: {"type": "object", "additionalProperties": api.ref("Tree")},
    "a choice of itself or another": lambda api: api.ref("Rule"),
    "a list of itself": lambda api: api.ref("Nested"),
    "a choice of itself": lambda api: api.ref("Any"),
    "lists of lists": lambda api: api.array(api.array(api.ref("A"))),
    "a list of anything": lambda _: {"type": "array"},
    "integers by name": lambda api: api.obj({"e": {"type": "integer", "enum": [0, 1, None]}}),
    "numbers by name": lambda api: api.obj({"e": {"type": "number", "enum": [0, 0.15, 0.25]}}),
    "values of several types": lambda api: api.obj({"e": {"enum": ["A", 1]}}),
    "defaults of every type": lambda api: api.obj(
        {
            "a": {**api.array(TEXT), "default": []},
            "o": {"type": "object", "default": {}},
            "e": {"type": "string", "enum": ["A"], "default": "A"},
            "d": {"type": "string", "format": "date", "default": "2026-01-02"},
            "n": {"type": "number", "default": 1},
            "u": {"oneOf": [TEXT, {"type": "integer"}], "default": 1},
            "default": TEXT,
        }
    ),
    "properties that belong together": lambda api: api.obj(
        {"x": TEXT, "y": TEXT}, anyOf=[{"required": ["x"]}, {"required": ["y"]}]
    ),
}


def _schemas(api):
    return {
        "A": api.obj({"kind": TEXT, "a": TEXT}, "kind"),
        "B": api.obj({"kind": TEXT, "b": TEXT}, "kind"),
        "Tree": api.obj({"children": api.array(api.ref("Tree")), "parent": api.ref("Tree")}),
        "Rule": api.obj({"all": api.array({"anyOf": [api.ref("Rule"), api.ref("A")]})}),
        "Nested": api.array(api.ref("Nested")),
        "Any": {"oneOf": [TEXT, api.array(api.ref("Any"))]},
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_taken(made, api, shape) -> None:
    made(SHAPES[shape](api), **_schemas(api))


@pytest.fixture(scope="module")
def shapes(new_house, api):
    """Every shape in one API, sent and returned."""
    house = new_house("shapes")
    documents = [
        api.document(
            f"/{name.replace(' ', '-')}",
            "post",
            api.operation(requestBody=api.content(shape(api)), responses={"200": api.answer(shape(api))}),
            schemas=_schemas(api),
        )
        for name, shape in SHAPES.items()
    ]
    house.done("vendor", house.write("../page.md", api.markdown(*documents)))
    house.done("generate")
    return house


def test_every_shape_passes_the_project_s_linter(shapes) -> None:
    command = [
        "ruff",
        "check",
        "--no-cache",
        "--config",
        str(REPOSITORY / "pyproject.toml"),
        "flow_retail_client",
    ]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=shapes.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.types
def test_every_shape_passes_a_strict_type_checker(shapes, check_types) -> None:
    check_types(shapes)


@pytest.mark.parametrize(
    "whole",
    [
        lambda api: api.obj({"kind": TEXT}, "kind", oneOf=[api.ref("A"), api.ref("B")]),
        lambda api: {"allOf": [api.obj({"kind": TEXT}, "kind")], "anyOf": [api.ref("A"), api.ref("B")]},
        lambda api: {"allOf": [api.obj({"kind": TEXT}), {"oneOf": [api.ref("A"), api.ref("B")]}]},
    ],
)
def test_a_choice_beside_properties_keeps_both(made, api, whole) -> None:
    house = made(api.ref("Part"), Part=whole(api), A=api.obj({"a": TEXT}), B=api.obj({"b": TEXT}))
    assert "-> PartA | PartB:" in house.text("resources/things.py")
    for name in ("a", "b"):
        text = house.text(f"models/part_{name}.py")
        assert "kind: str" in text
        assert f"{name}: str" in text


PARAMETERS = {
    "lists with commas": (
        {"name": "p", "schema": {"type": "array", "items": TEXT}, "explode": False},
        "list[str]",
    ),
    "a list with a default": (
        {"name": "p", "schema": {"type": "array", "items": TEXT, "default": ["a"]}},
        "list[str]",
    ),
    "anything": ({"name": "p", "schema": {}}, "str"),
    "a header": ({"name": "p", "in": "header", "schema": TEXT}, "str"),
    "a number in a header": ({"name": "p", "in": "header", "schema": {"type": "integer"}}, "int"),
    "a list in a header": ({"name": "p", "in": "header", "schema": {"type": "array", "items": TEXT}}, "str"),
    "a time in a header": (
        {"name": "p", "in": "header", "schema": {"type": "string", "format": "date-time"}},
        "str",
    ),
}


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_parameter_is_taken_as_what_is_written_for_it(made, api, case) -> None:
    parameter, annotation = PARAMETERS[case]
    text = made(**_parameters(api, parameter)).text("resources/things.py")
    assert f"p: builtins.{annotation} | None = None," in text or f"p: {annotation} | None = None," in text
    assert ('joined=("p",),' in text) == (case == "lists with commas")


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("giftCardNumber", None),
        ("countryCode", {"type": "string", "minLength": 2}),
        ("configKey", {"type": "array", "items": TEXT}),
        ("either", {"oneOf": [TEXT, {"type": "integer"}]}),
    ],
)
def test_a_path_value_that_is_no_uid_is_any_text(made, api, name, schema) -> None:
    declared = [] if schema is None else [{"name": name, "in": "path", "required": True, "schema": schema}]
    house = made(**_parameters(api, *declared, path=f"/things/{{{name}}}"))
    (parameter,) = next(iter(house.spec()["paths"].values()))["get"]["parameters"]
    assert parameter["schema"]["type"] == "string"
    assert "pattern" not in parameter["schema"]
    assert ": str,\n" in house.text("resources/things.py")


def test_a_list_in_pages_without_paging_is_a_page(made, api) -> None:
    house = made(
        api.obj({"items": api.array(api.ref("A"))}),
        method="get",
        operation={"parameters": api.PAGED},
        **_schemas(api),
    )
    assert house.names()["APage"] == "APage"
    assert house.spec()["components"]["schemas"]["APage"]["required"] == ["items"]


@pytest.mark.parametrize(
    ("of_document", "of_operation", "expected"),
    [
        ([{"accessToken": []}], None, [{"accessToken": []}]),
        ([{"accessToken": []}, {"other": []}], None, [{"accessToken": []}, {"other": []}]),
        ([{"accessToken": []}], [], []),
        ([], None, []),
        (None, None, []),
        ([], [{"accessToken": [], "other": []}], [{"accessToken": [], "other": []}]),
    ],
)
def test_security_is_said_of_each_operation(house, api, of_document, of_operation, expected) -> None:
    document = api.document("/things", "get", api.operation("x"))
    document["components"]["securitySchemes"]["other"] = {"type": "http", "scheme": "Bearer"}
    del document["security"]
    if of_document is not None:
        document["security"] = of_document
    if of_operation is not None:
        document["paths"]["/things"]["get"]["security"] = of_operation
    # Another page that says something else is no conflict.
    other = api.document("/others", "get", api.operation("y"))
    house.done("vendor", house.write("../page.md", api.markdown(document, other)))
    house.done("generate")
    spec = house.spec()
    assert "security" not in spec
    assert spec["paths"]["/things"]["get"]["security"] == expected
    public = "authenticated=False," in house.text("resources/things.py")
    assert public == (not any(expected))
    assert spec["paths"]["/others"]["get"]["security"] == [{"accessToken": []}]
