"""Nothing of the spec is lost silently: what the client can't carry is refused, with place and remedy."""

import json

import pytest
from refusals import LOSSES, REMEDIES, query_parameter, schema_document

from pipeline.spec import validation


@pytest.mark.parametrize("case", LOSSES)
def test_what_would_be_lost_is_refused_with_its_place_and_nothing_stays(house, api, case) -> None:
    make, expected = LOSSES[case]
    error = house.refused("vendor", house.write("../page.md", api.markdown(make(api))))
    assert expected in error
    assert "page.md:12: #/" in error or "openapi.json: #/" in error or "(POST /a)" in error


def test_every_refusal_has_a_remedy() -> None:
    assert LOSSES.keys() == REMEDIES.keys()


@pytest.mark.parametrize("case", REMEDIES)
def test_the_remedy_that_a_refusal_names_helps(house, api, case) -> None:
    page = house.write("../page.md", api.markdown(LOSSES[case][0](api)))
    assert "in openapi/overlay.yaml" in house.refused("vendor", page)
    actions = [{**action, "description": "As the message says."} for action in REMEDIES[case]]
    house.write("openapi/overlay.yaml", json.dumps({"overlay": "1.0.0", "actions": actions}))
    house.done("vendor", page)
    house.done("generate")


def test_all_that_is_wrong_is_listed_at_once(house, api) -> None:
    document = schema_document(api, api.obj({"a\u202eb": {}, "e": {"type": "string", "enum": ["a\tb"]}}))
    path = document["paths"]["/a"]["post"]
    path["parameters"] = [{"name": "c", "in": "cookie", "schema": {}}]
    document["servers"] = [{"url": "http://api.example.com"}]
    document["components"]["schemas"]["X"]["properties"]["n"] = {"type": "integer", "default": "many"}
    error = house.refused("vendor", house.write("../page.md", api.markdown(document)))
    for problem in ("holds characters", "is a cookie", "is not an https address", "is not of type 'integer'"):
        assert problem in error
    assert error.count("holds characters") == 2


def test_every_block_of_every_page_that_is_broken_is_listed_at_once(house, api) -> None:
    first = house.write("../first.md", api.markdown({"openapi": "2.0"}, {"openapi": "3.0.0"}, *api.STORES))
    second = house.write("../second.md", "# Nothing")
    error = house.refused("vendor", first, second)
    assert "first.md:12: #/openapi: not an OpenAPI 3.0 document" in error
    assert "first.md:18: #: not OpenAPI 3.0" in error
    assert "second.md: no operation" in error


def test_a_name_too_long_for_a_file_is_refused_and_an_entry_helps(house, api) -> None:
    path = f"/{'long' * 26}"
    page = house.write("../page.md", api.markdown(api.document(path, "get", api.operation())))
    assert "can't be a resource and a method; choose another name." in house.refused("vendor", page)
    house.write("generator-config.yaml", f"method_overrides: {{ 'GET {path}': long.get }}\n")
    house.done("vendor", page)


def test_a_method_beside_a_batch_can_not_be_named_like_its_stream(house, api) -> None:
    batch = api.PRODUCTS[3]
    path = next(iter(batch["paths"]))
    other = api.document(f"{path}-stream", "post", api.operation(tags=["Product"]))
    page = house.write("../page.md", api.markdown(batch, other))
    assert "products.batch_stream: products.batch has a method of that name, too." in house.refused(
        "vendor", page
    )
    house.write(
        "generator-config.yaml",
        f"method_overrides: {{ 'POST {path}-stream': products.stream }}\n",
    )
    house.done("vendor", page)


def test_choices_of_texts_and_numbers_can_be_sent_and_choices_of_models_are_bodies(house, api) -> None:
    document = schema_document(
        api, {"oneOf": [api.ref("A"), api.ref("B")]}, A=api.obj({}), B=api.obj({"b": {}})
    )
    document["paths"]["/a"]["post"]["parameters"] = [
        query_parameter({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        {**query_parameter({"type": "string", "nullable": True}), "name": "other"},
    ]
    # Of no meaning, and in nobody's way.
    document["components"] |= {"x-notes": {"a": {}}, "parameters": {"unused": query_parameter({})}}
    house.vendor("page", api.markdown(document))
    house.done("generate")
    text = house.text("resources/a.py")
    assert "body: A | B | None = None," in text
    assert "q: str | int | None = None," in text
    assert "other: str | None" in text


def test_a_failing_validator_is_told_as_such(house, api, monkeypatch) -> None:
    house.vendor("page", api.markdown(*api.STORES))
    monkeypatch.setattr(validation.OpenAPIV30SpecValidator, "iter_errors", lambda _: 1 / 0)
    assert "openapi.json: the validator failed on it: ZeroDivisionError" in house.refused("generate")
