"""Whatever text stands in a page, it can't become code, break the output, or choose a path outside."""

import ast
import copy
import json
import re
import shutil
import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline import generate

MARK = "PWNED"
"""Part of each hostile text that is long enough to be found again."""

HOSTILE = [
    f'"""; import os; os.system("{MARK}"); """',
    f'"""\nimport {MARK}\n"""',
    f"'''\n{MARK} = 1",
    f'{MARK}"',
    f'{MARK}\\"',
    f"{MARK}\\",
    f'{MARK}\\\\"',
    f'{MARK}""""',
    f"\\N{{{MARK}}} \\x00 \\u{MARK}",
    f"{{{{ {MARK} * 7 }}}} {{% raise %}} {{# {MARK} #}}",
    f"{{{MARK}.__class__}}",
    f"../../{MARK}",
    f"/etc/{MARK}",
    f"..\\..\\{MARK}",
    f"{MARK}\x00",
    f"{MARK}\x1b[2J\x07\x7f\x85",
    f"{MARK}\r\nimport {MARK}",
    f"{MARK}\u2028import {MARK}\u2029",
    f"{MARK}\u202e\u2066 gnp.exe",
    f"# type: ignore {MARK}",
    f"# ruff: noqa\n# noqa {MARK}",
    f"{MARK} %s %(x)d $x `x`",
    f"<script>{MARK}</script>",
    f"{MARK} " * 2000,
    MARK * 2000,
    f"__class__{MARK}",
    "__init__",
    "__class__",
    "class",
    "None",
    "self",
    "import",
    "print",
    "datetime",
    "data",
    "known",
    "models",
    "UNSET",
    "Unset",
    "",
    " ",
    ".",
    "..",
    "/",
    "\t",
    "0",
    "ª",
    "\uff49\uff46",
    "\u200b",
    "æøå",
    "日本",
    "\ud800",
    "💥",
]

PROSE = {
    "operation summary": "paths,P,post,summary",
    "operation description": "paths,P,post,description",
    "tag description": "tags,0,description",
    "title": "info,title",
    "parameter description": "paths,P,post,parameters,0,description",
    "body description": "paths,P,post,requestBody,description",
    "answer description": "paths,P,post,responses,200,description",
    "schema title": "components,schemas,ThingSchema,title",
    "schema description": "components,schemas,ThingSchema,description",
    "property title": "components,schemas,ThingSchema,properties,field,title",
    "property description": "components,schemas,ThingSchema,properties,field,description",
    "property default": "components,schemas,ThingSchema,properties,field,default",
    "property example": "components,schemas,ThingSchema,properties,field,example",
    "property format": "components,schemas,ThingSchema,properties,other,format",
    "enum description": "components,schemas,KindENUM,description",
    "enum member": "components,schemas,KindENUM,x-enum-varnames,0",
    "extension": "components,schemas,ThingSchema,x-note",
}
"""Where a text is only said, or not read at all."""

NAMES = {
    "operation id": "paths,P,post,operationId",
    "tag of an operation": "paths,P,post,tags,0",
    "tag name": "tags,0,name",
    "enum value": "components,schemas,KindENUM,enum,0",
    "query parameter": "paths,P,post,parameters,0,name",
    "header parameter": "paths,P,post,parameters,3,name",
}
VALUES = {
    "server description": "servers,0,description",
    "server address": "servers,0,url",
    "parameter default": "paths,P,post,parameters,0,schema,default",
    "parameter enum": "paths,P,post,parameters,1,schema,enum,0",
    "path pattern": "paths,P,post,parameters,2,schema,pattern",
    "property pattern": "components,schemas,ThingSchema,properties,field,pattern",
}
KEYS = {
    "property name": "components,schemas,ThingSchema,properties",
    "component key": "components,schemas",
    "path": "paths",
    "status": "paths,P,post,responses",
    "media type": "paths,P,post,responses,200,content",
    "section": "components",
}
PLACES = PROSE | NAMES | VALUES

PATH = "/things/{thingUid}"


def _document(api):
    document = api.document(
        PATH,
        "post",
        api.operation(
            "post thing",
            summary="Summary",
            description="Description",
            tags=["Thing"],
            parameters=[
                {"name": "query", "in": "query", "schema": {"type": "string", "default": "x"}},
                {"name": "kind", "in": "query", "schema": {"type": "string", "enum": ["x"]}},
                {
                    "name": "thingUid",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "pattern": "[a]+"},
                },
                {"name": "header", "in": "header", "schema": {"type": "string"}},
            ],
            requestBody=api.content(api.ref("ThingSchema")),
            responses={"200": api.answer(api.ref("ThingSchema"))},
        ),
        schemas={
            "ThingSchema": api.obj(
                {"field": {"type": "string"}, "other": {"type": "string"}, "kind": api.ref("KindENUM")}
            ),
            "KindENUM": {"type": "string", "enum": ["x", "y"], "x-enum-varnames": ["X", "Y"]},
        },
    )
    document["servers"] = copy.deepcopy(document["servers"])
    document["tags"] = [{"name": "Thing", "description": "Things"}]
    return document


def _home(document, place):
    *steps, last = [
        PATH if step == "P" else int(step) if step.isdecimal() and step != "200" else step
        for step in place.split(",")
    ]
    home = document
    for step in steps:
        home = home[step]
    return home, last


def _planted(api, place, text):
    document = _document(api)
    home, last = _home(document, (PLACES | KEYS)[place])
    if place in KEYS:
        content = home[last]
        planted = {**content, text: copy.deepcopy(next(iter(content.values())))}
        if place == "component key":
            # In use, or it would be dropped.
            content["ThingSchema"]["properties"]["third"] = {"$ref": f"#/components/schemas/{text}"}
        home[last] = planted
    else:
        home[last] = text
    return document


MODULES = {
    "__future__",
    "attrs",
    "collections",
    "flow_retail_client",
    "flow_retail_core",
    "functools",
    "importlib",
    "typing",
}


def _check_code(house, known):
    """Nothing of the page is code: only names made of it, and texts."""
    root = house.root / "flow_retail_client"
    for file in root.rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9_.]+", file.name), file
        if file.suffix != ".py":
            continue
        source = file.read_bytes().decode("utf-8")
        for character in set(source):
            assert unicodedata.category(character) not in {"Cf", "Zl", "Zp", "Cs"}, ascii(character)
            assert character == "\n" or unicodedata.category(character) != "Cc", ascii(character)
        tree = ast.parse(source)
        kinds = {type(node).__name__ for node in ast.walk(tree)}
        assert kinds <= known, (file, kinds - known)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= {"builtins", "datetime"}
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module is not None
                assert node.module.partition(".")[0] in MODULES
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "open", "__import__", "os.system"}
            if isinstance(node, ast.JoinedStr):
                assert MARK not in ast.unparse(node)


@pytest.fixture(scope="module")
def plain(new_house, api):
    """The house for trying, and the kinds of syntax that code made of harmless pages consists of."""
    house = new_house("untrusted")
    for name, documents in api.PAGES.items():
        house.vendor(name, api.markdown(*documents))
    house.done("generate")
    kinds = {
        type(node).__name__
        for file in (house.root / "flow_retail_client").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
    }
    for name in api.PAGES:
        shutil.rmtree(house.root / "openapi/fragments" / name)
    # Nearly all of the time goes into formatting, and what a formatter gets must be safe already.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "_format", lambda _: None)
        yield house, kinds


def _try(plain, api, documents):
    """Vendor and generate: done without a trace of the text as code, or refused with one error."""
    house, kinds = plain
    (house.root / "openapi/names.json").unlink(missing_ok=True)
    page = house.write("../page.md", "\n".join(f"```json\n{json.dumps(each)}\n```" for each in documents))
    outside = {path for path in house.root.parent.rglob("*") if house.root not in path.parents}
    outcome = house.run("vendor", page)
    if outcome.code == 0:
        before = house.snapshot()
        outcome = house.run("generate")
        if outcome.code:
            assert house.snapshot() == before
    assert {path for path in house.root.parent.rglob("*") if house.root not in path.parents} == outside
    if outcome.code:
        assert outcome.err.startswith("error: ")
        assert outcome.err.count("Traceback") == 0, outcome.err
        assert outcome.err.isprintable() or all(each == "\n" or each.isprintable() for each in outcome.err), (
            "an error shows what it is about, but sends no control characters to a terminal"
        )
        return False
    _check_code(house, kinds)
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_prose_in_every_place_for_prose(plain, api, text) -> None:
    document = _document(api)
    for place in PROSE.values():
        home, last = _home(document, place)
        home[last] = text
    # Prose is never refused, but for what no file can hold.
    assert _try(plain, api, [document]) == (text != "\ud800")


@pytest.mark.parametrize("place", [*NAMES, *KEYS, *VALUES])
def test_a_hostile_text_in_any_other_place_is_no_code_or_is_refused(plain, api, place) -> None:
    # Every text at every place would take minutes and find no more: they are dealt out.
    step = 4 if place in NAMES else 8
    start = [*NAMES, *KEYS, *VALUES].index(place) % step
    results = [_try(plain, api, [_planted(api, place, text)]) for text in [*HOSTILE[start::step], "plain"]]
    assert any(results) or place in {"server address", "status", "section", "path"}


def test_prose_stands_in_docstrings_as_it_was(plain, api) -> None:
    text = 'He said "yes" and """no""", C:\\new, {x} and 100 %: \\"'
    assert _try(plain, api, [_planted(api, "schema description", text)])
    tree = ast.parse((plain[0].root / "flow_retail_client/models/thing.py").read_text())
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    assert ast.get_docstring(model).startswith(text)


def test_a_server_of_another_scheme_or_place_is_refused(plain, api) -> None:
    for url in (
        "http://x.example.com",
        "https://x@y",
        "https://x/../y",
        "//x",
        "javascript:x",
        "https://x y",
        "https://æ",
    ):
        assert not _try(plain, api, [_planted(api, "server address", url)])


TEXTS = st.text(
    st.one_of(
        st.sampled_from("\"'\\{}%#\n\r\t\x00\u2028\u202e()[];:=/.-_ \ufeffaAzZ019ªéß日💥"),
        st.characters(codec="utf-8"),
    ),
    max_size=30,
)


@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(TEXTS, min_size=len(PLACES), max_size=len(PLACES)))
@example([f'"""{MARK}\\'] * len(PLACES))
def test_any_texts_at_once_become_texts_or_are_refused(plain, api, texts) -> None:
    document = _document(api)
    free = [place for place in PLACES if place not in {"server address", "operation id", "property default"}]
    for place, text in zip(free, texts, strict=False):
        home, last = _home(document, PLACES[place])
        home[last] = text
    _try(plain, api, [document])


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(
    st.lists(TEXTS, min_size=4, max_size=6, unique=True), st.lists(TEXTS, min_size=4, max_size=6, unique=True)
)
@example(["ª", "a", "A", "a_2"], ["\uff49f", "if", "If", "if_"])
@example(["Unset", "unset", "UNSET", "Any"], ["models", "STRING", "string", "self"])
@example(["Thing", "thing", "THING", "Kind"], ["page_number", "pageNumber", "body", "BODY"])
def test_any_names_become_names_or_are_refused(plain, api, properties, parameters) -> None:
    document = _document(api)
    fields = document["components"]["schemas"]["ThingSchema"]["properties"]
    fields |= {name: {"type": "string"} for name in properties}
    document["paths"][PATH]["post"]["parameters"].extend(
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in parameters
    )
    document["components"]["schemas"]["KindENUM"]["enum"] = [
        *properties,
        *(f"{name}!" for name in parameters),
    ]
    if _try(plain, api, [document]):
        _read_back(plain[0], api, properties)


def _read_back(house, api, properties) -> None:
    """Each property is a field of its own: what is set one after the other stays."""
    source = (house.root / "flow_retail_client/models/thing.py").read_text()
    tree = ast.parse(source)
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    fields = [
        unicodedata.normalize("NFKC", node.target.id)
        for node in model.body
        if isinstance(node, ast.AnnAssign)
    ]
    assert len(fields) == len(set(fields)) == len({*properties, "field", "other", "kind"})
    members = ast.parse((house.root / "flow_retail_client/models/kind.py").read_text())
    enum = next(node for node in members.body if isinstance(node, ast.ClassDef))
    names = [node.targets[0].id for node in enum.body if isinstance(node, ast.Assign)]
    assert len(names) == len(set(names))


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(
    st.sampled_from(
        [
            *PLACES.values(),
            *KEYS.values(),
            "paths,P,post",
            "paths,P,post,parameters",
            "paths,P,post,parameters,0,schema",
            "components,schemas,ThingSchema,properties,field",
            "components,schemas,KindENUM,enum",
            "info",
            "servers",
            "tags",
        ]
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
        lambda children: (
            st.lists(children, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "$ref",
                        "type",
                        "properties",
                        "items",
                        "allOf",
                        "oneOf",
                        "enum",
                        "schema",
                        "name",
                        "in",
                        "title",
                        "nullable",
                        "x-a",
                    ]
                ),
                children,
                max_size=3,
            )
        ),
        max_leaves=6,
    ),
)
def test_any_json_in_any_place_is_taken_or_refused(plain, api, place, value) -> None:
    document = _document(api)
    home, last = _home(document, place)
    home[last] = value
    _try(plain, api, [document])


@settings(max_examples=50, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=200) | st.text(st.sampled_from('`~json{}[]":,\n >-#'), max_size=80))
def test_any_page_is_taken_or_refused(plain, text) -> None:
    house, _ = plain
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        page.write_text(text, encoding="utf-8")
        house.refused("vendor", page)
