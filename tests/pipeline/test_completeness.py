"""Whatever the generator loses, renames or invents is noticed: its view is compared with the spec."""

from types import SimpleNamespace

import pytest
from openapi_python_client.parser.errors import GeneratorError, ParseError

from pipeline.errors import PipelineError
from pipeline.generate import package
from pipeline.generate.context.models import model_reader


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


def _endpoint(found, name):
    collections = found.endpoint_collections_by_tag.values()
    return next(each for tag in collections for each in tag.endpoints if each.name == name)


def _drop_a_property(found) -> None:
    model = next(model for model in found.models if model.class_info.name == "Shelf")
    model.optional_properties.clear()


def _rename_an_enum(found) -> None:
    found.enums[0].class_info.name = type(found.enums[0].class_info.name)("Other", "")


DAMAGES = [
    (
        lambda found: found.endpoint_collections_by_tag["stores"].endpoints.pop(),
        "openapi/fragments: 5 operations, but the generator made 4 of them.",
    ),
    (
        lambda found: found.models.clear(),
        "stores/getShelves.json: #/components/schemas/ShelfSchema: no class would be made of it.",
    ),
    (
        _drop_a_property,
        "stores/getShelves.json: #/components/schemas/ShelfSchema: its class would not have the same",
    ),
    (_rename_an_enum, "openapi.json: the class Other would be made of a schema that is no component."),
    (
        lambda found: _endpoint(found, "staff_list").query_parameters.clear(),
        "#/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}~1staff/get: its parameters would not all be",
    ),
    (
        lambda found: _endpoint(found, "stores_update").bodies.clear(),
        "stores/putStore.json: #/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}/put: its body would be",
    ),
    (
        lambda found: _endpoint(found, "stores_update").responses.patterns.clear(),
        "its answers would not all be there.",
    ),
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


def test_a_kind_of_property_that_no_reader_knows_is_refused() -> None:
    with pytest.raises(
        PipelineError, match=r"the property 'odd' is of a kind \(SimpleNamespace\) that no decoder"
    ):
        model_reader(SimpleNamespace(python_name="odd"), {})
