"""The invented data that a sandbox begins with."""

import re

import orjson
import pytest

from flow_retail_sandbox import Sandbox
from flow_retail_sandbox.clock import Clock


def listing(**options) -> bytes:
    sandbox = Sandbox(**options)
    try:
        counts = sandbox.counts()
        found = {uid: [sandbox.records(name, tenant=uid) for name in counts[uid]] for uid in counts}
        return orjson.dumps(found)
    finally:
        sandbox.close()


def test_the_same_seed_gives_the_same_responses_byte_for_byte():
    assert listing(customers=100, seed=7) == listing(customers=100, seed=7)


def test_another_seed_gives_other_customers():
    assert listing(customers=100, seed=7) != listing(customers=100, seed=8)


@pytest.fixture(scope="module")
def customers():
    sandbox = Sandbox(customers=2500)
    listed = sandbox.records("customers")
    sandbox.close()
    return listed


def test_there_are_as_many_customers_as_asked_for_and_a_tenth_for_other_tenants():
    sandbox = Sandbox(customers=50)
    assert [count["customers"] for count in sandbox.counts().values()] == [50, 5]
    sandbox.close()


def test_all_mail_addresses_are_reserved_ones(customers):
    addresses = [c["email"] for c in customers] + [k["email"] for c in customers for k in c["contacts"]]
    assert all(re.fullmatch(r"[a-z0-9.]+@(example\.(com|org|net)|[a-z]+\.example)", a) for a in addresses)


def test_all_types_of_customers_are_there(customers):
    assert {c["customerType"] for c in customers} == {"PERSON", "COMPANY", "B2B"}
    assert any(c["customerParentUid"] for c in customers)
    assert any(c["consents"] for c in customers)
    assert any(c["addresses"] for c in customers)
    assert any(c["extensions"] for c in customers)
    assert any(c["defaultStore"] is None for c in customers)
    assert any(set("æøåÆØÅ") & set(c["displayName"]) for c in customers)
    uids = [k["customerContactUid"] for c in customers for k in c["contacts"]]
    assert len(set(uids)) < len(uids)  # some contacts are shared


def test_departments_belong_to_companies_that_exist(customers):
    kinds = {c["customerUid"]: c["customerType"] for c in customers}
    for customer in customers:
        if customer["customerParentUid"]:
            assert (customer["customerType"], kinds[customer["customerParentUid"]]) == ("COMPANY", "COMPANY")


def test_nobody_was_created_in_the_future_or_twice_at_once(customers):
    stamps = [c["createdAt"] for c in customers]
    assert stamps == sorted(set(stamps))
    assert stamps[-1] < "2025"
    assert all(c["lastModifiedAt"] >= c["createdAt"] for c in customers)


def test_a_database_file_keeps_the_state(tmp_path):
    path = str(tmp_path / "sandbox.db")
    first = Sandbox(database=path, customers=10)
    first.delete("customers", "customer-00001")
    first.load("customers", [{"customerType": "PERSON", "defaultStoreUid": "my-store"}])
    first.close()
    second = Sandbox(database=path, customers=10)
    assert second.counts()["acme"]["customers"] == 10
    assert second.records("customers")[-1]["defaultStore"]["storeUid"] == "my-store"
    second.close()


@pytest.mark.parametrize(
    "wrong", [{"page_base": 2}, {"max_page_size": 0}, {"customers": -1}, {"tenants": ()}]
)
def test_a_sandbox_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match="a sandbox has"):
        Sandbox(**wrong)


def test_stamps_grow_even_when_the_clock_stands_still():
    clock = Clock(lambda: 1_700_000_000_000_000)
    assert [clock.stamp() for _ in range(2)] == ["2023-11-14T22:13:20.000000Z", "2023-11-14T22:13:20.000001Z"]
    assert clock.seconds() == 1_700_000_000
