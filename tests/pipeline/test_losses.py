"""Nothing of the spec is lost silently: what the client can't carry is refused, with its place."""

from types import SimpleNamespace

import pytest
from openapi_python_client.parser.errors import GeneratorError, ParseError

from pipeline import generate, structure
from pipeline.describe_models import model_reader
from pipeline.errors import PipelineError


def _parameters(api, *parameters):
    return api.document("/a/{aUid}", "get", api.operation("get it", parameters=list(parameters)))


def _query(schema, **more):
    return {"name": "q", "in": "query", "schema": schema, **more}


def _body(api, schema, media="application/json", **schemas):
    return api.document(
        "/a", "post", api.operation("post it", requestBody=api.content(schema, media)), schemas=schemas
    )


def _schema(api, schema, **schemas):
    return _body(api, api.ref("X"), X=schema, **schemas)


LOSSES = {
    "a cookie": (
        lambda api: _parameters(api, {"name": "c", "in": "cookie", "schema": {}}),
        "page/get-it.json: #/paths/~1a~1{aUid}/get/parameters/1: the parameter 'c' is a cookie",
    ),
    "a parameter with content": (
        lambda api: _parameters(
            api, {"name": "c", "in": "query", "content": {"application/json": {"schema": {}}}}
        ),
        "#/paths/~1a~1{aUid}/get/parameters/1: the parameter 'c' has no schema",
    ),
    "an object in the query": (
        lambda api: _parameters(api, _query(api.obj({"a": {}}))),
        "get_it (GET /a/{aUid}): the client can't write values of the kind that the query parameter 'q' has.",
    ),
    "anything in the query": (lambda api: _parameters(api, _query({})), "the query parameter 'q'"),
    "a list of lists": (
        lambda api: _parameters(api, _query(api.array(api.array({"type": "string"})))),
        "the query parameter 'q'",
    ),
    "a deep object": (
        lambda api: _parameters(api, _query(api.obj({}), style="deepObject")),
        "the parameter 'q' is in the style 'deepObject'",
    ),
    "a list with commas": (
        lambda api: _parameters(api, _query(api.array({"type": "string"}), explode=False)),
        "the parameter 'q' is in the style 'form' with `explode: false`",
    ),
    "a matrix in the path": (
        lambda api: _parameters(
            api,
            {"name": "aUid", "in": "path", "required": True, "style": "matrix", "schema": {"type": "string"}},
        ),
        "the parameter 'aUid' is in the style 'matrix'",
    ),
    "a list in the path": (
        lambda api: _parameters(
            api, {"name": "aUid", "in": "path", "required": True, "schema": api.array({"type": "string"})}
        ),
        "get_it (GET /a/{aUid}): the client can't write values of the kind that the path parameter 'aUid'",
    ),
    "a list in a header": (
        lambda api: _parameters(api, {"name": "h", "in": "header", "schema": api.array({"type": "string"})}),
        "is not allowed in",
    ),
    "a header that is none": (
        lambda api: _parameters(api, {"name": "h: x", "in": "header", "schema": {"type": "string"}}),
        "'h: x' can't be the name of a parameter in the header",
    ),
    "one parameter twice": (
        lambda api: _parameters(api, _query({"type": "string"}), _query({"type": "integer"})),
        "page/get-it.json: #/paths/~1a~1{aUid}/get/parameters: the query parameter 'q' is declared twice",
    ),
    "a path parameter that the path lacks": (
        lambda api: _parameters(
            api, {"name": "other", "in": "path", "required": True, "schema": {"type": "string"}}
        ),
        "page/get-it.json: #/paths/~1a~1{aUid}/get/parameters: the path parameter 'other' is not in the path",
    ),
    "a path that names a parameter twice": (
        lambda api: api.document("/{a}/{a}", "get", api.operation("get it")),
        "the path names 'a' twice",
    ),
    "a path that climbs": (
        lambda api: api.document("/../a", "get", api.operation("get it")),
        "'..' can't stand in a path",
    ),
    "an empty segment": (
        lambda api: api.document("//a", "get", api.operation("get it")),
        "'' can't stand in a path",
    ),
    "a query in the path": (
        lambda api: api.document("/a?b=1", "get", api.operation("get it")),
        "'a?b=1' can't stand in a path",
    ),
    "a parameter of no name": (
        lambda api: api.document("/{a b}", "get", api.operation("get it")),
        "'{a b}' can't stand in a path",
    ),
    "servers of an operation": (
        lambda api: api.document(
            "/a", "get", api.operation("get it", servers=[{"url": "https://x.example.com"}])
        ),
        "page/get-it.json: #/paths/~1a/get/servers: an operation can't have servers of its own",
    ),
    "a form as body": (
        lambda api: _body(api, api.obj({"a": {"type": "string"}}), "application/x-www-form-urlencoded"),
        "post_it (POST /a): its body is not JSON, which the client does not send.",
    ),
    "a form without a schema": (
        lambda api: api.document(
            "/a", "post", api.operation("post it", requestBody={"content": {"multipart/form-data": {}}})
        ),
        "page/post-it.json: #/paths/~1a/post: WARNING parsing POST /a within a. Endpoint will not be",
    ),
    "a file as body": (lambda api: _body(api, {"type": "string"}, "image/png"), "its body is not JSON"),
    "XML as body": (lambda api: _body(api, {"type": "string"}, "application/xml"), "its body is not JSON"),
    "text as body": (
        lambda api: _body(api, {"type": "string"}, "text/plain"),
        "page/post-it.json: #/paths/~1a/post: WARNING parsing POST /a within a. Endpoint will not be",
    ),
    "an enum of mixed kinds": (
        lambda api: _schema(api, api.obj({"e": {"enum": ["A", 1]}})),
        "#/components/schemas/X/properties/e: an enum that is neither of texts nor of integers",
    ),
    "an enum of numbers": (
        lambda api: _schema(api, api.obj({"e": {"enum": [1.5]}})),
        "page/post-it.json: #/components/schemas/X/properties/e: an enum that is neither of texts nor of",
    ),
    "a default of another kind": (
        lambda api: _schema(api, api.obj({"e": {"type": "integer", "default": "many"}})),
        "page/post-it.json: #/components/schemas/X/properties/e/default: 'many' is not of type 'integer'",
    ),
    "a pattern that is none": (
        lambda api: _schema(api, api.obj({"e": {"type": "string", "pattern": "[z-a]"}})),
        "page/post-it.json: #/components/schemas/X/properties/e/pattern: '[z-a]' is not a 'regex'",
    ),
    "parts of a composition that conflict": (
        lambda api: _schema(
            api,
            {"allOf": [api.obj({"a": {"type": "string"}}), api.obj({"a": {"type": "integer"}})]},
        ),
        "page/post-it.json: #/components/schemas/X: Unable to process schema /components/schemas/X",
    ),
    "a composition of texts": (
        lambda api: _schema(api, {"allOf": [api.ref("Y"), {"minLength": 1}]}, Y={"type": "string"}),
        "Cannot take allOf a non-object",
    ),
    "a choice beside properties": (
        lambda api: _schema(api, {**api.obj({"a": {}}), "oneOf": [api.obj({"b": {}})]}),
        "page/post-it.json: #/components/schemas/X: a choice (oneOf, anyOf) beside properties or allOf",
    ),
    "a choice beside a composition": (
        lambda api: _schema(api, {"allOf": [api.obj({"a": {}})], "anyOf": [api.obj({"b": {}})]}),
        "a choice (oneOf, anyOf) beside properties or allOf",
    ),
    "properties that are one attribute": (
        lambda api: _schema(api, api.obj({"$": {"type": "string"}, "%": {"type": "string"}})),
        "#/components/schemas/X: several properties would be the attribute field_",
    ),
    "an array of itself": (
        lambda api: _schema(api, api.array(api.ref("X"))),
        "page/post-it.json: #/components/schemas/X: Unable to parse schema",
    ),
    "a server without TLS": (
        lambda api: {**_parameters(api), "servers": [{"url": "http://api.example.com"}]},
        "openapi.json: #/servers/0: 'http://api.example.com' is not an https address",
    ),
    "a server with variables": (
        lambda api: {**_parameters(api), "servers": [{"url": "https://{a}.example.com"}]},
        "is not an https address",
    ),
    "servers of one name": (
        lambda api: {
            **_parameters(api),
            "servers": [
                {"url": "https://a.example.com", "description": "Old production"},
                {"url": "https://b.example.com", "description": "New Production"},
            ],
        },
        "openapi.json: #/servers/1: a second environment would be named 'production'",
    ),
    "an unprintable property": (
        lambda api: _schema(api, api.obj({"a\u202eb": {}})),
        "page/post-it.json: #/components/schemas/X/properties: 'a\\u202eb' holds characters",
    ),
    "an unprintable value": (
        lambda api: _schema(api, {"type": "string", "enum": ["a\nb"]}),
        "page/post-it.json: #/components/schemas/X/enum: 'a\\nb' holds characters",
    ),
    "a component of no name": (
        lambda api: _body(api, api.ref("X\n"), **{"X\n": api.obj({})}),
        "'X\\n' is no component name",
    ),
}


@pytest.mark.parametrize("case", LOSSES)
def test_what_would_be_lost_is_refused_with_its_place(house, api, case) -> None:
    make, expected = LOSSES[case]
    page = house.write("../page.md", api.markdown(make(api)))
    outcome = house.run("vendor", page)
    error = outcome.err if outcome.code else house.refused("generate")
    assert expected in error
    assert ".json: " in error or "(" in error


def test_all_that_is_wrong_is_listed_at_once(house, api) -> None:
    document = _schema(api, api.obj({"a\u202eb": {}, "e": {"type": "string", "enum": ["a\tb"]}}))
    path = document["paths"]["/a"]["post"]
    path["parameters"] = [{"name": "c", "in": "cookie", "schema": {}}]
    house.vendor("page", api.markdown(document))
    assert house.refused("generate").count("\n  ") == 3


def test_two_operations_that_would_be_one_method_are_refused(house, api) -> None:
    documents = [
        api.document(f"/a/{name}", "get", api.operation(name, tags=["a"])) for name in ("get-it", "get_it")
    ]
    house.vendor("page", api.markdown(*documents))
    assert (
        "GET /a/get-it and GET /a/get_it would both be the method a.get_it. "
        "Give one of them another operationId in openapi/overlay.yaml." in house.refused("generate")
    )


def test_a_name_too_long_for_a_file_is_refused(house, api) -> None:
    house.vendor("page", api.markdown(api.document("/a", "get", api.operation("x" * 101))))
    assert "is longer than 100 characters. Give it another operationId" in house.refused("generate")


def test_a_method_beside_a_batch_can_not_be_named_like_its_stream(house, api) -> None:
    batch = api.PRODUCTS[3]
    path = next(iter(batch["paths"]))
    other = api.document("/b", "get", api.operation("post tenants products batch stream", tags=["Product"]))
    assert path.endswith("batch")
    house.vendor("page", api.markdown(batch, other))
    assert (
        "products.post_tenants_products_batch_stream: products.post_tenants_products_batch has a method"
        in (house.refused("generate"))
    )


@pytest.fixture
def damaged(house, api, monkeypatch):
    """Let a test damage what the generator made of the stores, and see how it is refused."""
    house.vendor("stores", api.markdown(*api.STORES))
    original = generate.GeneratorData.from_dict

    def refused(damage):
        def from_dict(data, *, config):
            found = original(data, config=config)
            instead = damage(found)
            return instead if isinstance(instead, GeneratorError) else found

        monkeypatch.setattr(generate.GeneratorData, "from_dict", from_dict)
        return house.refused("generate")

    return refused


def _endpoint(found, name):
    return next(each for each in found.endpoint_collections_by_tag["stores"].endpoints if each.name == name)


def _drop_a_property(found) -> None:
    model = next(model for model in found.models if model.class_info.name == "Shelf")
    model.optional_properties.clear()


def _rename_an_enum(found) -> None:
    found.enums[0].class_info.name = type(found.enums[0].class_info.name)("Other", "")


DAMAGES = [
    (
        lambda found: found.endpoint_collections_by_tag["stores"].endpoints.pop(),
        "openapi/fragments: 5 operations, but the generator made 4 of them.",
    ),
    (
        lambda found: found.models.clear(),
        "stores/getShelves.json: #/components/schemas/ShelfSchema: no class would be made of it.",
    ),
    (
        _drop_a_property,
        "stores/getShelves.json: #/components/schemas/ShelfSchema: its class would not have the same",
    ),
    (_rename_an_enum, "openapi.json: the class Other would be made of a schema that is no component."),
    (
        lambda found: _endpoint(found, "stores_list_staff").query_parameters.clear(),
        "#/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}~1staff/get: its parameters would not all be",
    ),
    (
        lambda found: _endpoint(found, "stores_put_store").bodies.clear(),
        "stores/putStore.json: #/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}/put: its body would be",
    ),
    (
        lambda found: _endpoint(found, "stores_put_store").responses.patterns.clear(),
        "its answers would not all be there.",
    ),
    (
        lambda found: found.errors.append(ParseError(header="A warning", detail="of no place\n  at all")),
        "\n  A warning: of no place at all\n",
    ),
    (
        lambda found: found.errors.append(ParseError(header="About Shelf")),
        "\n  stores/getShelves.json: #/components/schemas/ShelfSchema: About Shelf\n",
    ),
    (
        lambda _: GeneratorError(header="Failed", detail="to read"),
        "openapi.json: the generator can't read it: Failed: to read. Correct the spec",
    ),
    (lambda _: {}["deep"], "openapi.json: the generator failed on it: KeyError: 'deep'."),
]


@pytest.mark.parametrize(("damage", "expected"), DAMAGES)
def test_whatever_the_generator_loses_is_noticed(damaged, damage, expected) -> None:
    assert expected in damaged(damage)


def test_a_kind_of_property_that_no_reader_knows_is_refused() -> None:
    with pytest.raises(
        PipelineError, match=r"the property 'odd' is of a kind \(SimpleNamespace\) that no decoder"
    ):
        model_reader(SimpleNamespace(python_name="odd"))


def test_choices_of_texts_and_numbers_can_be_sent_and_choices_of_models_are_bodies(house, api) -> None:
    document = _schema(api, {"oneOf": [api.ref("A"), api.ref("B")]}, A=api.obj({}), B=api.obj({"b": {}}))
    document["paths"]["/a"]["post"]["parameters"] = [
        _query({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        {**_query({"type": "string", "nullable": True}), "name": "other"},
    ]
    # Of no meaning, and in nobody's way.
    document["components"] |= {"x-notes": {"a": {}}, "parameters": {"unused": _query({})}}
    house.vendor("page", api.markdown(document))
    house.done("generate")
    text = house.text("resources/a.py")
    assert "body: AInput | B | None = None," in text
    assert "q: str | int | None = None," in text
    assert "other: str | None = None," in text


def test_a_failing_validator_is_told_as_such(house, api, monkeypatch) -> None:
    house.vendor("page", api.markdown(*api.STORES))
    monkeypatch.setattr(structure.OpenAPIV30SpecValidator, "iter_errors", lambda _: 1 / 0)
    assert "openapi.json: the validator failed on it: ZeroDivisionError" in house.refused("generate")
