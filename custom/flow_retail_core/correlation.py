"""Reading a batch answer: which of the items that were sent succeeded, which failed, and which nobody knows.

The answer gives a number of successes and a list of errors per list of the request. An item counts as
succeeded only if the numbers add up: each error names an item that was sent, and the successes and the items
named make up all that were sent. Wherever they don't, an item is at best unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from attrs import frozen

from flow_retail_core.batch_result import Verdict

INCONSISTENT = "INCONSISTENT_ANSWER"
"""The error code of items for which the answer does not add up."""

_UID_KEYS = ("customerUid", "productUid", "priceUid")
_UPSERT_PARTS = frozenset({"create", "update"})


@frozen
class Finding:
    """What an answer says of one item.

    Attributes:
        verdict: See `BatchOutcome`.
        error_code: The server's code, or `INCONSISTENT`.
        message: The server's words, or ours.
    """

    verdict: Verdict
    error_code: str | None = None
    message: str | None = None


SUCCEEDED = Finding("succeeded")


def read_answer(
    body: object, *, operation: str, operations: Iterable[str], uids: Sequence[str | None], uid_key: str
) -> list[Finding]:
    """Read the answer to a request that held one list.

    Args:
        body: The JSON of the answer.
        operation: The list that was sent: create, update, upsert or delete.
        operations: All lists that the answer may speak of.
        uids: The uid of each item sent, no two alike; None for one without.
        uid_key: The JSON key under which the spec has uids.

    Returns:
        A finding for each item, in the order of `uids`.
    """
    tally = _Tally(uids, uid_key)
    if not isinstance(body, Mapping):
        return tally.doubt("the answer is not a JSON object")
    sections = cast("Mapping[str, Any]", body)
    for name in dict.fromkeys((operation, *operations)):
        section = sections.get(name)
        # An upsert may be reported as what it turned out to be; a create can't turn out to be an update.
        counted = name == operation or (operation == "upsert" and name in _UPSERT_PARTS)
        if (section is None or section == {}) and name != operation:
            continue
        problem = tally.add(section, counted=counted, required=name == operation)
        if problem is not None:
            tally.problems.append(f"{name}: {problem}")
    return tally.conclude()


class _Tally:
    """The successes and errors of one answer, held against what was sent."""

    def __init__(self, uids: Sequence[str | None], uid_key: str) -> None:
        self._uids = uids
        self._sent: frozenset[str | None] | None = None
        self._keys = tuple(dict.fromkeys((uid_key, *_UID_KEYS)))
        self.problems: list[str] = []
        self._successes = 0
        self._unmatched = 0
        self._failed: dict[str, Finding] = {}

    def add(self, section: object, *, counted: bool, required: bool) -> str | None:
        """Add what the answer says of one list; gives what is wrong with it."""
        if not isinstance(section, Mapping):
            return "is missing" if section is None else "is not an object"
        section = cast("Mapping[str, Any]", section)
        problem = self._add_errors(section.get("errors"))
        success = section.get("success")
        if success is None and not required:
            return problem
        if type(success) is not int or success < 0:
            return "does not say how many succeeded"
        if success and not counted:
            return "reports successes, but was not sent"
        self._successes += success
        return problem

    def _add_errors(self, errors: object) -> str | None:
        # Without errors to report, null or no list at all is as good as an empty one: the count decides.
        if errors is None:
            return None
        if not isinstance(errors, list):
            return "has errors that are not a list"
        for error in cast("list[object]", errors):
            uid = self._match(error)
            if uid is None:
                self._unmatched += 1
            elif uid not in self._failed:
                entry = cast("Mapping[str, Any]", error)
                self._failed[uid] = Finding(
                    "failed", _text(entry.get("errorCode")), _text(entry.get("message"))
                )
        return None

    def _match(self, error: object) -> str | None:
        """The uid of the item that an error is about; None if none that was sent.

        The operation's own key decides if it is there, else those of other operations must agree: a key that
        names an item that was not sent makes the error one about something else.
        """
        if not isinstance(error, Mapping):
            return None
        entry = cast("Mapping[str, Any]", error)
        if self._sent is None:
            # Only now: nearly every answer has no errors.
            self._sent = frozenset(self._uids)
        named = [entry[key] for key in self._keys if entry.get(key) is not None]
        if entry.get(self._keys[0]) is not None:
            del named[1:]
        uid = named[0] if named else None
        # A uid may be of any JSON type here, so not all can be looked up.
        if not isinstance(uid, str) or uid not in self._sent or any(other != uid for other in named):
            return None
        return uid

    def conclude(self) -> list[Finding]:
        """Decide on each item."""
        count, failed = len(self._uids), len(self._failed)
        if self._unmatched:
            self.problems.append(f"{self._unmatched} errors match no item that was sent")
        if self._successes + failed != count:
            self.problems.append(f"{self._successes} successes and {failed} failures of {count} items")
        if not self.problems:
            if not failed:
                return [SUCCEEDED] * count
            return [SUCCEEDED if uid is None else self._failed.get(uid, SUCCEEDED) for uid in self._uids]
        return self.doubt("; ".join(self.problems))

    def doubt(self, reason: str) -> list[Finding]:
        """Findings for an answer that does not add up."""
        unknown = Finding("unknown", INCONSISTENT, f"the answer does not add up: {reason}")
        # More reported than was sent: even an item with an error may be among the successes.
        overcounted = self._successes + len(self._failed) + self._unmatched > len(self._uids)
        findings: list[Finding] = []
        for uid in self._uids:
            named = None if uid is None else self._failed.get(uid)
            if named is None:
                findings.append(unknown)
            elif overcounted:
                findings.append(Finding("unknown", named.error_code, named.message))
            else:
                findings.append(named)
        return findings


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None
