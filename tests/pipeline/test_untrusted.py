"""Whatever text stands in a page, it can't become code, break the output, or choose a path outside."""

import ast

import hostile
import pytest
from hostile import HOSTILE, KEYS, NAMES, PROSE, VALUES


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_prose_in_every_place_for_prose(trial, text) -> None:
    page = hostile.document()
    for place in PROSE.values():
        home, last = hostile.home_of(page, place)
        home[last] = text
    # Prose is never refused, but for what no file can hold.
    assert trial.takes(page) == (text != "\ud800")


@pytest.mark.parametrize("place", [*NAMES, *KEYS, *VALUES])
def test_a_hostile_text_in_any_other_place_is_no_code_or_is_refused(trial, place) -> None:
    # Every text at every place would take minutes and find no more: they are dealt out.
    step = 4 if place in NAMES else 8
    start = [*NAMES, *KEYS, *VALUES].index(place) % step
    results = [trial.takes(hostile.planted(place, text)) for text in [*HOSTILE[start::step], "plain"]]
    assert any(results) or place in {"server address", "status", "section", "path"}


def test_prose_stands_in_docstrings_as_it_was(trial) -> None:
    text = 'He said "yes" and """no""", C:\\new, {x} and 100 %: \\"'
    assert trial.takes(hostile.planted("schema description", text))
    tree = ast.parse(trial.generated("models/thing.py"))
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    assert ast.get_docstring(model).startswith(text)


def test_a_server_of_another_scheme_or_place_is_refused(trial) -> None:
    for url in (
        "http://x.example.com",
        "https://x@y",
        "https://x/../y",
        "//x",
        "javascript:x",
        "https://x y",
        "https://æ",
    ):
        assert not trial.takes(hostile.planted("server address", url))
