"""The soak in its short form, and that it would notice what it is there to notice."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from soak_ledger import BYSTANDERS, Comparison, Ledger, Plan, Stored

from flow_retail_client import BatchOutcome


@pytest.mark.parametrize("transport", [(), ("--transport", "aiohttp")], ids=["httpx", "aiohttp"])
def test_upserts_and_a_full_read_under_faults_lose_and_double_nothing(transport):
    program = Path(__file__).with_name("soak.py")
    options = ("--items", "3000", "--faults", "0.2", "--seed", "1", *transport)
    done = subprocess.run(
        [sys.executable, "-W", "error", program, *options],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    figures = dict(line.strip().rsplit("  ", 1) for line in done.stdout.splitlines())
    figures = {name.strip(): value.strip() for name, value in figures.items()}
    assert figures["lost, doubled or told wrongly"] == "0"
    for kind in (
        "207 by customerUid",
        "207 by productUid",
        "207 by priceUid",
        "207 by unknownUid",
        "status 503",
        "status 429",
    ):
        assert int(figures[kind]) > 0, kind


def settled(items: int, verdict: str = "succeeded") -> Ledger:
    ledger = Ledger(Plan(items))
    for operation, given in (("upsert", ledger.plan.upserts()), ("create", ledger.plan.uidless())):
        for index, item in enumerate(given):
            uid = item.customer_uid if operation == "upsert" else None
            outcome: BatchOutcome[Any] = BatchOutcome(operation, index, item, uid, verdict)
            ledger.note(outcome)
    ledger.settle()
    return ledger


def stored(ledger: Ledger) -> list[Stored]:
    """What has to be there after all has succeeded."""
    plan = ledger.plan
    found: dict[str, Stored] = {f"b-{n}": (f"b-{n}", f"b-{n}", "", "", "") for n in range(BYSTANDERS)}
    for index in range(plan.items):
        number = plan.number(index)
        sent = Plan.fields(number, index)
        names = ("external_id", "firstname", "lastname", "city")
        found[f"c-{number}"] = (f"c-{number}", *(sent[name] for name in names))
    for index in range(plan.creates):
        found[f"n-{index}"] = (f"uid-{index}", f"n-{index}", "Ola", f"Nordmann {index}", "")
    return list(found.values())


def errors(ledger: Ledger, records: list[Stored]) -> int:
    comparison = Comparison(ledger, "test")
    for record in records:
        comparison.add(record)
    comparison.finish()
    return ledger.errors


def test_a_state_as_told_is_no_error():
    ledger = settled(1000)
    records = stored(ledger)
    assert errors(ledger, records) == 0
    assert len(records) == BYSTANDERS + 998 + 20


@pytest.mark.parametrize(
    "damage",
    [
        lambda records: records.pop(),
        lambda records: records.pop(BYSTANDERS),
        lambda records: records.pop(0),
        lambda records: records.append(records[-1]),
        lambda records: records.append(records[BYSTANDERS]),
        lambda records: records.append(("other", *records[-1][1:])),
        lambda records: records.append(("c-5", *records.pop(BYSTANDERS + 5)[1:4], "Oslo")),
        lambda records: records.append(("c-4", "x-4", "Kari 4", "Nordmann 4", "Tromsø")),
    ],
    ids=[
        "create lost",
        "upsert lost",
        "bystander lost",
        "create twice",
        "upsert twice",
        "create under two uids",
        "wrong content",
        "earlier of two upserts",
    ],
)
def test_a_record_that_is_lost_doubled_or_wrong_is_an_error(damage):
    ledger = settled(1000)
    records = stored(ledger)
    damage(records)
    assert errors(ledger, records) >= 1


def test_what_failed_must_not_be_there():
    ledger = settled(1000, "failed")
    assert errors(ledger, stored(ledger)) == 998 + 20


def test_an_item_without_an_outcome_or_with_two_is_an_error():
    ledger = settled(100)
    assert ledger.errors == 0
    again: BatchOutcome[Any] = BatchOutcome("upsert", 3, next(ledger.plan.upserts()), "c-3", "succeeded")
    ledger.note(again)
    assert ledger.errors == 2  # twice, and with the item of another
    empty = Ledger(Plan(100))
    empty.settle()
    assert empty.errors == 100 + 2
