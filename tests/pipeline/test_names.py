"""Names are as a person would write them, by rule, and never change once published."""

import itertools
import json

import pytest

from pipeline.naming import reserved
from pipeline.naming.classes import assign_names, class_name, is_class_name, module_name, stem
from pipeline.naming.name_registry import NameRegistry


def _names(api, returned=(), sent=(), recorded=None, exceptions=None, tags=("things",), schemas=None):
    """Name components that come back, or are sent."""
    keys = [*dict.fromkeys([*returned, *sent])]

    def union(some):
        return {"content": {"application/json": {"schema": {"oneOf": [api.ref(key) for key in some]}}}}

    document = {
        "tags": [{"name": tag} for tag in tags],
        "paths": {
            "/a": {
                "post": {
                    "operationId": "a",
                    "requestBody": union(sent),
                    "responses": {"200": union(returned)},
                }
            }
        },
        "components": {"schemas": {key: api.obj({}) for key in keys} | (schemas or {})},
    }
    return assign_names(document, keys, recorded=recorded or {}, exceptions=exceptions or {})


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("ProductResponseSchema", "Product"),
        ("ProductENUM", "Product"),
        ("ProductTypeEnum", "ProductType"),
        ("ProductTYPE", "Product"),
        ("GiftCardUpdateRequestDTO", "GiftCardUpdate"),
        ("Schema", "Schema"),
        ("ResponseSchema", "Response"),
        ("order_line-item.v2", "OrderLineItemV2"),
        ("x1y", "X1Y"),
        ("3DModelSchema", "Field3DModel"),
        ("storeSchema", "Store"),
        ("class", "Class"),
        ("SKU", "SKU"),
    ],
)
def test_what_says_only_what_kind_of_component_it_is_is_dropped(key, expected) -> None:
    assert class_name(stem(key)) == expected
    assert is_class_name(expected)


def test_a_name_of_ours_is_a_name_to_the_generator() -> None:
    for text in map("".join, itertools.product(["a", "B", "1", "_", "x", "É"], repeat=4)):
        assert class_name(class_name(text)) == class_name(text)


def test_what_comes_back_keeps_the_name_and_what_is_sent_gets_input(api) -> None:
    assert _names(api, ["OrderResponseSchema"], ["OrderSchema"]) == {
        "OrderResponseSchema": "Order",
        "OrderSchema": "OrderInput",
    }


def test_what_is_sent_and_comes_back_counts_as_coming_back(api) -> None:
    assert _names(api, ["OrderSchema"], ["OrderSchema", "OrderRequest"]) == {
        "OrderSchema": "Order",
        "OrderRequest": "OrderInput",
    }


def test_where_that_settles_nothing_one_has_the_plain_name_and_the_others_their_longer_ones(api) -> None:
    assert _names(api, ["OrderSchema", "OrderResponse"]) == {
        "OrderSchema": "OrderSchema",
        "OrderResponse": "Order",
    }
    assert _names(api, ["Order", "OrderResponse"], ["OrderSchema", "OrderDTO"]) == {
        "Order": "Order",
        "OrderResponse": "OrderResponse",
        "OrderDTO": "OrderInput",
        "OrderSchema": "OrderSchema",
    }


def test_names_that_would_share_a_module_count_as_one_name(api) -> None:
    assert _names(api, ["SKUSchema", "SkuResponse"]) == {"SKUSchema": "SKUSchema", "SkuResponse": "Sku"}
    assert _names(api, ["Sku", "SKU"]) == {"Sku": "SkuModel", "SKU": "SKU"}
    assert _names(api, ["SKU", "Sku", "S-KU", "sku"]) == {
        "S-KU": "SKU",
        "SKU": "SKUModel",
        "Sku": "SkuModel2",
        "sku": "SkuModel3",
    }


@pytest.mark.parametrize(
    ("returned", "sent"), [(["OrderSchema", "OrderResponse", "SKU", "Sku"], ["OrderRequest", "OrderDTO"])]
)
def test_the_order_of_components_names_nothing(api, returned, sent) -> None:
    expected = _names(api, returned, sent)
    for some in itertools.permutations(returned):
        for others in itertools.permutations(sent):
            assert _names(api, some, others) == expected


def test_names_that_the_generated_code_uses_itself_are_left_to_it(api) -> None:
    assert _names(api, ["ModelSchema", "Any"], ["OperationRequest"]) == {
        "ModelSchema": "ModelSchema",
        "Any": "AnyModel",
        "OperationRequest": "OperationInput",
    }
    assert not any(is_class_name(name) for name in reserved.class_names())


def test_the_class_of_a_resource_keeps_its_name_from_models_and_takes_none_of_theirs(api) -> None:
    assert _names(api, ["GiftCardsSchema"], tags=["gift_cards"]) == {"GiftCardsSchema": "GiftCards"}
    assert _names(api, ["GiftCardsResourceSchema"], tags=["gift_cards"]) == {
        "GiftCardsResourceSchema": "GiftCardsResourceSchema"
    }


def test_recorded_names_stand_whatever_comes(api) -> None:
    recorded = {"OrderResponseSchema": "Order", "GoneSchema": "OrderInput"}
    assert _names(api, ["OrderResponseSchema", "OrderDTO"], ["OrderSchema"], recorded) == {
        "OrderResponseSchema": "Order",
        "OrderDTO": "OrderDTO",
        # The name of a class that is gone is not given to another.
        "OrderSchema": "OrderSchema",
    }


def test_exceptions_overrule_rule_and_record(api) -> None:
    names = _names(
        api,
        ["OrderSchema", "OrderResponse"],
        recorded={"OrderSchema": "Order"},
        exceptions={"OrderSchema": "Purchase"},
    )
    assert names == {"OrderSchema": "Purchase", "OrderResponse": "Order"}


def _config(*overrides):
    return "class_overrides:\n" + "".join(f"  {override}\n" for override in overrides)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            _config("StoreSchema: Shop", "ShelfSchema: Shop"),
            "give other ones in generator-config.yaml: class_overrides:\n"
            "  ShelfSchema and StoreSchema would share the name 'Shop' or its module shop.",
        ),
        (
            _config("StoreSchema: Sku", "ShelfSchema: SKU"),
            "ShelfSchema and StoreSchema would share the name 'SKU' or its module sku.",
        ),
        (
            _config("Missing: Shop"),
            "'Missing' is no component that becomes a class; remove the exception or correct its key.",
        ),
        (
            _config("StoreSchema: Model"),
            "'StoreSchema': 'Model' can't be the name of a class",
        ),
        (_config("StoreSchema: 'a b'"), "'a b' can't be the name of a class here"),
        (_config("StoreSchema: ../../x"), "'../../x' can't be the name of a class here"),
        (
            _config(
                "StoreSchema: Shelf",
                "ShelfSchema: Store",
                "Nope: A",
            ),
            "'Nope' is no component",
        ),
        ("- 1", "generator-config.yaml: nothing but class_overrides and method_overrides is expected."),
        ("nonsense: {}", "nothing but class_overrides and method_overrides is expected. Correct it."),
        ("post_hooks: ['rm -rf .']", "nothing but class_overrides and method_overrides is expected."),
        ("class_overrides: 1", "#/class_overrides: entries like `component: Class` are expected."),
        ("method_overrides: { GET /a: 1 }", "entries like `METHOD /path: resource.method` are expected."),
        (_config("A: B", "A: C"), 'found duplicate key "A"'),
        ("class_overrides: [", "generator-config.yaml: not YAML: while parsing"),
    ],
)
def test_an_exception_that_can_not_stand_is_refused(house, api, config, expected) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    house.write("generator-config.yaml", config)
    assert expected in house.refused("generate")


def test_an_exception_can_not_take_the_name_of_a_published_class(house, api) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    house.done("generate")
    house.write("generator-config.yaml", _config("StoreSchema: Shelf"))
    error = house.refused("generate")
    assert "ShelfSchema and StoreSchema would share the name 'Shelf' or its module shelf." in error
    assert "give other ones in generator-config.yaml: class_overrides" in error


def test_without_a_configuration_the_error_says_so(house, api) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    (house.root / "generator-config.yaml").unlink()
    assert "generator-config.yaml: can't be read" in house.refused("generate")


def test_a_name_too_long_for_a_file_is_refused_and_an_exception_mends_it(house, api) -> None:
    key = "Long" * 26
    page = house.write(
        "../page.md",
        api.markdown(
            api.document(
                "/a",
                "get",
                api.operation("get", responses={"200": api.answer(api.ref(key))}),
                schemas={key: api.obj({})},
            )
        ),
    )
    error = house.refused("vendor", page)
    assert f"{key}: the name LongLong" in error
    assert "is longer than 100 characters" in error
    house.write("generator-config.yaml", _config(f"{key}: Short"))
    house.done("vendor", page)
    house.done("generate")
    assert "class Short(Model)" in house.text("models/short.py")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "names.json:1:2: not JSON"),
        ("[]", "an object with `classes`, `inline` and `methods` is expected. Restore it from git."),
        ('{"classes":{},"inline":{}}', "an object with `classes`, `inline` and `methods` is expected"),
        ('{"classes":[],"inline":{},"methods":{}}', "names.json: #/classes: an object of texts is expected"),
        (
            '{"classes":{},"inline":{"a":1},"methods":{}}',
            "names.json: #/inline: an object of texts is expected",
        ),
        (
            '{"classes":{"A":"../../x","B":"class","C":"Model","D":"e","E":"Fine"},"inline":{},"methods":{}}',
            "#/classes/A: '../../x' is no name of a class.\n  #/classes/B: 'class' is no name",
        ),
        (
            '{"classes":{},"inline":{},'
            '"methods":{"GET /a":"a.b","GET /b":"a","GET /c":"x.__init__","GET /d":"a.B"}}',
            "#/methods/GET /b: 'a' is no name of a resource and a method.\n"
            "  #/methods/GET /c: 'x.__init__' is no name of a resource and a method.\n"
            "  #/methods/GET /d: 'a.B' is no name",
        ),
        (b"\xff", "names.json: not UTF-8 text (byte 0). Restore it from git."),
    ],
)
def test_a_broken_record_is_refused(house, api, text, expected) -> None:
    house.vendor("stores", api.markdown(*api.STORES))
    house.write("openapi/names.json", text)
    error = house.refused("generate")
    assert error.startswith("error: names.json:")
    assert expected in error


def test_the_record_is_read_as_it_is_written(tmp_path) -> None:
    record = NameRegistry({"B": "Bee", "A": "Ay"}, {"GET /a 200": "A"}, {"GET /a": "a.from_"})
    file = tmp_path / "names.json"
    file.write_text(record.text(), encoding="utf-8")
    assert NameRegistry.read(file) == record
    assert list(json.loads(record.text())["classes"]) == ["A", "B"]


def test_modules_are_named_like_their_classes() -> None:
    assert [module_name(name) for name in ("GiftCard", "Import", "SKU")] == ["gift_card", "import_", "sku"]
