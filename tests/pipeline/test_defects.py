"""The known defects of the fragments are mended on the real pages, and by rule on pages never seen."""

import re

import pytest

from pipeline.spec.rules import ERROR_SCHEMA, UID_PATTERN

METHODS = ("get", "put", "post", "delete", "patch")
FAILURE = {"$ref": "#/components/responses/Error"}


def _operations(house):
    for path, item in house.spec()["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _operation(house, method, path):
    return house.spec()["paths"][path][method]


@pytest.fixture(params=["real", "fourth"])
def either(request):
    """The real pages, and those that no rule was written for."""
    return request.getfixturevalue(request.param)


def test_every_fragment_becomes_an_operation(either) -> None:
    fragments = list((either.root / "openapi/fragments").glob("*/*.json"))
    assert len(list(_operations(either))) == len(fragments)


def test_the_real_pages_have_37_operations_in_three_resources(real) -> None:
    # Further pages may have been vendored since, with resources of their own.
    three = {"customer_contacts", "customer_groups", "customers"}
    names = [operation["operationId"].partition(".")[0] for _, _, operation in _operations(real)]
    assert len([name for name in names if name in three]) == 37
    assert {file.stem for file in (real.root / "flow_retail_client/resources").glob("*.py")} == {
        "__init__",
        *names,
    }


def test_defect_1_every_path_parameter_is_declared(either) -> None:
    for path, _, operation in _operations(either):
        declared = [each["name"] for each in operation.get("parameters", []) if each.get("in") == "path"]
        assert sorted(declared) == sorted(re.findall(r"{(.+?)}", path))


def test_defect_1_a_uid_has_the_pattern_of_uids(either) -> None:
    schemas = either.spec()["components"]["schemas"]
    assert schemas["UID"]["pattern"] == UID_PATTERN
    for path, _, operation in _operations(either):
        for parameter in operation.get("parameters", []):
            if parameter.get("in") == "path" and parameter["name"].endswith("Uid"):
                schema = parameter["schema"]
                assert schema in (
                    {"$ref": "#/components/schemas/UID"},
                    {"type": "string", "pattern": UID_PATTERN},
                ), path


def test_defect_1_an_enum_named_like_a_path_parameter_is_its_kind(real, fourth) -> None:
    assert "customer_extension_code: CustomerExtensionCode | " in real.text("resources/customers.py")
    assert "shelf_kind: ShelfKind | " in fourth.text("resources/shelves.py")


def test_defect_1_without_a_uid_component_the_pattern_is_written_out(house, api) -> None:
    house.vendor("page", api.markdown(api.STORES[2]))
    house.done("generate")
    parameters = next(_operations(house))[2]["parameters"]
    assert parameters == [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": UID_PATTERN}}
        for name in ("tenantUid", "storeUid")
    ]


def test_defect_1_a_value_of_another_kind_is_a_text_in_a_path(fourth) -> None:
    operation = _operation(fourth, "get", "/tenants/{tenantUid}/products/{productUid}/images/{position}")
    assert [each["schema"] for each in operation["parameters"] if each["name"] == "position"] == [
        {"type": "string", "pattern": "^[0-9-]+$"}
    ]
    assert "product_uid: str,\n        position: str," in fourth.text("resources/products.py")


@pytest.mark.parametrize("format_", ["date", "date-time"])
def test_defect_1_a_date_is_a_text_in_a_path(house, api, format_) -> None:
    day = {"name": "day", "in": "path", "required": True, "schema": {"type": "string", "format": format_}}
    house.vendor(
        "page", api.markdown(api.document("/a/{day}", "get", api.operation("get", parameters=[day])))
    )
    house.done("generate")
    assert "day: str," in house.text("resources/a.py")


def test_defect_2_classes_are_named_by_keys_never_by_titles(real, fourth) -> None:
    for name in ("customer_export", "settlement", "settlement_state", "settlement_status"):
        assert (real.root / f"flow_retail_client/models/{name}.py").exists()
    # Two share the title Product; the one that only takes up the title of the other keeps its own name.
    assert "class Product(Model)" in fourth.text("models/product.py")
    assert "class Category(Model)" in fourth.text("models/category.py")
    assert "class ShelfKind(OpenStrEnum)" in fourth.text("models/shelf_kind.py")


def test_defect_3_the_batch_answers_with_errors_of_customers(real) -> None:
    operation = _operation(real, "post", "/tenants/{tenantUid}/customers/batch")
    schemas = [
        operation["responses"][status]["content"]["application/json"]["schema"] for status in ("200", "207")
    ]
    assert schemas == [{"$ref": "#/components/schemas/CustomerBatchResponseSchema"}] * 2
    assert '"create": ("customerUid",)' in real.text("resources/customers.py")


def test_defect_4_a_body_is_required_if_it_requires_a_property_and_for_every_put(either) -> None:
    for _, method, operation in _operations(either):
        if method == "put":
            assert operation["requestBody"]["required"] is True


def test_defect_4_a_body_that_requires_nothing_may_be_left_out(real, fourth) -> None:
    assert "body: CustomerCreate," in real.text("resources/customers.py")
    assert "body: ProductInput," in fourth.text("resources/products.py")
    assert "body: GiftCardInput," in fourth.text("resources/gift_cards.py")
    assert "body: OrderSearch | None = None," in fourth.text("resources/orders.py")


def test_defect_4_a_body_is_required_by_a_part_of_its_composition(house, api) -> None:
    document = api.document(
        "/a",
        "post",
        api.operation("post it", requestBody=api.content(api.ref("A"))),
        schemas={
            "A": {"allOf": [api.ref("B"), api.obj({"a": {"type": "string"}})]},
            "B": {"allOf": [api.obj({"b": {"type": "string"}}, "b")]},
        },
    )
    house.vendor("page", api.markdown(document))
    house.done("generate")
    assert next(_operations(house))[2]["requestBody"]["required"] is True


def test_defect_5_equal_envelopes_are_one_named_class(real, fourth) -> None:
    pages = {name for name in real.names().values() if name.endswith("Page")}
    assert pages >= {
        "CustomerPage",
        "CustomerContactPage",
        "CustomerContactsWithCustomersPage",
        "CustomerExternalPage",
        "CustomerGroupPage",
    }
    assert "ProductPage" in fourth.names().values()
    assert not any("Response200" in name for name in {*real.names().values(), *fourth.names().values()})


def test_defect_5_everything_with_a_class_is_a_component(either) -> None:
    def inline(value, *, inside):
        if isinstance(value, list):
            for each in value:
                yield from inline(each, inside=inside)
        elif isinstance(value, dict):
            if inside and (value.get("type") == "object" or (value.get("enum") and value["enum"] != [None])):
                yield value
            for key, content in value.items():
                yield from inline(content, inside=key not in {"allOf", "schemas", "responses", "properties"})

    spec = either.spec()
    schemas = {
        key: {**schema, "type": None, "enum": None} for key, schema in spec["components"]["schemas"].items()
    }
    assert not list(inline(spec["paths"], inside=True))
    assert not [
        found
        for schema in schemas.values()
        for content in schema.get("properties", {}).values()
        for found in inline(content, inside=True)
    ]


def test_defect_6_every_operation_can_fail_in_one_shape(either) -> None:
    spec = either.spec()
    for _, _, operation in _operations(either):
        statuses = operation["responses"]
        assert {status for status in statuses if not status.startswith("2")} == {"4XX", "5XX"}
        assert statuses["4XX"] == statuses["5XX"] == FAILURE
    schema = spec["components"]["responses"]["Error"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Error"}
    assert spec["components"]["schemas"]["Error"]["properties"] == ERROR_SCHEMA["properties"]


@pytest.mark.parametrize("taken", [["Error"], ["Error", "ApiError"]])
def test_defect_6_a_published_component_of_that_name_stays_what_it_is(house, api, taken) -> None:
    own = api.obj({"mine": {"type": "string"}})
    document = api.document(
        "/a",
        "get",
        api.operation("get", responses={"200": api.answer(api.obj({key: api.ref(key) for key in taken}))}),
        schemas=dict.fromkeys(taken, own),
    )
    house.vendor("page", api.markdown(document))
    house.done("generate")
    schemas = house.spec()["components"]["schemas"]
    assert all(schemas[key]["properties"] == own["properties"] for key in taken)
    ours = "Api" * len(taken) + "Error"
    assert set(schemas[ours]["properties"]) == {"code", "message", "logId"}


def test_defect_7_json_is_asked_for_where_it_is_offered(real) -> None:
    answer = _operation(real, "get", "/tenants/{tenantUid}/customers/{customerUid}/export")["responses"][
        "200"
    ]
    assert list(answer["content"]) == ["application/json"]


@pytest.mark.parametrize(
    ("media", "kept", "annotation"),
    [
        (["application/xml", "application/json"], "application/json", "A"),
        (
            ["text/plain", "application/vnd.example.v2+JSON; charset=utf-8"],
            "application/vnd.example.v2+JSON",
            "A",
        ),
        (["*/*"], "application/json", "A"),
        (["text/csv", "application/pdf"], "text/csv", "str"),
        (["application/pdf", "text/csv"], "application/pdf", "bytes"),
        (["application/xml"], "application/xml", "bytes"),
    ],
)
def test_defect_7_of_several_media_types_one_is_kept_json_first(house, api, media, kept, annotation) -> None:
    schema = api.obj({"a": {"type": "string"}})
    contents = {each: {"schema": schema} for each in media}
    document = api.document(
        "/a", "get", api.operation("get it", responses={"200": {"description": "x", "content": contents}})
    )
    house.vendor("page", api.markdown(document))
    house.done("generate")
    assert list(next(_operations(house))[2]["responses"]["200"]["content"]) == [kept]
    assert f"-> {annotation}:" in house.text("resources/a.py")
