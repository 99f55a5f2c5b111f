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
        ("x: list[K | Literal['a']]", "x: list[K | Literal['a', 'b]']]", [SENT, RETURNED], None),
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
         [f"breaking {METHOD}: removed", "added flow.things.fetch(): new method"]),
        ("get = 1", [f"breaking {METHOD}: is something else now"]),
    ],
)  # fmt: skip
def test_methods_are_compared_by_griffe_and_their_annotations_by_us(compared, new, expected):
    assert compared({}, {"method": new}) == expected


def test_an_enum_member_breaks_by_another_value(compared, tmp_path):
    for folder, value in (("old", "a"), ("new", "b")):
        _package(tmp_path / folder)
        file = tmp_path / folder / "flow_retail_client/models/thing.py"
        file.write_text(f'class Thing(OpenStrEnum):\n    X = member("{value}")\n')
    found = python_changes(read_api(tmp_path / "old"), read_api(tmp_path / "new"), {})
    assert found == [
        Change(Impact.BREAKING, FIELD.replace("x", "X"), "the value is {}, was {}", ("'b'", "'a'"))
    ]


def test_a_model_that_is_gone_breaks(tmp_path):
    old, _ = (_package(tmp_path / folder) for folder in ("old", "new"))
    (tmp_path / "new/flow_retail_client/models/thing.py").unlink()
    found = python_changes(old, read_api(tmp_path / "new"), {})
    assert found == [Change(Impact.BREAKING, "models.Thing", "removed")]


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("models.Thing", None),
        ("models.thing", None),
        ("models.thing.Thing", "models.Thing"),
        ("models.thing.Thing.name", "models.Thing.name"),
        ("resources.things", None),
        ("resources.ThingsResource", None),
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
