"""What published schemas say in unusual ways is understood, not lost."""

import pytest


def _field(house, api, schema, **schemas):
    """The annotation of a field of a schema."""
    document = api.document(
        "/a",
        "get",
        api.operation("get", responses={"200": api.answer(api.ref("ThingSchema"))}),
        schemas={"ThingSchema": api.obj({"field": schema}), **schemas},
    )
    house.vendor("page", api.markdown(document))
    house.done("generate")
    return next(
        line.partition(": ")[2].removesuffix(" = UNSET").replace(" | Unset", "")
        for line in house.text("models/thing.py").splitlines()
        if line.startswith("    field: ") and line.endswith("UNSET")
    )


OTHER = {"OtherSchema": {"type": "object", "properties": {"a": {"type": "string"}}}}
NULLABLE = {"OtherSchema": {**OTHER["OtherSchema"], "nullable": True}}
KIND = {"KindENUM": {"type": "string", "enum": ["A", "B"]}}
REF = {"$ref": "#/components/schemas/OtherSchema"}
KIND_REF = {"$ref": "#/components/schemas/KindENUM"}


@pytest.mark.parametrize(
    ("schema", "schemas", "annotation"),
    [
        (REF, OTHER, "Other"),
        (REF, NULLABLE, "Other | None"),
        ({"allOf": [REF]}, NULLABLE, "Other | None"),
        ({"allOf": [REF], "description": "x"}, OTHER, "Other"),
        ({"nullable": True, "allOf": [REF]}, OTHER, "Other | None"),
        ({"nullable": True, "oneOf": [REF]}, OTHER, "Other | None"),
        ({"allOf": [REF, {"description": "Only said."}]}, OTHER, "Other"),
        ({"allOf": [REF, {"nullable": True}]}, OTHER, "Other | None"),
        ({"type": "array", "items": REF}, NULLABLE, "list[Other | None]"),
        # A part of a composition lends its properties, not its null.
        ({"allOf": [REF, {"type": "object", "properties": {"b": {}}}]}, NULLABLE, "ThingField"),
        ({"type": "array", "nullable": True, "items": REF}, OTHER, "list[Other] | None"),
        (KIND_REF, KIND, "Kind"),
        (KIND_REF, {"KindENUM": {**KIND["KindENUM"], "nullable": True}}, "Kind | None"),
        (KIND_REF, {"KindENUM": {"type": "string", "enum": ["A", None]}}, "Kind | None"),
        ({"type": "string", "enum": ["A", "A"]}, {}, "ThingField"),
        ({"type": "boolean", "enum": [True]}, {}, "bool"),
        ({"$ref": "#/components/schemas/Alias"}, {**OTHER, "Alias": REF}, "Other"),
        (
            {"$ref": "#/components/schemas/A"},
            {**NULLABLE, "A": {"$ref": "#/components/schemas/B"}, "B": REF},
            "Other | None",
        ),
        ({"$ref": "#/components/schemas/Alias"}, {**OTHER, "Alias": {"allOf": [REF]}}, "Other"),
        ({"type": "string", "format": "uuid"}, {}, "str"),
        ({"type": "string", "format": "binary"}, {}, "str"),
        ({"type": "string", "format": "date"}, {}, "datetime.date"),
        ({"type": "integer", "format": "int64"}, {}, "int"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, {}, "str | int"),
        ({"anyOf": [REF, {"type": "object", "properties": {"b": {}}}]}, OTHER, "Other | ThingFieldOption2"),
        (
            {"oneOf": [{"type": "array", "items": REF}, {"type": "integer"}]},
            OTHER,
            "list[Other] | int",
        ),
        (
            {
                "oneOf": [
                    {"type": "array", "items": {"type": "string", "nullable": True}},
                    {"type": "integer"},
                ]
            },
            {},
            "list[str | None] | int",
        ),
        ({"type": "object", "additionalProperties": REF}, OTHER, "ThingField"),
        ({"type": "object", "additionalProperties": {"type": "object"}}, {}, "ThingField"),
        ({"properties": {"a": {}}}, {}, "ThingField"),
        ({"allOf": [{"type": "object"}, {"type": "object"}]}, {}, "ThingField"),
        ({}, {}, "Any"),
        ({"nullable": True}, {}, "Any"),
        ({"type": "string", "nullable": True, "enum": [None]}, {}, "None"),
    ],
)
def test_a_field_has_the_type_that_its_schema_means(house, api, schema, schemas, annotation) -> None:
    assert _field(house, api, schema, **schemas) == annotation


def test_names_of_members_from_the_page_are_not_taken(house, api) -> None:
    _field(house, api, {"type": "integer", "enum": [1, 2], "x-enum-varnames": ["1 = 2; import os", "x"]})
    assert "VALUE_1 = member(1)\n    VALUE_2 = member(2)\n" in house.text("models/thing_field.py")


def test_an_optional_list_of_an_envelope_is_promised(house, api) -> None:
    document = api.document(
        "/a",
        "get",
        api.operation("get", parameters=api.PAGED, responses={"200": api.answer(api.ref("AList"))}),
        schemas={
            "AList": api.obj({"items": api.ref("Names"), "paging": {}}, "paging"),
            "Names": api.array({"type": "string"}),
        },
        parameters=api.PAGE_PARAMETERS,
    )
    house.vendor("page", api.markdown(document))
    house.done("generate")
    assert house.spec()["components"]["schemas"]["AList"]["required"] == ["items"]
    assert "-> Pager[str]:" in house.text("resources/a.py")


def test_an_envelope_of_other_items_is_no_page(house, api) -> None:
    for name, schema in {
        "a list": api.array({"type": "string"}),
        "no paging": api.obj({"items": api.array({})}, "items"),
        "no list": api.obj({"items": {"type": "string"}, "paging": {}}, "items"),
    }.items():
        document = api.document(
            "/a",
            "get",
            api.operation(name, parameters=api.PAGED, responses={"200": api.answer(schema)}),
            parameters=api.PAGE_PARAMETERS,
        )
        house.vendor("page", api.markdown(document))
        house.done("generate")
        text = house.text("resources/a.py")
        assert "Pager" not in text
        assert "page_number: int | None = None," in text
