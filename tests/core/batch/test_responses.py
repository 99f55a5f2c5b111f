"""Responses that do not add up never make an item succeed."""

from typing import Any

import orjson
import pytest
from attrs import evolve

from flow_retail_core.batch.chunker import BatchItem
from flow_retail_core.batch.response import INCONSISTENT, SUCCEEDED, Finding, read_response
from flow_retail_core.batch.spec import BatchSpec

ALL = ("create", "update", "upsert", "delete")
SILENT = {name: {"success": 0, "errors": []} for name in ALL}


SPEC = BatchSpec(
    operation="customers.batch", models=dict.fromkeys(ALL, dict), uid="customer_uid", uid_key="customerUid"
)


def found(body: Any, items: list[BatchItem], spec: BatchSpec) -> list[Finding]:
    findings = read_response(body, items, spec)
    return [findings.get(item, SUCCEEDED) for item in items]


def read(
    body: Any, *, action: str = "create", uids: tuple[str | None, ...] = ("a", "b", "c")
) -> list[Finding]:
    return found(
        body,
        [
            BatchItem(action, index, None, uid, orjson.dumps({} if uid is None else {"customerUid": uid}))
            for index, uid in enumerate(uids)
        ],
        SPEC,
    )


def statuses(body: Any, **sent: Any) -> str:
    return "".join(finding.status[0] for finding in read(body, **sent))


def section(success: Any, *errors: Any, **others: Any) -> dict[str, Any]:
    return {**SILENT, "create": {"success": success, "errors": list(errors)}, **others}


def error(uid: Any, key: str = "customerUid", code: Any = "BAD") -> dict[str, Any]:
    return {key: uid, "errorCode": code, "message": "no"}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (section(3), "sss"),
        (section(2, error("b")), "sfs"),
        (section(2, error("b", "productUid")), "sfs"),
        (section(2, error("b", "priceUid")), "sfs"),
        # Keys that name other records, or nothing that was sent: the error is about who knows what.
        (section(2, error("b", "somethingUID")), "uuu"),
        (section(2, error("b", "customerParentUid")), "uuu"),
        (section(2, {**error("zzz"), "customerParentUid": "b"}), "uuu"),
        (section(2, {**error("zzz"), "productUid": "b"}), "uuu"),
        (section(2, {**error(""), "productUid": "b"}), "uuu"),
        (section(2, {**error(7), "productUid": "b"}), "uuu"),
        (section(2, {**error(["b"]), "productUid": "b"}), "uuu"),
        (section(2, {**error("z", "productUid"), "priceUid": "b"}), "uuu"),
        (section(2, {**error("b", "productUid"), "priceUid": "z"}), "uuu"),
        (section(2, {**error("b", "productUid"), "priceUid": "a"}), "uuu"),
        (section(1, error("a"), {**error("zzz"), "customerParentUid": "b"}), "fuu"),
        (section(2, {**error("b", "productUid"), "priceUid": "b"}), "sfs"),
        (section(2, {**error(None), "productUid": "b"}), "sfs"),
        (section(0, error("a"), error("b"), error("c")), "fff"),
        # One item may be refused for two reasons.
        (section(2, error("b"), error("b")), "sfs"),
        # Lists of which nothing was sent may be left out, and so may errors where there are none.
        ({"create": {"success": 3}}, "sss"),
        (
            {
                "create": {"success": 3, "errors": None},
                "update": None,
                "delete": {},
                "upsert": {"errors": []},
            },
            "sss",
        ),
        # Counts that do not add up.
        (section(2), "uuu"),
        (section(4), "uuu"),
        (section(-1), "uuu"),
        (section(True), "uuu"),
        (section("3"), "uuu"),
        (section(3.0), "uuu"),
        (section(None), "uuu"),
        (section(1, error("b")), "ufu"),
        (section(3, error("b")), "uuu"),
        (section(1, error("b"), error("b")), "ufu"),
        (section(None, error("b")), "ufu"),
        (section(-2, error("b")), "ufu"),
        # Errors that match nothing.
        (section(2, error("z")), "uuu"),
        (section(3, error("z")), "uuu"),
        (section(1, error("b"), error("z")), "ufu"),
        (section(2, error("b"), error("z")), "uuu"),
        (section(2, error(None)), "uuu"),
        (section(2, error(7)), "uuu"),
        (section(2, {}), "uuu"),
        (section(2, None), "uuu"),
        (section(2, "b"), "uuu"),
        (section(2, ["b"]), "uuu"),
        # Lists that were not sent.
        (section(3, update={"success": 1, "errors": []}), "uuu"),
        (section(2, update={"success": 0, "errors": [error("b")]}), "sfs"),
        (section(3, delete={"success": 0, "errors": [error("z")]}), "uuu"),
        (section(3, delete={"success": "0", "errors": []}), "uuu"),
        (section(3, delete=[]), "uuu"),
        (section(0, update={"success": 3, "errors": []}), "uuu"),
        # No section, no object.
        ({"create": {"success": 3, "errors": {"b": "BAD"}}}, "uuu"),
        ({"update": {"success": 3, "errors": []}}, "uuu"),
        ({"create": None}, "uuu"),
        ({"create": {}}, "uuu"),
        ({"create": [3]}, "uuu"),
        ({}, "uuu"),
        (None, "uuu"),
        ([], "uuu"),
        ("ok", "uuu"),
        (3, "uuu"),
    ],
)
def test_only_a_response_that_adds_up_makes_success(body: Any, wanted: str) -> None:
    assert statuses(body) == wanted


def test_items_without_a_uid_succeed_only_if_all_did() -> None:
    uids = ("a", None, None)
    assert statuses(section(3), uids=uids) == "sss"
    assert statuses(section(2, error("a")), uids=uids) == "fss"
    assert statuses(section(2, error("made up")), uids=uids) == "uuu"
    assert statuses(section(2, {"errorCode": "BAD"}), uids=uids) == "uuu"


def test_an_upsert_may_be_reported_as_what_it_turned_out_to_be() -> None:
    body = {
        **SILENT,
        "create": {"success": 1, "errors": []},
        "update": {"success": 1, "errors": [error("c")]},
    }
    assert statuses(body, action="upsert") == "ssf"
    body["delete"] = {"success": 1, "errors": []}
    assert statuses(body, action="upsert") == "uuf"


PRICES = BatchSpec(
    operation="prices.batch",
    models=dict.fromkeys(ALL, dict),
    uid="price_uid",
    uid_key="priceUid",
    error_keys={
        "create": ("productUid",),
        "upsert": ("productUid",),
        "update": ("priceUid",),
        "delete": ("priceUid",),
    },
)


def prices(body: Any, *products: str, action: str = "create", **more: Any) -> str:
    items = [
        BatchItem(action, index, None, None, orjson.dumps({"productUid": product, **more}))
        for index, product in enumerate(products)
    ]
    return "".join(finding.status[0] for finding in found(body, items, PRICES))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (section(3, error("b", "productUid")), "sfss"),
        (section(2, error("b", "productUid"), error("d", "productUid")), "sfsf"),
        # Of two prices of one product, one was refused, or both.
        (section(3, error("a", "productUid")), "ussu"),
        (section(2, error("a", "productUid")), "fssf"),
        (section(2, error("a", "productUid"), error("a", "productUid")), "fssf"),
        (section(1, error("a", "productUid"), error("b", "productUid")), "ffsf"),
        (section(2, error("a", "productUid"), error("b", "productUid")), "ufsu"),
        # Counts that leave room for neither, and errors about something else.
        (section(4, error("a", "productUid")), "uuuu"),
        (section(1, error("a", "productUid")), "uuuu"),
        (section(3, error("z", "productUid")), "uuuu"),
        (section(3, {**error("a", "productUid"), "priceUid": "p-1"}), "uuuu"),
        (section(3, error("a", "customerUid")), "uuuu"),
    ],
)
def test_a_price_that_is_refused_by_its_product_concerns_the_creates_of_that_product(
    body: Any, wanted: str
) -> None:
    products = ("a", "b", "c", "a") if wanted != "sfsf" else ("a", "b", "c", "d")
    assert prices(body, *products) == wanted


def test_a_key_that_names_other_records_names_no_item() -> None:
    # Errors of this operation name orders; these have the uids of customers besides.
    spec = evolve(PRICES, uid_key="orderUid", error_keys={"create": ("orderUid",)})
    items = [
        BatchItem("create", index, None, uid, orjson.dumps({"orderUid": uid, "customerUid": "c-1"}))
        for index, uid in enumerate("ab")
    ]
    named_by_customer = found(section(1, error("c-1")), items, spec)
    assert [finding.status for finding in named_by_customer] == ["unknown", "unknown"]
    # A key that none of the items has stands for the uid.
    named_by_product = found(section(1, error("a", "productUid")), items, spec)
    assert [finding.status for finding in named_by_product] == ["failed", "succeeded"]


def test_a_finding_says_why() -> None:
    def first(body: Any) -> Any:
        return read(body, uids=("a",))[0]

    failed = first(section(0, error("a", code=409)))
    assert (failed.error_code, failed.message) == ("409", "no")
    assert first(section(0, {"customerUid": "a", "errorCode": ["x"]})).error_code is None
    unknown = first(section(0))
    assert unknown.error_code == INCONSISTENT
    assert unknown.message == "the response does not add up: 0 successes and 0 failures of 1 items"
    assert "create: is missing" in first({}).message
    # The spec's own key is looked at before those that other operations use.
    assert first(section(0, {"productUid": "z", "customerUid": "a", "errorCode": "X"})).error_code == "X"
    # Even an item that is named may be among the successes if there are too many of them.
    assert (first(section(1, error("a"))).status, first(section(1, error("a"))).error_code) == (
        "unknown",
        "BAD",
    )
