"""The parts of the report: what counts as breaking, what version follows, and that texts stay texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.errors import PipelineError
from pipeline.refresh.api_diff import RETURNED, SENT, python_changes
from pipeline.refresh.api_members import read_api, subject_of
from pipeline.refresh.changes import Bump, Change, Impact, bump_of, next_version
from pipeline.refresh.report import LONGEST, MOST, Report, code, printable
from pipeline.refresh.vanished import without_actions
from pipeline.refresh.wire_diff import wire_changes

BREAKING = Change(Impact.BREAKING, "models.A", "removed")
ADDED = Change(Impact.ADDED, "models.B", "new model")


def _package(
    root, fields="", method="async def get(self, uid: str, *, kind: str | None = None) -> Thing: ..."
):
    files = {
        "__init__.py": "from flow_retail_client import models\n"
        "from flow_retail_client.client import FlowRetail\n"
        '__all__ = ["FlowRetail", "models"]\n',
        "client.py": "from flow_retail_client.resources.things import Things\n"
        "class FlowRetail:\n    things: Things\n    def __init__(self) -> None: ...\n",
        "models/__init__.py": "from flow_retail_client.models.thing import Thing as Thing\n"
        "__all__ = ['Thing']\n",
        "models/thing.py": f"class Thing:\n    name: str\n{fields}",
        "resources/__init__.py": "",
        "resources/things.py": f"class Things(Resource):\n    {method}\n",
    }
    for path, text in files.items():
        file = root / "flow_retail_client" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return read_api(root)


@pytest.fixture
def compared(tmp_path):
    """Compare two packages of one class and one method: their changes as `kind subject: text`."""

    def run(old, new, *ways):
        changes = python_changes(
            _package(tmp_path / "old", **old), _package(tmp_path / "new", **new), {"Thing": set(ways)}
        )
        return [f"{each.impact.value} {each.subject}: {each.text.format(*each.values)}" for each in changes]

    return run


FIELD = "models.Thing.x"
BY_ABSENCE = f"breaking {FIELD}: is optional now: it may be UNSET"


@pytest.mark.parametrize(
    ("old", "new", "ways", "expected"),
    [
        ("x: int", "x: int | Unset = UNSET", [SENT], f"changed {FIELD}: is optional now: it may be UNSET"),
        ("x: int", "x: int | Unset = UNSET", [RETURNED], BY_ABSENCE),
        ("x: int | Unset = UNSET", "x: int", [SENT], f"breaking {FIELD}: is required now"),
        ("x: int | Unset = UNSET", "x: int", [RETURNED], f"changed {FIELD}: is required now"),
        ("x: int", "x: int | None", [RETURNED], f"breaking {FIELD}: may be None now"),
        ("x: int", "x: int | None", [SENT], f"changed {FIELD}: may be None now"),
        ("x: int", "x: str", [SENT], f"breaking {FIELD}: is str, was int"),
        ("x: int | str", "x: str | int", [SENT, RETURNED], None),
        ("x: int", "x: int | str", [SENT, RETURNED], f"breaking {FIELD}: is int | str, was int"),
        ("x: int", "x: int | str", [], f"breaking {FIELD}: is int | str, was int"),
        ("x: list[int] = 1", "x: list[str] = 1", [SENT], f"breaking {FIELD}: is list[str], was list[int]"),
    ],
)  # fmt: skip
def test_a_field_breaks_readers_by_new_types_and_writers_by_lost_ones(compared, old, new, ways, expected):
    found = compared({"fields": f"    {old}\n"}, {"fields": f"    {new}\n"}, *ways)
    assert found == ([expected] if expected else [])


METHOD = "flow.things.get()"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("async def get(self, uid: str, *, kind: str | None = None, size: int | None = None) -> Thing: ...",
         [f"added {METHOD}: new optional parameter size"]),
        ("async def get(self, uid: str, *, kind: str) -> Thing: ...",
         [f"breaking {METHOD}: parameter is now required: kind",
          f"breaking {METHOD}: parameter kind takes str, took str | None"]),
        ("async def get(self, uid: str) -> Thing: ...", [f"breaking {METHOD}: parameter was removed: kind"]),
        ("async def get(self, uid: str, more: str, *, kind: str | None = None) -> Thing: ...",
         [f"breaking {METHOD}: parameter was added as required: more"]),
        ("async def get(self, uid: str, *, kind: str | int | None = None) -> Thing: ...",
         [f"changed {METHOD}: parameter kind takes str | int | None, took str | None"]),
        ("async def get(self, uid: str, *, kind: str | None = None) -> Thing | None: ...",
         [f"breaking {METHOD}: returns Thing | None, returned Thing"]),
        ("async def fetch(self, uid: str) -> Thing: ...",
         [f"breaking {METHOD}: removed", "added flow.things.fetch(): new"]),
        ("get = 1", [f"breaking {METHOD}: is something else now"]),
    ],
)  # fmt: skip
def test_methods_are_compared_by_griffe_and_their_annotations_by_us(compared, new, expected):
    assert compared({}, {"method": new}) == expected


def test_an_enum_member_breaks_by_another_value(compared, tmp_path):
    for folder, value in (("old", "a"), ("new", "b")):
        _package(tmp_path / folder)
        file = tmp_path / folder / "flow_retail_client/models/thing.py"
        file.write_text(f'class Thing(OpenStrEnum):\n    X = "{value}"\n')
    found = python_changes(read_api(tmp_path / "old"), read_api(tmp_path / "new"), {})
    assert found == [
        Change(Impact.BREAKING, FIELD.replace("x", "X"), "the value is {}, was {}", ("'b'", "'a'"))
    ]


def test_a_package_that_is_not_there_has_no_changes(tmp_path):
    api = _package(tmp_path)
    assert python_changes(read_api(tmp_path / "nothing"), api, {}) == []


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("models.Thing", "models.Thing"),
        ("models.thing", None),
        ("models.thing.Thing", "models.Thing"),
        ("models.thing.Thing.name", "models.Thing.name"),
        ("resources.things", "flow.things"),
        ("resources.things.Things", "flow.things"),
        ("resources.things.Things.get", "flow.things.get()"),
        ("client.FlowRetail.things", "flow.things"),
        ("client.FlowRetail.__init__", "FlowRetail()"),
        ("client.FlowRetail", "client.FlowRetail"),
        ("Retry", "Retry"),
    ],
)
def test_subjects_are_what_users_write(path, subject):
    assert subject_of(f"flow_retail_client.{path}") == subject


@pytest.mark.parametrize(
    ("changes", "differs", "bump", "from_zero", "from_one"),
    [
        ([], False, Bump.NONE, "0.4.2", "1.4.2"),
        ([], True, Bump.PATCH, "0.4.3", "1.4.3"),
        ([ADDED], True, Bump.MINOR, "0.4.3", "1.5.0"),
        ([ADDED, BREAKING], True, Bump.MAJOR, "0.5.0", "2.0.0"),
    ],
)
def test_the_version_follows_semver_with_its_own_rule_before_1_0(changes, differs, bump, from_zero, from_one):
    assert bump_of(changes, package_differs=differs) is bump
    assert next_version("0.4.2", bump) == from_zero
    assert next_version("1.4.2", bump) == from_one


def test_a_version_that_is_not_three_numbers_is_refused():
    with pytest.raises(PipelineError, match="is not three numbers"):
        next_version("1.0rc1", Bump.PATCH)


def test_breaking_changes_come_first_and_long_lists_are_cut():
    many = [Change(Impact.ADDED, f"models.M{number}", "new model") for number in range(MOST + 5)]
    notes = [("{}: 1 operations", (f"page{number}",)) for number in range(MOST + 2)]
    report = Report([*many, BREAKING], notes, Bump.MAJOR, "1.0.0", "2.0.0")
    text = report.text()
    assert text.index("Breaking changes:") < text.index("Additions:") < text.index("Reference:")
    assert "  and 5 more\n" in text
    assert text.endswith("  and 2 more\n")
    assert "Before 1.0" not in text
    assert "### Breaking changes\n\n- `models.A`: removed\n" in report.markdown()


@given(st.text())
def test_any_text_stays_one_code_span_in_markdown_and_one_line_on_a_terminal(text):
    shown = printable(text)
    assert shown.isprintable()
    assert len(shown) <= LONGEST + 3
    (inline,) = [
        found for found in MarkdownIt("commonmark").parse(f"- {code(text)}: x") if found.type == "inline"
    ]
    span, rest = inline.children
    assert span.type == "code_inline"
    assert span.content.strip() == shown.strip()
    assert rest.content == ": x"


DEPRECATED = {"deprecated": True}

OVERLAY = """overlay: 1.0.0
actions:
  - target: $.paths['/a'].get
    description: One.
    update: { operationId: a.get }
  - {target: "$.paths['/b'].get", description: Two., update: {operationId: b.get}}

  # The third.
  - target: $.paths["/c"]['post'].responses['200']
    description: |
      Three,
      in lines.
    remove: true
  - target: $.components.schemas.Thing
    description: Four.
    update:
      required:
        - name
"""


@pytest.mark.parametrize(
    ("vanished", "gone", "left"),
    [
        ([], 0, 4),
        ([("/a", "get")], 1, 3),
        ([("/b", "get"), ("/c", "post")], 2, 2),
        ([("/a", "post"), ("/b", "put")], 0, 4),
    ],
)
def test_actions_for_vanished_operations_go_and_every_other_line_stays(vanished, gone, left):
    text, dropped = without_actions(OVERLAY, vanished)
    assert len(dropped) == gone
    assert text.count("description:") == left
    kept = [line for line in OVERLAY.splitlines() if line in text.splitlines()]
    assert text.splitlines() == kept
    assert "  # The third." in text


def test_an_overlay_may_end_up_without_actions():
    text, dropped = without_actions(OVERLAY.partition("  - {target")[0], [("/a", "get")])
    assert text == "overlay: 1.0.0\nactions: []\n"
    assert dropped == ["$.paths['/a'].get"]


def test_a_removal_that_would_leave_no_yaml_is_left_to_people():
    text = OVERLAY.replace("update: { operationId: a.get }\n", "update: { operationId: a.get }  # {\n")
    assert without_actions(text, [("/a", "get")])[0].count("description:") == 3
    anchored = OVERLAY.replace("{ operationId: a.get }", "&a { operationId: a.get }")
    anchored = anchored.replace("update: {operationId: b.get}", "update: *a")
    with pytest.raises(PipelineError, match="Take them out by hand"):
        without_actions(anchored, [("/a", "get")])


def test_actions_that_share_a_line_are_left_to_people():
    text = (
        "overlay: 1.0.0\nactions: [{target: \"$.paths['/a'].get\", description: A, remove: true}, "
        "{target: $.info, description: B, remove: true}]\n"
    )
    with pytest.raises(PipelineError, match=r"Take them out by hand.*paths\['/a'\]\.get"):
        without_actions(text, [("/a", "get")])


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
