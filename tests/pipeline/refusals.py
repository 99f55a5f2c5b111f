"""Pages that the client can't serve whole, what is said of each, and the overlay that helps."""


def _parameters(api, *parameters):
    return api.document("/a/{aUid}", "get", api.operation("get it", parameters=list(parameters)))


def query_parameter(schema, **more):
    return {"name": "q", "in": "query", "schema": schema, **more}


def _body(api, schema, media="application/json", **schemas):
    return api.document(
        "/a", "post", api.operation("post it", requestBody=api.content(schema, media)), schemas=schemas
    )


def schema_document(api, schema, **schemas):
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
        lambda api: _parameters(api, query_parameter(api.obj({"a": {}}))),
        "parameters/1: the parameter 'q' is an object, which the client does not write in the query",
    ),
    "a list of lists": (
        lambda api: _parameters(api, query_parameter(api.array(api.array({"type": "string"})))),
        "the query parameter 'q'",
    ),
    "a deep object": (
        lambda api: _parameters(api, query_parameter(api.obj({}), style="deepObject")),
        "the parameter 'q' is in the style 'deepObject'",
    ),
    "a list between pipes": (
        lambda api: _parameters(api, query_parameter(api.array({"type": "string"}), style="pipeDelimited")),
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
        lambda api: _parameters(
            api, query_parameter({"type": "string"}), query_parameter({"type": "integer"})
        ),
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
        "page.md:12: #/paths/~1a/post: a.create (POST /a): its body is a form, which only an object",
    ),
    "a default of another kind": (
        lambda api: schema_document(api, api.obj({"e": {"type": "integer", "default": "many"}})),
        "page.md:12: #/components/schemas/X/properties/e/default: 'many' is not of type 'integer'",
    ),
    "a pattern that is none": (
        lambda api: schema_document(api, api.obj({"e": {"type": "string", "pattern": "[z-a]"}})),
        "page.md:12: #/components/schemas/X/properties/e/pattern: '[z-a]' is not a 'regex'",
    ),
    "parts of a composition that conflict": (
        lambda api: schema_document(
            api,
            {"allOf": [api.obj({"a": {"type": "string"}}), api.obj({"a": {"type": "integer"}})]},
        ),
        "page.md:12: #/components/schemas/X: Unable to process schema /components/schemas/X",
    ),
    "a composition of texts": (
        lambda api: schema_document(api, {"allOf": [api.ref("Y"), {"minLength": 1}]}, Y={"type": "string"}),
        "Cannot take allOf a non-object",
    ),
    "properties that are one attribute": (
        lambda api: schema_document(api, api.obj({"$": {"type": "string"}, "%": {"type": "string"}})),
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
        lambda api: schema_document(api, api.obj({"a\u202eb": {}})),
        "page.md:12: #/components/schemas/X/properties: 'a\\u202eb' holds characters",
    ),
    "an unprintable value": (
        lambda api: schema_document(api, {"type": "string", "enum": ["a\nb"]}),
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
