"""Nothing of the spec is lost silently: what the client can't carry is refused, with its place."""

import json
from types import SimpleNamespace

import pytest
from openapi_python_client.parser.errors import GeneratorError, ParseError

from pipeline.errors import PipelineError
from pipeline.generate import package
from pipeline.generate.context.models import model_reader
from pipeline.spec import validation


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


def _secured(api, scheme):
    document = _parameters(api)
    document["security"] = [{"accessToken": [], "other": []}]
    if scheme:
        document["components"]["securitySchemes"]["other"] = scheme
    return document


LOSSES = {
    "a cookie": (
        lambda api: _parameters(api, {"name": "c", "in": "cookie", "schema": {}}),
        "page.md:12: #/paths/~1a~1{aUid}/get/parameters/1: the parameter 'c' is a cookie",
    ),
    "a parameter with content": (
        lambda api: _parameters(
            api, {"name": "c", "in": "query", "content": {"application/json": {"schema": {}}}}
        ),
        "#/paths/~1a~1{aUid}/get/parameters/1: the parameter 'c' has no schema",
    ),
    "an object in the query": (
        lambda api: _parameters(api, _query(api.obj({"a": {}}))),
        "parameters/1: the parameter 'q' is an object, which the client does not write in the query",
    ),
    "a list of lists": (
        lambda api: _parameters(api, _query(api.array(api.array({"type": "string"})))),
        "the query parameter 'q'",
    ),
    "a deep object": (
        lambda api: _parameters(api, _query(api.obj({}), style="deepObject")),
        "the parameter 'q' is in the style 'deepObject'",
    ),
    "a list between pipes": (
        lambda api: _parameters(api, _query(api.array({"type": "string"}), style="pipeDelimited")),
        "the parameter 'q' is in the style 'pipeDelimited'",
    ),
    "a matrix in the path": (
        lambda api: _parameters(
            api,
            {"name": "aUid", "in": "path", "required": True, "style": "matrix", "schema": {"type": "string"}},
        ),
        "the parameter 'aUid' is in the style 'matrix'",
    ),
    "a header that is none": (
        lambda api: _parameters(api, {"name": "h: x", "in": "header", "schema": {"type": "string"}}),
        "'h: x' can't be the name of a parameter in the header",
    ),
    "one parameter twice": (
        lambda api: _parameters(api, _query({"type": "string"}), _query({"type": "integer"})),
        "page.md:12: #/paths/~1a~1{aUid}/get/parameters: the query parameter 'q' is declared twice",
    ),
    "a path parameter that the path lacks": (
        lambda api: _parameters(
            api, {"name": "other", "in": "path", "required": True, "schema": {"type": "string"}}
        ),
        "page.md:12: #/paths/~1a~1{aUid}/get/parameters: the path parameter 'other' is not in the path",
    ),
    "a key of an API": (
        lambda api: _secured(api, {"type": "apiKey", "in": "header", "name": "X-Key"}),
        "page.md:12: #/paths/~1a~1{aUid}/get/security: the security scheme 'other' is no bearer token",
    ),
    "a security scheme that is not defined": (
        lambda api: _secured(api, None),
        "page.md:12: #/paths/~1a~1{aUid}/get/security: the security scheme 'other' is not defined.",
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
        "page.md:12: #/paths/~1a/get/servers: an operation can't have servers of its own",
    ),
    "a form that is no object": (
        lambda api: _body(api, {"type": "string"}, "multipart/form-data"),
        "a.create (POST /a): its body is a form, which only an object describes.",
    ),
    "a file that a form and JSON share": (
        lambda api: {
            **(
                form := _body(
                    api,
                    api.ref("X"),
                    "multipart/form-data",
                    X=api.obj({"file": {"type": "string", "format": "binary"}}),
                )
            ),
            "paths": {
                **form["paths"],
                "/b": {"post": api.operation("b", requestBody=api.content(api.ref("X")))},
            },
        },
        "page.md:12: #/components/schemas/X: a form and JSON share it, and it holds a file.",
    ),
    "a media type that is none": (
        lambda api: _body(api, {"type": "string"}, "image/png\r\nX-Evil: 1"),
        "#/paths/~1a/post/requestBody/content: 'image/png\\r\\nX-Evil: 1' is no media type.",
    ),
    "a form without a schema": (
        lambda api: api.document(
            "/a", "post", api.operation("post it", requestBody={"content": {"multipart/form-data": {}}})
        ),
        "page.md:12: #/paths/~1a/post: WARNING parsing POST /a within a. Endpoint will not be",
    ),
    "a default of another kind": (
        lambda api: _schema(api, api.obj({"e": {"type": "integer", "default": "many"}})),
        "page.md:12: #/components/schemas/X/properties/e/default: 'many' is not of type 'integer'",
    ),
    "a pattern that is none": (
        lambda api: _schema(api, api.obj({"e": {"type": "string", "pattern": "[z-a]"}})),
        "page.md:12: #/components/schemas/X/properties/e/pattern: '[z-a]' is not a 'regex'",
    ),
    "parts of a composition that conflict": (
        lambda api: _schema(
            api,
            {"allOf": [api.obj({"a": {"type": "string"}}), api.obj({"a": {"type": "integer"}})]},
        ),
        "page.md:12: #/components/schemas/X: Unable to process schema /components/schemas/X",
    ),
    "a composition of texts": (
        lambda api: _schema(api, {"allOf": [api.ref("Y"), {"minLength": 1}]}, Y={"type": "string"}),
        "Cannot take allOf a non-object",
    ),
    "properties that are one attribute": (
        lambda api: _schema(api, api.obj({"$": {"type": "string"}, "%": {"type": "string"}})),
        "#/components/schemas/X: several properties would be the attribute field_",
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
        "page.md:12: #/components/schemas/X/properties: 'a\\u202eb' holds characters",
    ),
    "an unprintable value": (
        lambda api: _schema(api, {"type": "string", "enum": ["a\nb"]}),
        "page.md:12: #/components/schemas/X/enum: 'a\\nb' holds characters",
    ),
    "a component of no name": (
        lambda api: _body(api, api.ref("X\n"), **{"X\n": api.obj({})}),
        "'X\\n' is no component name",
    ),
}


_GET = "$.paths['/a/{aUid}'].get"
_POST = "$.paths['/a'].post"
_X = "$.components.schemas.X"


def _moved(old, new, *parameters):
    """An operation under another path, whole: the overlay comes after the rules."""
    declared = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in parameters
    ]
    operation = {"parameters": declared, "responses": {"204": {"description": "As asked."}}}
    return [_removed(f"$.paths['{old}']"), _updated("$.paths", {new: {"get": operation}})]


def _removed(target):
    return {"target": target, "remove": True}


def _updated(target, update):
    return {"target": target, "update": update}


REMEDIES = {
    "a path that names a parameter twice": _moved("/{a}/{a}", "/{a}/{b}", "a", "b"),
    "a path that climbs": _moved("/../a", "/a"),
    "an empty segment": _moved("//a", "/a"),
    "a query in the path": _moved("/a?b=1", "/a"),
    "a parameter of no name": _moved("/{a b}", "/{a}", "a"),
    "a form without a schema": [
        _updated(f"{_POST}.requestBody.content['multipart/form-data']", {"schema": {"type": "object"}})
    ],
    "an unprintable property": [_removed(f"{_X}.properties['a\u202eb']")],
    "a component of no name": [
        _updated("$.components.schemas", {"X": {"type": "object"}}),
        _updated(
            f"{_POST}.requestBody.content['application/json'].schema", {"$ref": "#/components/schemas/X"}
        ),
    ],
    "a cookie": [_removed(f"{_GET}.parameters[?(@.in=='cookie')]")],
    "a parameter with content": [_removed(f"{_GET}.parameters[?(@.name=='c')]")],
    "an object in the query": [_removed(f"{_GET}.parameters[?(@.name=='q')]")],
    "a list of lists": [
        _removed(f"{_GET}.parameters[?(@.name=='q')].schema.items.items"),
        _updated(f"{_GET}.parameters[?(@.name=='q')].schema.items", {"type": "string"}),
    ],
    "a deep object": [_removed(f"{_GET}.parameters[?(@.name=='q')]")],
    "a list between pipes": [_updated(f"{_GET}.parameters[?(@.name=='q')]", {"style": "form"})],
    "a matrix in the path": [_updated(f"{_GET}.parameters[?(@.in=='path')]", {"style": "simple"})],
    "a header that is none": [_updated(f"{_GET}.parameters[?(@.in=='header')]", {"name": "h-x"})],
    "one parameter twice": [_removed(f"{_GET}.parameters[2]")],
    "a path parameter that the path lacks": [_removed(f"{_GET}.parameters[?(@.name=='other')]")],
    "a key of an API": [_removed(f"{_GET}.security[0].other")],
    "a security scheme that is not defined": [
        _updated("$.components.securitySchemes", {"other": {"type": "http", "scheme": "bearer"}})
    ],
    "a form that is no object": [
        _removed(f"{_POST}.requestBody"),
        _updated(
            _POST,
            {"requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}},
        ),
    ],
    "a file that a form and JSON share": [
        _removed(f"{_POST}.requestBody.content['multipart/form-data'].schema"),
        _updated(
            f"{_POST}.requestBody.content['multipart/form-data']",
            {"schema": {"properties": {"file": {"type": "string", "format": "binary"}}}},
        ),
    ],
    "a media type that is none": [
        _removed(f"{_POST}.requestBody"),
        _updated(_POST, {"requestBody": {"content": {"image/png": {}}}}),
    ],
    "servers of an operation": [_removed("$.paths['/a'].get.servers")],
    "a default of another kind": [_removed(f"{_X}.properties.e.default")],
    "a pattern that is none": [_updated(f"{_X}.properties.e", {"pattern": "[a-z]"})],
    "parts of a composition that conflict": [_removed(f"{_X}.allOf[1]")],
    "a composition of texts": [_removed(_X), _updated("$.components.schemas", {"X": {"type": "string"}})],
    "properties that are one attribute": [_removed(f"{_X}.properties['%']")],
    "a server without TLS": [_updated("$.servers[0]", {"url": "https://api.example.com"})],
    "a server with variables": [_updated("$.servers[0]", {"url": "https://api.example.com"})],
    "servers of one name": [_updated("$.servers[0]", {"description": "Old"})],
    "an unprintable value": [_updated(_X, {"enum": ["a"]}), _removed(f"{_X}.enum[0]")],
}
"""What the message tells people to do: actions of the overlay."""


@pytest.mark.parametrize("case", LOSSES)
def test_what_would_be_lost_is_refused_with_its_place_and_nothing_stays(house, api, case) -> None:
    make, expected = LOSSES[case]
    error = house.refused("vendor", house.write("../page.md", api.markdown(make(api))))
    assert expected in error
    assert "page.md:12: #/" in error or "openapi.json: #/" in error or "(POST /a)" in error


def test_every_refusal_has_a_remedy() -> None:
    assert LOSSES.keys() == REMEDIES.keys()


@pytest.mark.parametrize("case", REMEDIES)
def test_the_remedy_that_a_refusal_names_helps(house, api, case) -> None:
    page = house.write("../page.md", api.markdown(LOSSES[case][0](api)))
    assert "in openapi/overlay.yaml" in house.refused("vendor", page)
    actions = [{**action, "description": "As the message says."} for action in REMEDIES[case]]
    house.write("openapi/overlay.yaml", json.dumps({"overlay": "1.0.0", "actions": actions}))
    house.done("vendor", page)
    house.done("generate")


def test_all_that_is_wrong_is_listed_at_once(house, api) -> None:
    document = _schema(api, api.obj({"a\u202eb": {}, "e": {"type": "string", "enum": ["a\tb"]}}))
    path = document["paths"]["/a"]["post"]
    path["parameters"] = [{"name": "c", "in": "cookie", "schema": {}}]
    document["servers"] = [{"url": "http://api.example.com"}]
    document["components"]["schemas"]["X"]["properties"]["n"] = {"type": "integer", "default": "many"}
    error = house.refused("vendor", house.write("../page.md", api.markdown(document)))
    for problem in ("holds characters", "is a cookie", "is not an https address", "is not of type 'integer'"):
        assert problem in error
    assert error.count("holds characters") == 2


def test_every_block_of_every_page_that_is_broken_is_listed_at_once(house, api) -> None:
    first = house.write("../first.md", api.markdown({"openapi": "2.0"}, {"openapi": "3.0.0"}, *api.STORES))
    second = house.write("../second.md", "# Nothing")
    error = house.refused("vendor", first, second)
    assert "first.md:12: #/openapi: not an OpenAPI 3.0 document" in error
    assert "first.md:18: #: not OpenAPI 3.0" in error
    assert "second.md: no operation" in error


def test_a_name_too_long_for_a_file_is_refused_and_an_entry_helps(house, api) -> None:
    path = f"/{'long' * 26}"
    page = house.write("../page.md", api.markdown(api.document(path, "get", api.operation())))
    assert "can't be a resource and a method; choose another name." in house.refused("vendor", page)
    house.write("generator-config.yaml", f"method_overrides: {{ 'GET {path}': long.get }}\n")
    house.done("vendor", page)


def test_a_method_beside_a_batch_can_not_be_named_like_its_stream(house, api) -> None:
    batch = api.PRODUCTS[3]
    path = next(iter(batch["paths"]))
    other = api.document(f"{path}-stream", "post", api.operation(tags=["Product"]))
    page = house.write("../page.md", api.markdown(batch, other))
    assert "products.batch_stream: products.batch has a method of that name, too." in house.refused(
        "vendor", page
    )
    house.write(
        "generator-config.yaml",
        f"method_overrides: {{ 'POST {path}-stream': products.stream }}\n",
    )
    house.done("vendor", page)


@pytest.fixture
def damaged(house, api, monkeypatch):
    """Let a test damage what the generator made of the stores, and see how it is refused."""
    house.vendor("stores", api.markdown(*api.STORES))
    original = package.GeneratorData.from_dict

    def refused(damage):
        def from_dict(data, *, config):
            found = original(data, config=config)
            instead = damage(found)
            return instead if isinstance(instead, GeneratorError) else found

        monkeypatch.setattr(package.GeneratorData, "from_dict", from_dict)
        return house.refused("generate")

    return refused


def _endpoint(found, name):
    collections = found.endpoint_collections_by_tag.values()
    return next(each for tag in collections for each in tag.endpoints if each.name == name)


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
        lambda found: _endpoint(found, "staff_list").query_parameters.clear(),
        "#/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}~1staff/get: its parameters would not all be",
    ),
    (
        lambda found: _endpoint(found, "stores_update").bodies.clear(),
        "stores/putStore.json: #/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}/put: its body would be",
    ),
    (
        lambda found: _endpoint(found, "stores_update").responses.patterns.clear(),
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
    assert "body: A | B | None = None," in text
    assert "q: str | int | None = None," in text
    assert "other: str | None" in text


def test_a_failing_validator_is_told_as_such(house, api, monkeypatch) -> None:
    house.vendor("page", api.markdown(*api.STORES))
    monkeypatch.setattr(validation.OpenAPIV30SpecValidator, "iter_errors", lambda _: 1 / 0)
    assert "openapi.json: the validator failed on it: ZeroDivisionError" in house.refused("generate")
