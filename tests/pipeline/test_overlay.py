"""Corrections are applied where they fit, and refused where they don't."""

import re

import pytest

from pipeline.naming.classes import module_name

PATH = "$.paths['/tenants/{tenantUid}/stores/{storeUid}/note'].get"


def _overlay(*actions: str) -> str:
    return "overlay: 1.0.0\nactions:\n" + "".join(
        "  - " + action.replace("\n", "\n    ") + "\n" for action in actions
    )


@pytest.fixture
def stores(house, api):
    house.vendor("stores", api.markdown(*api.STORES))
    return house


def test_a_correction_changes_the_spec_and_the_client(stores) -> None:
    stores.write(
        "openapi/overlay.yaml",
        _overlay(
            f"target: {PATH}\ndescription: Clearer.\nupdate: {{ summary: Reads a note. }}",
            "target: $.servers[0]\ndescription: Moved.\nupdate: { url: 'https://new.example.com' }",
            "target: $.servers[?(@.description=='Example Stage')]\ndescription: Gone.\nremove: true",
        ),
    )
    stores.done("generate")
    assert '"""Reads a note.' in stores.text("resources/stores.py")
    assert stores.spec()["servers"] == [
        {"url": "https://new.example.com", "description": "Example Production"}
    ]


def test_what_a_correction_puts_in_two_places_is_one_class_and_two_places(stores) -> None:
    schema = "{ type: object, properties: { part: { type: object, properties: { a: { type: string } } } } }"
    stores.write(
        "openapi/overlay.yaml",
        _overlay(
            "target: $.paths.*.*.responses['200'].content\ndescription: Only what follows.\nremove: true",
            "target: $.paths.*.get.responses['200']\n"
            f"description: In several places.\n"
            f"update: &inline {{ content: {{ application/json: {{ schema: {schema} }} }} }}",
            "target: $.paths['/tenants/{tenantUid}/stores/{storeUid}'].put.responses['200']\n"
            "description: The same object to YAML.\nupdate: *inline",
        ),
    )
    stores.done("generate")
    for name in ("Shelf", "StoreNote", "StoreStaff", "Store"):
        assert re.search(r"part: \w+Part | Unset", stores.text(f"models/{module_name(name)}.py"))
    before = stores.snapshot()
    stores.done("generate")
    assert stores.snapshot() == before


def test_a_correction_beside_a_reference_would_be_lost_and_is_refused(stores) -> None:
    stores.write(
        "openapi/overlay.yaml",
        _overlay(
            "target: $.paths.*.put.responses['200'].content['application/json'].schema\n"
            "description: Of no effect.\nupdate: { nullable: true }"
        ),
    )
    error = stores.refused("generate")
    assert (
        "200/content/application~1json/schema is a reference; what the overlay puts beside it means" in error
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[", "overlay.yaml: not YAML: while parsing"),
        ("a: 1\n", "overlay.yaml: #/overlay: not an OpenAPI Overlay 1.0 document"),
        ("- 1\n", "overlay.yaml: #/overlay: not an OpenAPI Overlay"),
        ("overlay: 2.0.0\nactions: []\n", "overlay.yaml: #/overlay: not an OpenAPI Overlay 1.0 document"),
        ("overlay: 1.0.0\n", "overlay.yaml: #/actions: a list is expected"),
        ("overlay: 1.0.0\nactions: [1]\n", "overlay.yaml: #/actions/0: an action needs a target"),
        ("overlay: 1.0.0\nactions: [{target: 1}]\n", "overlay.yaml: #/actions/0: an action needs a target"),
        (
            _overlay("target: $.info\nupdate: {}"),
            "overlay.yaml: #/actions/0 ($.info): an action needs a description: the reason for it.",
        ),
        (_overlay("target: $.info\ndescription: ' '\nupdate: {}"), "an action needs a description"),
        (_overlay("target: $.info\ndescription: x"), "an action has either an update or `remove: true`"),
        (_overlay("target: $.info\ndescription: x\nremove: false"), "an action has either an update or"),
        (
            _overlay("target: $.info\ndescription: x\nupdate: {}\nremove: true"),
            "an action has either an update",
        ),
        (_overlay("target: $.info\ndescription: x\ncopy: $.a\nupdate: {}"), "and nothing else but a target"),
        (
            _overlay("target: $.info\ndescription: x\nupdate: { a: 1 }\nupdate: {}"),
            'found duplicate key "update"',
        ),
        (
            _overlay("target: $.info\ndescription: x\nupdate: { 207: 1 }"),
            "the name 207 is no text; put it in quotes",
        ),
        (
            _overlay("target: $.info\ndescription: x\nupdate: { a: 2020-01-01 }"),
            "datetime.date(2020, 1, 1) has no form in JSON; write it as a text, in quotes",
        ),
        (_overlay("target: $.info\ndescription: x\nupdate: { a: .nan }"), "a number is too large for JSON"),
        (
            _overlay("target: $.info\ndescription: x\nupdate: &a { a: *a }"),
            "overlay.yaml: nested deeper than 100 levels",
        ),
        (
            _overlay(
                "target: '$['\ndescription: x\nupdate: {}", "target: $.a(\ndescription: x\nremove: true"
            ),
            "#/actions/0: the target '$[' is not a JSONPath",
        ),
        (
            _overlay("target: $.a.`sub(/a/`\ndescription: x\nupdate: {}"),
            "is not a JSONPath: sub(/a/ is not valid",
        ),
        (
            _overlay(
                "target: $.paths['/nowhere']\ndescription: x\nupdate: {}",
                "target: $.nothing\ndescription: x\nremove: true",
            ),
            "#/actions/1: the target '$.nothing' matches nothing. Correct it to the spec as it is now, or",
        ),
        (_overlay("target: $\ndescription: x\nupdate: 1"), "the target '$' can't be changed so"),
        (_overlay("target: $\ndescription: x\nremove: true"), "the target '$' can't be changed so"),
        (_overlay("target: $.servers[0]\ndescription: x\nupdate: 1"), "can't be changed so"),
        (
            _overlay(f"target: {PATH}.responses\ndescription: x\nremove: true"),
            "overlay.yaml: after the overlay: #/paths/~1tenants~1{tenantUid}~1stores~1{storeUid}~1note/get: "
            "not OpenAPI 3.0: 'responses' is a required property",
        ),
        (
            _overlay("target: $.components.schemas.StoreSchema\ndescription: x\nremove: true"),
            "overlay.yaml: after the overlay, references are wrong; correct the action:",
        ),
        (
            _overlay(
                "target: $.components.schemas.StoreSchema\ndescription: x\n"
                "update: { $ref: '#/components/schemas/StoreSchema' }"
            ),
            "is part of a cycle",
        ),
        (
            _overlay(
                "target: $.paths['/tenants/{tenantUid}/stores/{storeUid}']\ndescription: x\nremove: true"
            ),
            "An operation that is vendored can't be removed by the overlay: remove its fragment.",
        ),
        (b"\xff", "overlay.yaml: not UTF-8 text"),
    ],
)
def test_an_overlay_that_does_not_fit_is_refused_with_the_action(stores, text, expected) -> None:
    stores.write("openapi/overlay.yaml", text)
    error = stores.refused("generate")
    assert "overlay.yaml" in error or "openapi/fragments" in error
    assert expected in error


def test_all_targets_that_match_nothing_are_listed_at_once(stores) -> None:
    stores.write(
        "openapi/overlay.yaml",
        _overlay(*(f"target: $.nothing{number}\ndescription: x\nupdate: {{}}" for number in range(3))),
    )
    error = stores.refused("generate")
    assert [f"$.nothing{number}' matches nothing" in error for number in range(3)] == [True] * 3


def test_without_an_overlay_the_remedy_is_told(stores) -> None:
    (stores.root / "openapi/overlay.yaml").unlink()
    assert "overlay.yaml: can't be read: No such file or directory. Restore it" in stores.refused("generate")
