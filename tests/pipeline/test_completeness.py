"""Whatever class the generator loses, renames or invents is noticed: its view is compared with the spec."""

import pytest
from openapi_python_client.parser.errors import GeneratorError, ParseError

from pipeline.generate import package


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


def _rename_an_enum(found) -> None:
    found.enums[0].class_info.name = type(found.enums[0].class_info.name)("Other", "")


DAMAGES = [
    (
        lambda found: found.models.clear(),
        "stores/getShelves.json: #/components/schemas/ShelfSchema: no class would be made of it.",
    ),
    (_rename_an_enum, "openapi.json: the class Other would be made of a schema that is no component."),
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
