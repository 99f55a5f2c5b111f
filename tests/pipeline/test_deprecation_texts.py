"""What of the reference's own words stands in a warning and in the documentation."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.generate.context.texts import LONGEST, documented, is_deprecated, warning_of

SAID = "it is deprecated by the API reference"


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        (None, ""),
        ("Deprecated", ""),
        ("The watts.", ""),
        ("DEPRECATED - use lumen.", ": use lumen."),
        ("The watts. Use lumen instead. Please.", ": Use lumen instead. Please."),
        ("Deprecated since v2; was\nreplaced by lumen", ": Deprecated since v2; was replaced by lumen"),
        ('Not "watt" \\ {{ this }} instead', ': Not \\"watt\\" \\\\ {{ this }} instead'),
        ("instead\u202e\x1b[2J\u2028", ": instead [2J"),
        ("a " * 1000 + "instead", f": {'a ' * (LONGEST // 2 - 4)}a [...]"),
        ("x" * 100_000, ""),
    ],
)
def test_a_warning_has_the_words_of_the_reference_that_help(description, expected) -> None:
    assert warning_of("it", {"description": description}) == f"{SAID}{expected}"


@given(st.text())
def test_a_warning_is_one_line_of_a_literal_whatever_the_reference_says(text) -> None:
    said = ast.literal_eval(f'"{warning_of("it", {"description": f"{text} instead"})}"')
    assert said.startswith("it is deprecated by the API reference")
    assert said.isprintable()


def test_documentation_says_it_once() -> None:
    assert documented("This is deprecated: no.", deprecated=True) == "This is deprecated: no."
    assert documented("The watts.", deprecated=True) == "Deprecated. The watts."
    assert documented("The watts.", deprecated=False) == "The watts."


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"deprecated": True}, True),
        ({"deprecated": "true"}, False),
        ({"$ref": "#/components/schemas/Old"}, True),
        ({"$ref": "#/components/schemas/New"}, False),
        ({"nullable": True, "allOf": [{"$ref": "#/components/schemas/Alias"}]}, True),
        ({"allOf": [{"$ref": "#/components/schemas/Old"}, {"properties": {}}]}, False),
    ],
)
def test_another_name_for_what_is_deprecated_is_deprecated(api, schema, expected) -> None:
    document = {
        "components": {
            "schemas": {"Old": {"deprecated": True}, "New": {}, "Alias": {"anyOf": [api.ref("Old")]}}
        }
    }
    assert is_deprecated(document, schema) is expected
