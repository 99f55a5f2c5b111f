"""Any text, name, JSON or page at all becomes a text or a name, or is refused (hypothesis)."""

import ast
import tempfile
import unicodedata
from pathlib import Path

import hostile
from hostile import KEYS, MARK, PATH, PLACES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

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
def test_any_texts_at_once_become_texts_or_are_refused(trial, texts) -> None:
    page = hostile.document()
    free = [place for place in PLACES if place not in {"server address", "operation id", "property default"}]
    for place, text in zip(free, texts, strict=False):
        home, last = hostile.home_of(page, PLACES[place])
        home[last] = text
    trial.takes(page)


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(
    st.lists(TEXTS, min_size=4, max_size=6, unique=True), st.lists(TEXTS, min_size=4, max_size=6, unique=True)
)
@example(["ª", "a", "A", "a_2"], ["\uff49f", "if", "If", "if_"])
@example(["Unset", "unset", "UNSET", "Any"], ["models", "STRING", "string", "self"])
@example(["Thing", "thing", "THING", "Kind"], ["page_number", "pageNumber", "body", "BODY"])
def test_any_names_become_names_or_are_refused(trial, properties, parameters) -> None:
    page = hostile.document()
    fields = page["components"]["schemas"]["ThingSchema"]["properties"]
    fields |= {name: {"type": "string"} for name in properties}
    page["paths"][PATH]["post"]["parameters"].extend(
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in parameters
    )
    page["components"]["schemas"]["KindENUM"]["enum"] = [
        *properties,
        *(f"{name}!" for name in parameters),
    ]
    if trial.takes(page):
        _read_back(trial, properties)


def _read_back(trial, properties) -> None:
    """Each property is a field of its own: what is set one after the other stays."""
    source = trial.generated("models/thing.py")
    tree = ast.parse(source)
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    fields = [
        unicodedata.normalize("NFKC", node.target.id)
        for node in model.body
        if isinstance(node, ast.AnnAssign)
    ]
    assert len(fields) == len(set(fields)) == len({*properties, "field", "other", "kind"})
    members = ast.parse(trial.generated("models/kind.py"))
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
def test_any_json_in_any_place_is_taken_or_refused(trial, place, value) -> None:
    page = hostile.document()
    home, last = hostile.home_of(page, place)
    home[last] = value
    trial.takes(page)


@settings(max_examples=50, derandomize=True, deadline=None, database=None)
@given(st.text(max_size=200) | st.text(st.sampled_from('`~json{}[]":,\n >-#'), max_size=80))
def test_any_page_is_taken_or_refused(trial, text) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.md"
        file.write_text(text, encoding="utf-8")
        trial.house.refused("vendor", file)
