"""Faults of batches: refused items, in each form of a 207, and sums that are wrong."""

import pytest

from flow_retail_sandbox import Fault


def batch(api, *uids, name="upsert"):
    response = api(
        "POST", "/customers/batch", {name: [{"customerType": "PERSON", "customerUid": u} for u in uids]}
    )
    return response.status_code, response.json()[name]


@pytest.mark.parametrize(
    ("shape", "key"), [("customer", "customerUid"), ("product", "productUid"), ("price", "priceUid")]
)
def test_a_207_comes_in_each_of_three_shapes_and_the_item_really_is_not_done(
    api, faults, sandbox, shape, key
):
    faults.add(Fault("batch_refusal", shape=shape, uids=("b",), code="LIMIT"))
    status, part = batch(api, "a", "b")
    assert (status, part["success"]) == (207, 1)
    assert part["errors"] == [{"errorCode": "LIMIT", "message": "Refused by the sandbox", key: "b"}]
    assert sandbox.sandbox.customer("a") is not None
    assert sandbox.sandbox.customer("b") is None
    assert faults.injected[0].detail == {"upsert": 1}


def test_an_item_is_refused_for_a_transient_reason_as_often_as_planned(api, faults):
    faults.add(Fault("batch_refusal", uids=("b",), code="TOO_MANY_REQUESTS", count=2))
    assert batch(api, "a")[0] == 200  # does not concern it, and does not use it up
    assert [batch(api, "a", "b")[0] for _ in range(3)] == [207, 207, 200]


def test_errors_can_match_nothing_that_was_sent(api, faults):
    faults.add(Fault("batch_refusal", items=2, unmatched=True))
    status, part = batch(api, "a", "b", "c")
    assert (status, part["success"]) == (207, 1)
    assert not {error["customerUid"] for error in part["errors"]} & {"a", "b", "c"}


def test_counts_can_fail_to_add_up(api, faults):
    faults.add(Fault("batch_refusal", items=0, miscount=-1))
    assert batch(api, "a", "b") == (207, {"success": 1, "errors": []})


def test_a_refusals_shape_can_be_all_that_changes(api, faults):
    faults.add(Fault("batch_refusal", items=0, shape="product"))
    status, part = batch(api, "nope", name="update")
    assert (status, part["errors"][0]["productUid"]) == (207, "nope")
    faults.add(Fault("batch_refusal", items=0))
    assert batch(api, "a")[0] == 200
