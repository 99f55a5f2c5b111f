"""A class once published keeps its name, whatever page is vendored later, and in whatever order."""

import pytest


def _publish(house, api, pages):
    for name, documents in pages:
        house.vendor(name, api.markdown(*documents))
    house.done("generate")
    return house.names()


@pytest.mark.parametrize("order", [("products", "stores", "orders"), ("orders", "stores", "products")])
def test_a_page_more_renames_no_class(house, api, order) -> None:
    published: dict[str, str] = {}
    for page in order:
        names = _publish(house, api, [(page, api.PAGES[page])])
        assert names | published == names
        published = names
    before = house.snapshot()
    house.done("generate")
    assert house.snapshot() == before


def _status(api, path, *values):
    """An operation with an inline enum in the query, and an inline object that comes back."""
    return api.document(
        f"/things/{path}",
        "get",
        api.operation(
            f"get {path}",
            parameters=[
                {"name": "status", "in": "query", "schema": {"type": "string", "enum": list(values)}}
            ],
            responses={"200": api.answer(api.ref("ThingSchema"))},
        ),
        schemas={"ThingSchema": api.obj({"part": api.obj({"a": {"type": "string"}})})},
    )


def _annotation(house, method):
    text = house.text("resources/things.py").partition(f"async def get_{method}(")[2]
    return next(line.strip() for line in text.splitlines() if line.strip().startswith("status:")).split(
        " | "
    )[0]


def test_an_inline_enum_keeps_its_class_when_a_page_before_it_has_another(house, api) -> None:
    _publish(house, api, [("m", [_status(api, "middle", "A", "B")])])
    assert _annotation(house, "middle") == "status: ThingStatus"
    _publish(house, api, [("a", [_status(api, "first", "C", "D")])])
    assert _annotation(house, "middle") == "status: ThingStatus"
    assert _annotation(house, "first") == "status: ThingStatus2"
    _publish(house, api, [("b", [_status(api, "second", "E")])])
    assert _annotation(house, "second") == "status: ThingStatus3"
    assert 'A = member("A")' in house.text("models/thing_status.py")


def test_an_inline_enum_keeps_its_class_when_one_that_shared_it_gets_a_value(house, api) -> None:
    _publish(house, api, [("m", [_status(api, "middle", "A", "B")]), ("z", [_status(api, "last", "A", "B")])])
    assert _annotation(house, "middle") == _annotation(house, "last") == "status: ThingStatus"
    _publish(house, api, [("m", [_status(api, "middle", "A", "B", "C")])])
    assert _annotation(house, "last") == "status: ThingStatus"
    assert _annotation(house, "middle") == "status: ThingStatus2"
    before = house.snapshot()
    house.done("generate")
    assert house.snapshot() == before


def test_a_class_of_an_inline_enum_that_is_gone_is_not_given_to_another(house, api) -> None:
    _publish(house, api, [("m", [_status(api, "middle", "A"), _status(api, "other", "A")])])
    _publish(house, api, [("m", [_status(api, "third", "X")])])
    assert _annotation(house, "third") == "status: ThingStatus2"


def _with_component(api, path, key, schema):
    return api.document(
        f"/{path}",
        "get",
        api.operation(f"get {path}", responses={"200": api.answer(api.ref(key))}),
        schemas={key: schema},
    )


def test_an_inline_enum_keeps_its_class_when_a_component_of_its_name_is_published(house, api) -> None:
    _publish(house, api, [("m", [_status(api, "middle", "A", "B")])])
    other = _with_component(api, "first", "ThingStatus", {"type": "string", "enum": ["X"]})
    names = _publish(house, api, [("a", [other])])
    assert _annotation(house, "middle") == "status: ThingStatus"
    assert 'A = member("A")' in house.text("models/thing_status.py")
    assert names["ThingStatus"] == "ThingStatusModel"
    before = house.snapshot()
    house.done("generate")
    assert house.snapshot() == before


def test_an_inline_enum_and_an_equal_component_of_its_name_are_one_class(house, api) -> None:
    _publish(house, api, [("m", [_status(api, "middle", "A", "B")])])
    equal = _with_component(
        api, "first", "ThingStatus", {"type": "string", "enum": ["A", "B"], "description": "x"}
    )
    names = _publish(house, api, [("a", [equal])])
    assert _annotation(house, "middle") == "status: ThingStatus"
    assert {key: name for key, name in names.items() if name.startswith("ThingStatus")} == {
        "ThingStatus": "ThingStatus"
    }


def test_equal_envelopes_are_one_class_named_after_their_items(house, api) -> None:
    def paged(path, more):
        return api.document(
            f"/{path}",
            "get",
            api.operation(
                f"get {path}",
                parameters=api.PAGED,
                responses={"200": api.answer({**api.ENVELOPE, "description": path, **more})},
            ),
            schemas={**api.PRODUCT_SCHEMAS, "Paging": api.PAGING},
            parameters=api.PAGE_PARAMETERS,
        )

    names = _publish(
        house,
        api,
        [
            (
                "a",
                [
                    paged("one", {}),
                    paged("two", {"required": ["items", "paging"]}),
                    paged("three", {"minProperties": 1}),
                ],
            )
        ],
    )
    assert sorted(name for name in names if name.endswith(("Page", "Page2"))) == [
        "ProductPage",
        "ProductPage2",
    ]
    assert "returns=ProductPage," in house.text("resources/two.py")
    assert "returns=ProductPage2," in house.text("resources/three.py")


def test_a_model_published_under_the_name_of_a_later_resource_keeps_it(house, api) -> None:
    key = "GiftCardsResource"
    names = _publish(house, api, [("a", [_with_component(api, "thing", key, api.obj({}))])])
    assert names[key] == "GiftCardsResource"
    names = _publish(house, api, [("gift-cards", api.GIFT_CARDS)])
    assert names[key] == "GiftCardsResource"
    assert "class GiftCardsResourceClass(Resource):" in house.text("resources/gift_cards.py")
    assert 'def gift_cards(self) -> "resources.GiftCardsResourceClass":' in house.text("client.py")
