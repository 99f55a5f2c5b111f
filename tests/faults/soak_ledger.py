"""What the soak sends, what became of it, and what must be stored in the end: figures, not records."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from people import person

from flow_retail_client import BatchOutcome
from flow_retail_client.models import CustomerCreate

VERDICTS = ("", "succeeded", "failed", "unknown")
BYSTANDERS = 100


@dataclass(frozen=True)
class Plan:
    """The items, each a function of its place, so that nothing needs to be kept.

    Most are upserts of customers of their own, every tenth of one that is there already. A few come back to
    an earlier customer, so that the order matters: the one right before, perhaps in the same request, or one
    that may be in flight. At last come creates without a uid, which would be doubled if any were sent twice.

    Attributes:
        items: How many upserts.
    """

    items: int

    @property
    def creates(self) -> int:
        """How many creates without a uid."""
        return self.items // 50

    @property
    def chunk_size(self) -> int:
        """Items a request: so few that a short run meets with faults, too."""
        return min(200, max(10, self.items // 500))

    def number(self, index: int) -> int:
        """The customer that an upsert is about."""
        return index - {7: 3, 507: 400}.get(index % 1000, 0)

    def again(self, number: int) -> list[int]:
        """The upserts about a customer, in their order."""
        later = [number + {4: 3, 107: 400}.get(number % 1000, 0)]
        return (
            [] if self.number(number) != number else sorted({number, *(i for i in later if i < self.items)})
        )

    @staticmethod
    def fields(number: int, index: int) -> dict[str, Any]:
        """What an upsert sends besides the uid."""
        return {
            "firstname": f"Kari {number}",
            "lastname": f"Nordmann {index}",
            "city": ("Bodø", "Tromsø", "Vardø")[index % 3],
            "external_id": f"x-{number}",
        }

    def upserts(self) -> Iterator[CustomerCreate]:
        """The upserts to send."""
        for index in range(self.items):
            number = self.number(index)
            yield person(f"c-{number}", **self.fields(number, index))

    def uidless(self) -> Iterator[CustomerCreate]:
        """The creates to send."""
        for index in range(self.creates):
            yield person(firstname="Ola", lastname=f"Nordmann {index}", external_id=f"n-{index}")

    def old(self) -> Iterator[dict[str, str]]:
        """The customers that are there before, as JSON."""
        for number in range(BYSTANDERS):
            yield {"customerType": "PERSON", "customerUid": f"b-{number}", "externalId": f"b-{number}"}
        for number in range(0, self.items, 10):
            if self.again(number):
                yield {
                    "customerType": "PERSON",
                    "customerUid": f"c-{number}",
                    "firstname": f"Kari {number}",
                    "lastname": "as before",
                    "externalId": f"x-{number}",
                }


@dataclass
class Ledger:
    """What became of each item, one byte an item, and what is wrong.

    Attributes:
        plan: What was sent.
        wrong: What is lost, doubled or told wrongly; the first few.
        errors: How much is.
        sent_again: Times that an item was sent after the first.
    """

    plan: Plan
    wrong: list[str] = field(default_factory=list)
    errors: int = 0
    sent_again: int = 0

    def __post_init__(self) -> None:
        self.upserts = bytearray(self.plan.items)
        self.creates = bytearray(self.plan.creates)

    def complain(self, text: str) -> None:
        """Note something wrong."""
        self.errors += 1
        if len(self.wrong) < 20:
            self.wrong.append(text)

    def note(self, outcome: BatchOutcome[Any]) -> None:
        """Note an outcome."""
        uids = outcome.action == "upsert"
        verdicts, index = self.upserts if uids else self.creates, outcome.index
        if verdicts[index]:
            self.complain(f"{outcome.action}[{index}] has two outcomes")
        verdicts[index] = VERDICTS.index(outcome.status)
        own = f"c-{self.plan.number(index)}" if uids else f"n-{index}"
        if own != (outcome.item.customer_uid if uids else outcome.item.external_id):
            self.complain(f"{outcome.action}[{index}] came back with another item")
        self.sent_again += max(0, outcome.attempts - 1)

    def settle(self) -> None:
        """Check that every item has its outcome."""
        for verdicts, name in ((self.upserts, "upsert"), (self.creates, "create")):
            if missing := verdicts.count(0):
                self.complain(f"{missing} items of {name} have no outcome")
                self.errors += missing - 1

    def allowed(self, number: int) -> set[int | None]:
        """The upserts of which the content may be stored for a customer; -1 as before, None for no record."""
        found: set[int | None] = {-1 if number % 10 == 0 else None}
        for index in self.plan.again(number):
            if self.upserts[index] == VERDICTS.index("succeeded"):
                found = {index}
            elif self.upserts[index] == VERDICTS.index("unknown"):
                found.add(index)
        return found

    def counts(self, operation: str) -> dict[str, int]:
        """How many items of a list came to which end."""
        verdicts = self.upserts if operation == "upsert" else self.creates
        return {name: verdicts.count(value) for value, name in enumerate(VERDICTS) if name}


Stored = tuple[str, str, str, str, str]
"""A record as far as it is compared: uid, external id, first name, last name, city."""


class Comparison:
    """Holds the final state against what was told, record by record.

    Args:
        ledger: What was told; complaints go there.
        source: Where the records were read.
    """

    def __init__(self, ledger: Ledger, source: str) -> None:
        self._ledger = ledger
        self._source = source
        self._upserts = bytearray(ledger.plan.items)
        self._creates = bytearray(ledger.plan.creates)
        self._bystanders = 0
        self.count = 0

    def add(self, record: Stored) -> None:
        """Look at one record that is stored."""
        self.count += 1
        kind, number = record[1][0], int(record[1][2:])
        if kind == "b":
            self._bystanders += 1
            return
        seen = self._upserts if kind == "x" else self._creates
        if seen[number]:
            self._complain(f"{record[1]} is there twice")
        seen[number] = 1
        if kind == "x" and not self._is_as_told(record, number):
            self._complain(f"c-{number} is not as it was sent")

    def finish(self) -> None:
        """Look for what was not there."""
        ledger = self._ledger
        if self._bystanders != BYSTANDERS:
            self._complain(f"{self._bystanders} of {BYSTANDERS} bystanders are there")
        for number in range(ledger.plan.items):
            if not self._upserts[number] and ledger.plan.again(number) and None not in ledger.allowed(number):
                self._complain(f"c-{number} is lost")
        for index, verdict in enumerate(ledger.creates):
            if VERDICTS[verdict] == ("failed" if self._creates[index] else "succeeded"):
                self._complain(f"create {index} {VERDICTS[verdict]}, but that is not what is stored")

    def _is_as_told(self, record: Stored, number: int) -> bool:
        last = record[3].removeprefix("Nordmann ")
        held = -1 if last == "as before" else int(last)
        fields = Plan.fields(number, held)
        sent = (f"c-{number}", *(fields[name] for name in ("external_id", "firstname", "lastname", "city")))
        return held in self._ledger.allowed(number) and (held == -1 or record == sent)

    def _complain(self, text: str) -> None:
        self._ledger.complain(f"{self._source}: {text}")
