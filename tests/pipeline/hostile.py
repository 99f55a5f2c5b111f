"""Hostile texts, every place of a page that can hold one, and the check that none of them became code."""

import ast
import copy
import re
import unicodedata

import documents as api
import pytest

from pipeline.generate import package

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


def document():
    """A harmless page that has every place once."""
    page = api.document(
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
    page["servers"] = copy.deepcopy(page["servers"])
    page["tags"] = [{"name": "Thing", "description": "Things"}]
    return page


def home_of(page, place):
    """Find what holds a place, and the place's key there."""
    *steps, last = [
        PATH if step == "P" else int(step) if step.isdecimal() and step != "200" else step
        for step in place.split(",")
    ]
    home = page
    for step in steps:
        home = home[step]
    return home, last


def planted(place, text):
    """A harmless page but for one text."""
    page = document()
    home, last = home_of(page, (PLACES | KEYS)[place])
    if place in KEYS:
        content = home[last]
        grown = {**content, text: copy.deepcopy(next(iter(content.values())))}
        if place == "component key":
            # In use, or it would be dropped.
            content["ThingSchema"]["properties"]["third"] = {"$ref": f"#/components/schemas/{text}"}
        home[last] = grown
    else:
        home[last] = text
    return page


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
                assert {alias.name for alias in node.names} <= {"attrs", "builtins", "datetime"}
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module is not None
                assert node.module.partition(".")[0] in MODULES
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "open", "__import__", "os.system"}
            if isinstance(node, ast.JoinedStr):
                assert MARK not in ast.unparse(node)


def _kinds(house):
    return {
        type(node).__name__
        for file in (house.root / "flow_retail_client").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
    }


class Trial:
    """Tries pages, one after the other.

    Args:
        house: Where the code of harmless pages stands, to learn the kinds of syntax that it consists of.
    """

    def __init__(self, house):
        self.house = house
        self._known = _kinds(house)

    def generated(self, path):
        """Read a generated file."""
        return self.house.text(path)

    def takes(self, page):
        """Vendor and generate: done without a trace of the text as code, or refused with one error."""
        house = self.house
        (house.root / "openapi/names.json").unlink(missing_ok=True)
        file = house.write("../page.md", api.markdown(page))
        outside = self._outside()
        outcome = house.run("vendor", file)
        if outcome.code == 0:
            before = house.snapshot()
            # Nearly all of the time goes into formatting, and what a formatter gets must be safe already.
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(package, "_format", lambda _: None)
                outcome = house.run("generate")
            if outcome.code:
                assert house.snapshot() == before
        assert self._outside() == outside
        if outcome.code:
            assert outcome.err.startswith("error: ")
            assert outcome.err.count("Traceback") == 0, outcome.err
            assert all(each == "\n" or each.isprintable() for each in outcome.err), (
                "an error shows what it is about, but sends no control characters to a terminal"
            )
            return False
        _check_code(house, self._known)
        return True

    def _outside(self):
        root = self.house.root
        return {path for path in root.parent.rglob("*") if root not in path.parents}
