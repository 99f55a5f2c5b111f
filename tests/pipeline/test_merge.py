"""Fragments that don't fit together are refused, all misfits at once."""

import copy
import json

import pytest


def _two(api, one, other, *, section="schemas"):
    """Two documents that define the component X."""
    return [
        api.document(f"/{name}", "get", api.operation(name), **{section: {"X": content}})
        for name, content in (("first", one), ("second", other))
    ]


def _refused(house, api, *documents):
    return house.refused("vendor", house.write("../page.md", api.markdown(*documents)))


def test_every_conflict_is_listed_with_both_files_and_its_pointer(house, api) -> None:
    house.vendor(
        "stores",
        api.markdown(
            api.document(
                "/a",
                "get",
                api.operation("first"),
                schemas={
                    "X": api.obj({"a/b": {"type": "string"}, "c": {"type": "string"}}),
                    "Y": {"type": "string"},
                },
            )
        ),
    )
    page = house.write(
        "../other.md",
        api.markdown(
            api.document(
                "/b",
                "get",
                api.operation("second"),
                schemas={
                    "X": api.obj({"a/b": {"type": "number"}, "d": {}}),
                    "Y": {"type": "string", "minLength": 1},
                },
            )
        ),
    )
    error = house.refused("vendor", page)
    lines = error.splitlines()
    assert lines[0] == "error: the fragments don't fit together:"
    # Pages go by name: other.md comes before what is vendored already.
    both = "other.md:12 and stores/first.json define it differently."
    assert lines[1:] == [
        f"  conflict at #/components/schemas/X/properties/a~1b/type: {both}",
        f"  conflict at #/components/schemas/X/properties/d: {both}",
        f"  conflict at #/components/schemas/X/properties/c: {both}",
        f"  conflict at #/components/schemas/Y/minLength: {both}",
        "  X: vendor the pages other and stores again, together and as they are published now; if they still "
        "differ, correct one of them.",
        "  Y: the copy on the page other is newer. Vendor the page stores again, as it is published now: "
        'make vendor PAGE="other.md stores.md". If it is published so, add there what it lacks.',
    ]


@pytest.mark.parametrize("newer_first", [True, False])
def test_a_newer_copy_says_which_page_to_vendor_again_and_that_helps(house, api, newer_first) -> None:
    def page(name, *properties):
        schema = api.obj({each: {"type": "string"} for each in ("uid", *properties)}, "uid", *properties[1:])
        operation = api.operation(responses={"200": api.answer(api.ref("Thing"))})
        document = api.document(f"/{name}", "get", operation, schemas={"Thing": schema})
        return house.write(f"../{name}.md", api.markdown(document))

    older, newer = page("older"), page("newer", "name", "colour")
    house.done("vendor", newer if newer_first else older)
    error = house.refused("vendor", older if newer_first else newer)
    assert "Thing: the copy on the page newer is newer. Vendor the page older again" in error
    assert 'make vendor PAGE="newer.md older.md"' in error
    house.done("vendor", page("older", "name", "colour"), newer)
    house.done("generate")


def test_a_page_that_contradicts_itself_is_said_so(house, api) -> None:
    error = _refused(house, api, *_two(api, {"type": "string"}, {"type": "integer"}))
    assert "X: the page page contradicts itself. Correct it, and vendor it again." in error


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": "string"}, {"type": "string", "title": "X", "description": "More."}),
        ({"type": "string", "description": "A"}, {"type": "string", "description": "B"}),
        ({"type": "string", "enum": ["A", "B"]}, {"type": "string", "enum": ["B", "A"]}),
        (
            {"type": "object", "required": ["a", "b"], "properties": {}},
            {"properties": {}, "type": "object", "required": ["b", "a"]},
        ),
        ({"type": "string", "example": {"a": 1, "b": 2}}, {"type": "string", "example": {"b": 2, "a": 1}}),
    ],
)
def test_what_means_the_same_is_no_conflict(house, api, one, other) -> None:
    house.done("vendor", house.write("../page.md", api.markdown(*_two(api, one, other))))


@pytest.mark.parametrize(
    ("one", "other", "pointer"),
    [
        ({"enum": ["A"]}, {"enum": ["A", "B"]}, "enum"),
        ({"enum": [1]}, {"enum": [True]}, "enum"),
        ({"enum": [1]}, {"enum": ["1"]}, "enum"),
        ({"default": 1}, {"default": True}, "default"),
        ({"default": {"title": "a"}}, {"default": {"title": "b"}}, "default"),
        ({"properties": {"title": {"type": "string"}}}, {"properties": {}}, "properties/title"),
        (
            {"properties": {"description": {"type": "string"}}},
            {"properties": {"description": {"type": "number"}}},
            "properties/description/type",
        ),
        ({"properties": {"enum": {}}}, {"properties": {"enum": {"type": "string"}}}, "properties/enum/type"),
        ({"allOf": [{"type": "string"}]}, {"allOf": [{"type": "string"}, {"minLength": 1}]}, "allOf"),
        ({"allOf": [{"type": "string"}]}, {"allOf": [{"type": "number"}]}, "allOf/0/type"),
        ({"type": "string"}, {"$ref": "#/components/schemas/X"}, ""),
        ({"minimum": 1}, {"minimum": 2}, "minimum"),
    ],
)
def test_what_means_something_else_is_a_conflict(house, api, one, other, pointer) -> None:
    error = _refused(house, api, *_two(api, one, other))
    assert f"conflict at #/components/schemas/X{'/' + pointer if pointer else ''}" in error


def test_servers_that_differ_are_a_conflict(house, api) -> None:
    documents = [api.document(f"/{name}", "get", api.operation(name)) for name in "ab"]
    documents[1]["servers"] = [{"url": "https://elsewhere.example.com"}]
    assert "conflict at #/servers: page.md:12 and page.md:18" in _refused(house, api, *documents)


def test_an_operation_that_stands_twice_is_refused(house, api) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    error = house.refused("vendor", house.write("../again.md", api.markdown(api.STORES[1])))
    assert (
        "duplicate operation PUT /tenants/{tenantUid}/stores/{storeUid} at "
        "#/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}/put: in again.md:12 and in stores/putStore.json. "
        "Keep it in one page."
    ) in error


@pytest.mark.parametrize(
    ("reference", "fault"),
    [
        ("#/components/schemas/Missing", "dangling reference '#/components/schemas/Missing'"),
        ("#/definitions/Old", "dangling reference"),
        ("#", "dangling reference"),
        ("https://evil.example.com/x.json", "leads out of the document"),
        ("file:///etc/hostname", "leads out of the document"),
        ("other.json#/X", "leads out of the document"),
        ("", "leads out of the document"),
        ("#/components/schemas/Y/properties/a", "leads inside a component"),
        ("#/components/parameters/P", "leads to a component of another type"),
        ("#/components/schemas/X", "is part of a cycle"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_place(house, api, reference, fault) -> None:
    document = api.document(
        "/a",
        "get",
        api.operation("get"),
        schemas={"X": {"$ref": reference}, "Y": api.obj({"a": {}})},
        parameters={"P": {"name": "p", "in": "query", "schema": {}}},
    )
    error = _refused(house, api, document)
    assert "page.md:12: #/components/schemas/X/$ref: " in error
    assert fault in error


def test_a_remote_reference_is_refused_even_inside_an_example(house, api) -> None:
    document = api.document(
        "/a", "get", api.operation("get"), schemas={"X": {"example": [{"$ref": "https://evil.example.com"}]}}
    )
    error = _refused(house, api, document)
    assert (
        "#/components/schemas/X/example/0/$ref: the reference 'https://evil.example.com' leads out" in error
    )


@pytest.mark.parametrize(
    "more",
    [
        {"parameters": [{"$ref": "#/components/schemas/X"}]},
        {"requestBody": {"$ref": "#/components/schemas/X"}},
        {"responses": {"200": {"$ref": "#/components/schemas/X"}}},
        {"responses": {"default": {"$ref": "#/components/schemas/X"}}},
    ],
)
def test_a_reference_to_a_component_of_another_kind_is_refused(house, api, more) -> None:
    document = api.document("/a", "get", api.operation("get", **more), schemas={"X": {}})
    assert "leads to a component of another type" in _refused(house, api, document)


def test_schemas_composed_of_themselves_are_refused(house, api) -> None:
    document = api.document(
        "/a",
        "get",
        api.operation("get"),
        schemas={
            "A": {"allOf": [api.ref("B"), {}]},
            "B": {"oneOf": [{"allOf": [api.ref("A")]}, api.ref("C")]},
            "C": {"type": "string"},
        },
    )
    error = _refused(house, api, document)
    assert "page.md:12: #/components/schemas/A: the schema is composed of itself: a cycle." in error
    assert "schemas/C" not in error


def test_parameters_shared_by_a_path_are_those_of_each_operation_unless_it_has_its_own(house, api) -> None:
    document = api.document(
        "/a",
        "get",
        api.operation("get it", parameters=[{"name": "a", "in": "query", "schema": {"type": "integer"}}]),
    )
    document["paths"]["/a"]["parameters"] = [
        {"name": "a", "in": "query", "schema": {"type": "string"}},
        {"name": "b", "in": "query", "schema": {"type": "string"}},
    ]
    house.vendor("page", api.markdown(document))
    house.done("generate")
    assert [
        (found["name"], found["schema"]["type"]) for found in house.spec()["paths"]["/a"]["get"]["parameters"]
    ] == [("a", "integer"), ("b", "string")]


def test_what_a_path_has_beside_operations_and_no_rule_reads_is_refused(house, api) -> None:
    document = api.document("/a", "get", api.operation("get"))
    document["paths"]["/a"]["servers"] = [{"url": "https://elsewhere.example.com"}]
    error = _refused(house, api, document)
    assert "page.md:12: #/paths/~1a/servers: not known beside the operations of a path." in error


def test_fragments_without_a_server_are_refused(house, api) -> None:
    document = api.document("/a", "get", api.operation("get"))
    del document["servers"]
    assert "page.md:12: #/servers: no fragment names a server." in _refused(house, api, document)


def test_nothing_vendored_is_said_so(house) -> None:
    assert house.refused("generate") == (
        "error: openapi/fragments: no fragments. Vendor a page of the reference first: "
        "make vendor PAGE=file.md\n"
    )


def _with_fragment(house, api, text):
    house.vendor("stores", api.markdown(*api.STORES))
    return house.write("openapi/fragments/stores/getNote.json", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "stores/getNote.json:1:2: not JSON"),
        ("[]", "stores/getNote.json: not an OpenAPI document"),
        ('{"openapi":"3.0.0"}', "stores/getNote.json: #: not OpenAPI 3.0"),
        (b"\xff", "getNote.json: not UTF-8 text (byte 0). Vendor the page again."),
    ],
)
def test_a_fragment_that_is_none_is_refused(house, api, text, expected) -> None:
    _with_fragment(house, api, text)
    for command in ("generate", "check"):
        assert expected in house.refused(command)
    assert expected in house.refused("vendor", house.write("../other.md", api.markdown(*api.ORDERS)))


def test_a_fragment_holds_one_operation(house, api) -> None:
    document = copy.deepcopy(api.STORES[2])
    path = next(iter(document["paths"]))
    document["paths"][path]["put"] = document["paths"][path]["get"]
    _with_fragment(house, api, json.dumps(document))
    assert "stores/getNote.json: 2 operations in one fragment. Vendor the page again." in house.refused(
        "generate"
    )


def test_a_fragment_that_the_page_had_must_be_there(house, api) -> None:
    _with_fragment(house, api, "").unlink()
    assert (
        "stores/getNote.json: listed in stores/order.txt, but not there. Vendor the page again."
        in house.refused("generate")
    )


def test_a_fragment_without_a_place_in_the_order_comes_last(house, api) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    (house.root / "openapi/fragments/stores/order.txt").unlink()
    house.write("openapi/fragments/stores/notes.md", "Of no meaning.")
    house.done("generate")
    assert next(iter(house.spec()["paths"])) == "/tenants/{tenantUid}/stores/{storeUid}/note"
