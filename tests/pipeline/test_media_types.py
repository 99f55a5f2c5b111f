"""Bodies and responses that are no JSON: forms, files and texts, in the types that people give and get."""

import json

import pytest

TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}


@pytest.mark.parametrize(
    ("media", "kept", "annotation"),
    [
        ("application/pdf", FILE, "bytes"),
        ("image/png", FILE, "bytes"),
        ("image/*", FILE, "bytes"),
        ("application/zip", FILE, "bytes"),
        ("text/csv", TEXT, "str"),
    ],
)
def test_a_response_that_is_no_json_keeps_its_media_type_and_is_asked_for_by_it(
    made, media, kept, annotation
) -> None:
    house = made({"type": "string"}, method="get", media=media)
    content = next(iter(house.spec()["paths"].values()))["get"]["responses"]["200"]["content"]
    assert content == {media: {"schema": kept}}
    text = house.text("resources/things.py")
    assert f"-> {annotation}:" in text
    assert f'accept="{media}",' in text


def test_json_is_asked_for_by_its_own_media_type(made, api) -> None:
    house = made(api.obj({"a": TEXT}), method="get", media="application/vnd.example.v2+json")
    assert 'accept="application/vnd.example.v2+json",' in house.text("resources/things.py")


def test_all_that_an_operation_promises_is_asked_for(made, api) -> None:
    responses = {"200": api.answer(TEXT, "application/pdf"), "201": api.answer(TEXT, "application/zip")}
    house = made(TEXT, operation={"responses": responses})
    assert 'accept="application/pdf, application/zip",' in house.text("resources/things.py")


@pytest.mark.parametrize(
    ("media", "body_type"),
    [
        ("application/octet-stream", "application/octet-stream"),
        ("image/*", "image/*"),
        ("text/csv; charset=utf-8", "text/csv; charset=utf-8"),
        ("application/xml", "application/xml"),
        ("multipart/mixed", "multipart/mixed"),
    ],
)
def test_a_body_that_is_neither_json_nor_a_form_is_a_file(made, media, body_type) -> None:
    text = made({"type": "string"}, media=media, operation={"responses": {"204": {"description": ""}}}).text(
        "resources/things.py"
    )
    assert "        body: FileSource | None = None,\n" in text
    assert f'    body=FILE,\n    body_type="{body_type}",\n' in text


@pytest.mark.parametrize("media", ["Multipart/Form-Data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_form_is_a_model_of_its_fields(made, api, media) -> None:
    form = api.obj(
        {
            "file": FILE,
            "more": api.array(FILE),
            "old": FILE | {"nullable": True},
            "note": TEXT,
            "part": api.ref("A"),
        },
        "file",
    )
    operation = {"responses": {"204": {"description": ""}}, "requestBody": api.content(form, media)}
    house = made(TEXT, operation=operation, A=api.obj({"a": TEXT}))
    text = house.text("resources/things.py")
    assert "        body: ThingCreate,\n" in text
    kept = media.partition(";")[0].lower()
    assert f'    body=ThingCreate,\n    body_required=True,\n    body_type="{kept}",\n' in text
    model = house.text("models/thing_create.py")
    assert "    file: FileSource\n" in model
    assert "    more: list[FileSource] | Unset = UNSET\n" in model
    assert "    old: FileSource | Unset | None = UNSET\n" in model
    assert "    note: str | Unset = UNSET\n" in model
    assert "    part: A | Unset = UNSET\n" in model


def test_of_a_form_and_json_json_is_sent(made, api) -> None:
    content = {key: {"schema": api.obj({"a": TEXT})} for key in ("multipart/form-data", "application/json")}
    house = made(TEXT, operation={"requestBody": {"content": content}})
    assert "body_type=" not in house.text("resources/things.py")


@pytest.mark.parametrize(
    ("response", "idempotent"),
    [
        ({"items": {"type": "array", "items": TEXT}, "paging": {"type": "object"}}, True),
        ({"found": {"type": "array", "items": TEXT}, "totalCount": {"type": "integer"}}, True),
        ({"items": {"type": "array", "items": TEXT}}, False),
        ({"paging": {"type": "object"}}, False),
    ],
)
def test_a_post_that_returns_a_page_only_reads(made, api, response, idempotent) -> None:
    house = made(TEXT, operation={"responses": {"200": api.answer(api.obj(response))}})
    assert ("    idempotent=True,\n" in house.text("resources/things.py")) == idempotent


def test_a_body_of_several_media_types_after_the_overlay_is_refused(house, api) -> None:
    body = api.content(api.obj({"a": TEXT}))
    house.vendor("page", api.markdown(api.document("/a", "post", api.operation(requestBody=body))))
    action = {
        "target": "$.paths['/a'].post.requestBody.content",
        "description": "One too many.",
        "update": {"multipart/form-data": {"schema": api.obj({"a": TEXT})}},
    }
    house.write("openapi/overlay.yaml", json.dumps({"overlay": "1.0.0", "actions": [action]}))
    error = house.refused("generate")
    assert "a.create (POST /a): its body has several media types. Remove all but one" in error
