"""A page vendored tomorrow gives typed methods, pagers, batches and models with no hand-written line."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CUSTOM = Path(__file__).resolve().parents[2] / "custom"


@pytest.fixture(scope="module")
def seen(fourth):
    """What a program sees that imports the generated package: its own process, warnings as errors."""
    program = textwrap.dedent(
        """
        import inspect, json, re, sys
        import flow_retail_client
        from flow_retail_client import DecodeError, FlowRetail, models
        from flow_retail_client.resources import gift_cards, orders, parcels, products, requests
        from flow_retail_client.resources import shelves, staff, stores
        from flow_retail_core.models.decoders import ModelDecoder
        from flow_retail_records.resources import resource_types

        for name in models.__all__:
            getattr(models, name)
        flow = FlowRetail(tenant="acme", token="t")
        methods = {
            f"{resource}.{name}": re.sub(r"~|[\\w.]+\\.(?=\\w)", "", str(inspect.signature(method)))
            for resource in (
                "gift_cards", "orders", "parcels", "products", "requests", "shelves", "staff", "stores"
            )
            for name, method in inspect.getmembers(getattr(flow, resource), inspect.ismethod)
            if not name.startswith("_")
        }
        needed = {"name": "n", "place": "SHELF", "deviation": {"value": 2}, "what is or was": []}
        product = {
            "productUid": "p-1", "name": "Lamp", "price": None, "class": "x", "tax-code": "a",
            "taxCode": "b", "from_dict": "c", "toDict": "d", "additional_properties": "e",
            "availableFrom": "2026-01-02", "changedAt": "2026-01-02T03:04:05+00:00", "externalId": "ABCDEF",
            "colour": "light blue", "rank": -1, "state": None, "dimensions": {"width": 1}, "supplier": None,
            "labels": {"a": "b"}, "anything": [1, {}], "discount": 0.5, "matrix": [[1], []],
            "tree": {
                "name": "all", "parent": None, "children": [{"name": "one"}],
                "best": {**needed, "productUid": "p"},
            },
            "variants": [{**needed, "productUid": "p-2"}], "nullableNames": ["a", None],
            "moments": ["2026-01-02T03:04:05+00:00"], "nothing": None, "unlisted": 1, "self": "s",
            "data": "d", "known": "k", "written": "w", "read_json": "r", "write_kept": "k", "place": "",
            "item": ["ONE"],
            "what is or was": [{"name": "it"}], "deviation": {"value": 1}, "read_product": None,
            "array": [[{"name": "in it"}], []], "unknown": [1, 1.5],
            "ranks": [0, 1], "rows": [[1], None],
        }
        read = models.Product.from_dict_strict(product)
        order = {
            "orderUid": "o", "lines": [{"sku": "s"}], "title": "t", "customer": {"orders": []},
            "properties": {"a": 1},
        }
        sent = models.ProductInput(product_uid="p").to_dict()
        wrong = [None, 7, 0, 1.5, True, "x", "", [], {}, [None], [7], ["x"], [[7]], [{}], {"value": "x"}]
        changed, taken = [], []
        for name, value in {
            "price": "x", "colour": "mauve", "rank": True, "state": "NEWER", "dimensions": {"width": 1.0},
            "supplier": {"name": 1}, "tree": {}, "variants": [{}], "matrix": [["x"]], "moments": ["x"],
            "nullableNames": [1], "nothing": 1, "place": "ROOF", "item": ["TWO"], "what is or was": [{}],
            "deviation": {}, "read_product": 0, "array": [[{}]], "unknown": [True], "availableFrom": "x",
            "ranks": [True], "rows": [["x"]],
        }.items():
            try:
                taken.append([name, models.Product.from_dict_strict(product | {name: value})])
            except DecodeError as error:
                assert error.path.startswith("$." + name), error.path
        for name in product:
            for value in wrong:
                data = product | {name: value}
                try:
                    models.Product.from_dict_strict(data)
                    back = models.Product.from_dict(data).to_dict()
                except DecodeError as error:
                    assert name in error.path, (name, value, error.path)
                    back = models.Product.from_dict(data).to_dict()
                if json.dumps(back, sort_keys=True) != json.dumps(data, sort_keys=True):
                    changed.append([name, value])
            less = {key: value for key, value in product.items() if key != name}
            if models.Product.from_dict(less).to_dict() != less:
                changed.append([name])
        print(json.dumps({
            "file": flow_retail_client.__file__,
            "methods": methods,
            "product": read.to_dict() == product,
            "direct": ModelDecoder(models.Product).decode(product, None) == read,
            "kinds": [type(read.tree.best).__name__, read.colour.name, read.rank.name],
            "order": models.Order.from_dict_strict(order).to_dict() == order,
            "sent": sent,
            "changed": changed,
            "taken": [name for name, _ in taken],
            "lists": {
                listing.operation.name: [listing.key_name, listing.required, dict(listing.operation.query)]
                for kind in resource_types().values()
                for listing in kind.lists.values()
                if kind.name in (
                    "gift-cards", "orders", "parcels", "products", "requests", "shelves", "staff", "stores"
                )
            },
            "unknown colour": models.ProductColour("mauve").value,
        }))
        """
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=fourth.root,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(CUSTOM), str(fourth.root)]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_package_is_imported_without_a_warning(seen, fourth) -> None:
    assert seen["file"] == str(fourth.root / "flow_retail_client/__init__.py")


def test_tables_of_records_know_its_lists_and_what_to_call_their_arguments(seen) -> None:
    assert seen["lists"] == {
        "parcels.list": [None, ["order_uid"], {}],
        "shelves.list_for_shelf_kind": [None, ["store_uid", "shelf_kind"], {}],
        "products.list": [
            "productUid",
            ["type_"],
            {
                "type_": "type",
                "from_": "from",
                "tag": "tag",
                "models": "models",
                "prefetch_query": "prefetch",
            },
        ],
    }


def test_methods_have_the_signatures_that_one_would_expect(seen) -> None:
    batch = "(*, upsert: Iterable[_BatchUpsert] | AsyncIterable[_BatchUpsert] = (), delete: "
    methods = seen["methods"]
    for name in ("batch", "batch_stream"):
        assert methods.pop(f"products.{name}").startswith(batch)
    assert methods == {
        "gift_cards.delete": "(gift_card_uid: str) -> None",
        "gift_cards.create": "(body: GiftCardInput) -> GiftCard",
        "orders.add_attachment": "(order_uid: str, body: OrderAttachmentAdd) -> None",
        "orders.get": "(order_uid: str) -> Order",
        "orders.search": (
            "(body: OrderSearch | None = None, *, page_number: int | None = None, "
            "page_size: int | None = None, prefetch: int = 1) -> Pager[Order]"
        ),
        "orders.update_signature": (
            "(order_uid: str, body: Union[bytes, PathLike[str], IO[bytes], AsyncFile, Upload]) -> None"
        ),
        "parcels.list": "(order_uid: str) -> list[Parcel]",
        "parcels.create": "(order_uid: str, body: Parcel | None = None) -> Any",
        "products.list": (
            "(*, from_: date | None = None, type_: Union[ProductType, Literal['A', 'B']], "
            "tag: list[str] | None = None, "
            "models: str | None = None, prefetch_query: bool | None = None, "
            "page_number: int | None = None, page_size: int | None = None, prefetch: int = 1) "
            "-> Pager[Product]"
        ),
        "products.get": "(product_uid: str) -> Product",
        "products.get_image": "(product_uid: str, position: str) -> bytes",
        "products.create": "(body: ProductInput) -> Product",
        "products.list_labels": "() -> list[str]",
        "requests.get": "(request_uid: str) -> Any",
        "shelves.list_for_shelf_kind": (
            "(store_uid: str, shelf_kind: Union[ShelfKind, Literal['FRIDGE', 'WALL']]) -> list[Shelf]"
        ),
        "staff.list": (
            "(store_uid: str, *, page_number: int | None = None, page_size: int | None = None) -> Staff"
        ),
        "stores.get_note": "(store_uid: str) -> str",
        "stores.opening": "(store_uid: str) -> None",
        "stores.update": "(store_uid: str, body: Store) -> Store | None",
    }


def test_models_read_and_write_back_what_came(seen) -> None:
    assert seen["product"]
    assert seen["direct"]
    assert seen["order"]
    assert seen["kinds"] == ["Product", "LIGHT_BLUE_2", "VALUE_NEGATIVE_1"]
    assert seen["sent"] == {"productUid": "p"}
    assert seen["unknown colour"] == "mauve"


def test_models_of_every_kind_of_field_write_back_whatever_stands_in_its_place(seen) -> None:
    assert seen["changed"] == []


def test_what_no_field_promises_is_refused_in_strict_mode_with_its_place(seen) -> None:
    assert seen["taken"] == []


def test_a_batch_of_products_is_recognised_by_its_shape(fourth) -> None:
    text = fourth.text("resources/products.py")
    assert 'uid="product_uid",' in text
    assert 'uid_key="productUid",' in text
    assert "read=_GET," in text
    assert "BatchResult" not in fourth.text("resources/stores.py")


def test_a_pager_tells_its_items_apart(fourth) -> None:
    assert 'key="product_uid",' in fourth.text("resources/products.py")
    assert 'key="order_uid",' in fourth.text("resources/orders.py")


def test_the_reference_is_in_the_docstrings(fourth) -> None:
    text = fourth.text("resources/products.py")
    assert '"""The operations of `flow.products`: `list`, `' in text
    assert "\n\n    Things to sell" in text
    assert "Required permissions: PRODUCT_READ" in text
    assert "Deprecated by the reference." in text
    assert "class_: A keyword of Python." in fourth.text("models/product.py")
    assert "old: Deprecated." in fourth.text("models/product.py")


def test_environments_are_the_servers(fourth) -> None:
    text = fourth.text("client.py")
    assert 'Environment = Literal["production", "stage"]' in text
    assert '"stage": "https://api.stage.example.com/v2",' in text


def test_every_generated_file_says_so_in_line_one(fourth, real) -> None:
    for house in (fourth, real):
        for file in (house.root / "flow_retail_client").rglob("*.py"):
            assert file.read_text().startswith("# Generated by `make generate` from "), file


@pytest.mark.types
def test_the_package_passes_a_strict_type_checker(fourth, check_types) -> None:
    check_types(fourth)
