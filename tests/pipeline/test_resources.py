"""Resources and methods by rule, whatever an operation is called, takes and answers."""

import re

import pytest


def _resource(house, api, *documents, name="page"):
    house.vendor(name, api.markdown(*documents))
    house.done("generate")
    return {
        file.stem: file.read_text() for file in (house.root / "flow_retail_client/resources").glob("*.py")
    }


def test_resources_and_methods_step_aside_for_what_python_and_the_client_have(house, api) -> None:
    documents = [
        api.document(path, "post", api.operation(tags=[tag]))
        for path, tag in [
            ("/request/send", "Request"),
            ("/import/from", "Import"),
            ("/%C3%A6%C3%B8%C3%A5/12", "Ünï çode"),
            ("/a/deprecated", "A"),
            ("/__init__/__init__", "__init__"),
        ]
    ]
    text = _resource(house, api, *documents)
    assert sorted(text) == ["__init__", "a", "aeoa", "import_", "init", "request_resource"]
    assert "async def from_(" in text["import_"]
    assert "async def op_12(" in text["aeoa"]
    assert "async def deprecated_(" in text["a"]
    assert 'def request_resource(self) -> "resources.RequestResourceResource":' in house.text("client.py")


def test_a_resource_may_be_called_like_a_builtin(house, api) -> None:
    text = _resource(house, api, api.document("/license", "get", api.operation(tags=["License"])))
    assert "async def get(" in text["license"]


def test_a_batch_that_takes_more_than_lists_is_a_plain_method(house, api) -> None:
    batch = api.PRODUCTS[3]
    path, item = next(iter(batch["paths"].items()))
    more = {**item["post"], "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}]}
    text = _resource(house, api, {**batch, "paths": {path: {"post": more}}})["products"]
    assert "dry: bool | None = None," in text
    assert "BatchSpec(" not in text


@pytest.mark.parametrize(
    "body",
    [
        {"upsert": {"type": "string"}},
        {"upsert": {"type": "array", "items": {"type": "string"}}},
        {
            "upsert": {
                "type": "array",
                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
            }
        },
        {"other": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}},
    ],
)
def test_what_has_not_the_shape_of_a_batch_is_a_plain_method(house, api, body) -> None:
    document = api.document(
        "/a/batch",
        "post",
        api.operation(
            "post batch",
            requestBody=api.content(api.obj(body)),
            responses={"200": api.answer(api.obj({key: {} for key in body}))},
        ),
        schemas={"Item": api.obj({"itemUid": {"type": "string"}}, "itemUid")},
    )
    assert "BatchSpec(" not in _resource(house, api, document)["a"]


def test_answers_of_several_kinds_are_a_union_and_texts_beside_json_promise_nothing(house, api) -> None:
    one, other = (api.answer(api.obj({name: {"type": "string"}})) for name in "ab")
    documents = [
        api.document(
            "/a/both", "get", api.operation("get both", responses={"200": one, "207": other, "2XX": one})
        ),
        api.document(
            "/a/mixed",
            "get",
            api.operation("get mixed", responses={"200": one, "201": api.answer({}, "text/plain")}),
        ),
    ]
    text = _resource(house, api, *documents)["a"]
    assert "-> ABoth | ABoth2:" in text
    assert "UnionDecoder[ABoth | ABoth2](" in text.replace("\n", "").replace("  ", "")
    assert "async def get_mixed(\n        self,\n    ) -> None:" in text


def test_parameters_of_a_header_are_keywords_but_for_those_of_the_client(house, api) -> None:
    document = api.document(
        "/a",
        "get",
        api.operation(
            "get",
            parameters=[
                {"name": name, "in": "header", "schema": {"type": "string"}}
                for name in ("X-Request-Id", "Accept-Language")
            ],
        ),
    )
    text = _resource(house, api, document)["a"]
    assert "x_request_id: str | None = None," in text
    assert "accept_language" not in text


def test_a_pattern_that_python_reads_in_two_minds_is_left_to_the_server(house, api) -> None:
    patterns = ["^[a-z]+", "[a||b]+", "[[a]+", "^(a+)+$", "[\u200b]+", "[&&]*"]
    documents = [
        api.document(
            f"/a/{{aUid}}/part{number}",
            "get",
            api.operation(
                f"get {number}",
                tags=["a"],
                parameters=[
                    {
                        "name": "aUid",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "pattern": pattern},
                    }
                ],
            ),
        )
        for number, pattern in enumerate(patterns)
    ]
    text = _resource(house, api, *documents)["a"]
    assert text.count('{"aUid": ') == 1
    assert '{"aUid": "^[a-z]+"}' in text


def test_items_without_a_uid_of_their_own_are_told_apart_by_a_required_uid_or_not_at_all(house, api) -> None:
    def paged(name, item):
        return api.document(
            f"/{name}",
            "get",
            api.operation(
                f"get {name}",
                parameters=api.PAGED,
                responses={
                    "200": api.answer(api.obj({"items": api.array(item), "paging": api.ref("Paging")}))
                },
            ),
            schemas={"Paging": api.PAGING},
            parameters=api.PAGE_PARAMETERS,
        )

    text = _resource(
        house,
        api,
        paged("a", api.obj({"uid": {"type": "string"}}, "uid")),
        paged("b", api.obj({"uid": {"type": "string"}, "otherUid": {"type": "string"}})),
        paged("c", {"type": "string"}),
    )
    assert 'record_key="uid",' in text["a"]
    assert "record_key" not in text["b"]
    assert "record_key" not in text["c"]


def _batch(api, name, requests, errors):
    """The batch of a collection: the schema of the items of each list, and that of its errors."""
    sections = {
        each: api.obj({"success": {"type": "integer"}, "errors": api.array(error)}, "success", "errors")
        for each, error in errors.items()
    }
    return api.document(
        f"/tenants/{{tenantUid}}/{name}/batch",
        "post",
        api.operation(
            f"post-tenants-{name}-batch",
            tags=[name.title()],
            requestBody=api.content(api.obj({each: api.array(item) for each, item in requests.items()})),
            responses={"200": api.answer(api.obj(sections))},
        ),
    )


def test_a_batch_knows_by_what_its_errors_name_items(house, api) -> None:
    text = {"type": "string"}
    said = {"errorCode": text, "message": text}
    price = api.obj({"productUid": text, "pricelistUid": text, "message": text}, "productUid")
    stored = api.obj({"priceUid": text}, "priceUid")
    by_product = api.obj({**said, "productUid": text})
    by_price = api.obj({**said, "priceUid": text, "productUid": text})
    parts = api.obj({"partUid": text, "sku": text, "ownerUid": text}, "partUid")
    found = _resource(
        house,
        api,
        _batch(
            api,
            "prices",
            {"create": price, "delete": stored},
            {"create": by_product, "delete": by_price},
        ),
        _batch(
            api,
            "parts",
            {"upsert": parts, "update": parts},
            {"upsert": api.obj({**said, "sku": text}), "update": api.obj({**said, "itemUid": text})},
        ),
    )
    prices, parts = " ".join(found["prices"].split()), " ".join(found["parts"].split())
    assert 'uid="price_uid", uid_key="priceUid"' in prices
    assert 'error_keys={"create": ("productUid",), "delete": ("priceUid",)}' in prices
    assert 'uid="part_uid", uid_key="partUid"' in parts
    assert 'error_keys={"update": ("itemUid",), "upsert": ("sku",)}' in parts


def test_a_batch_says_what_its_items_are_and_that_no_one_builds_its_envelopes(house, api) -> None:
    text = " ".join(_resource(house, api, *api.PRODUCTS)["products"].split())
    length = "any iterable or async iterable, of any length."
    assert f"upsert: `ProductInput` objects to upsert: {length}" in text
    assert f"objects, or UIDs, to delete: {length} Each needs `product_uid`." in text
    assert re.search(r"many request bodies \(`\w+`\) of them .* result of the answers \(`\w+`\)\.", text)
