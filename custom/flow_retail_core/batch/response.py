"""Reading a batch response: which items succeeded, which failed, and which nobody knows.

The response has a number of successes and a list of errors per action. An item counts as succeeded only if
the numbers add up: each error names an item that was sent, and the successes and the items named make up all
that were sent.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, cast

import orjson
from attrs import frozen

from flow_retail_core.batch.items import BatchItem
from flow_retail_core.batch.result import BatchStatus
from flow_retail_core.batch.spec import BatchSpec

INCONSISTENT = "INCONSISTENT_RESPONSE"
"""The error code of items for which the response does not add up."""

_COMMON_KEYS = ("customerUid", "productUid", "priceUid")
"""Keys by which operations of this API name an item, whatever its own key is."""
_NAMING = frozenset({str, int})
"""The types of values that can name an item."""
_UPSERT_PARTS = frozenset({"create", "update"})


@frozen
class Finding:
    """What a response says of one item; see `BatchOutcome`."""

    status: BatchStatus
    error_code: str | None = None
    message: str | None = None


SUCCEEDED = Finding("succeeded")


def read_response(body: object, items: Sequence[BatchItem], spec: BatchSpec) -> list[Finding]:
    """Read the response to a request."""
    if not isinstance(body, Mapping):
        return _conclude(items, 0, {}, 0, ["the response is not a JSON object"])
    action, sections = items[0].action, cast("Mapping[str, Any]", body)
    problems: list[str] = []
    errors: list[tuple[str, object]] = []
    successes = 0
    for name in dict.fromkeys((action, *spec.models)):
        section = sections.get(name)
        if name != action and (section is None or section == {}):
            continue
        if not isinstance(section, Mapping):
            problems.append(f"{name}: is {'missing' if section is None else 'not an object'}")
            continue
        section = cast("Mapping[str, Any]", section)
        listed = section.get("errors")
        # Without errors to report, null or no list at all is as good as an empty one: the count decides.
        if isinstance(listed, list):
            errors += zip(repeat(name), cast("list[object]", listed))
        elif listed is not None:
            problems.append(f"{name}: has errors that are not a list")
        success = section.get("success")
        if success is None and name != action:
            continue
        if type(success) is not int or success < 0:
            problems.append(f"{name}: does not say how many succeeded")
        # An upsert may be reported as what it turned out to be; a create can't turn out to be an update.
        elif success and name != action and not (action == "upsert" and name in _UPSERT_PARTS):
            problems.append(f"{name}: reports successes, but was not sent")
        else:
            successes += success
    if not errors and not problems and successes == len(items):
        return [SUCCEEDED] * successes
    matcher = _ErrorMatcher(items, spec)
    named: dict[tuple[int, ...], Finding] = {}
    unmatched = 0
    for name, error in errors:
        positions = matcher.match(name, error)
        if positions:
            fields = cast("Mapping[str, Any]", error)
            named.setdefault(
                positions, Finding("failed", _text(fields.get("errorCode")), _text(fields.get("message")))
            )
        else:
            unmatched += 1
    return _conclude(items, successes, named, unmatched, problems)


class _ErrorMatcher:
    """Finds the items that an error is about.

    An error names an item by its uid; where the reference says so, by another key that items have, such as
    the product of a price. A key that names nothing that was sent makes the error one about something else.
    """

    def __init__(self, items: Sequence[BatchItem], spec: BatchSpec) -> None:
        self._items = items
        self._uid_key = spec.uid_key
        self._error_keys = spec.error_keys
        self._positions: dict[str, dict[Any, tuple[int, ...]] | None] = {}

    def match(self, section: str, error: object) -> tuple[int, ...]:
        """The positions of the items that an error is about; none if it names nothing that was sent."""
        if not isinstance(error, Mapping):
            return ()
        fields = cast("Mapping[str, Any]", error)
        documented = self._error_keys.get(section, ())
        for keys in ((self._uid_key,), documented, _COMMON_KEYS):
            positions: tuple[int, ...] = ()
            named = False
            for key in keys:
                value = fields.get(key)
                if key not in self._positions:
                    self._positions[key] = self._index(key, documented=key in documented)
                index = self._positions[key]
                if value is None or index is None:
                    continue
                found = index.get(value, ()) if type(value) in _NAMING else ()
                positions = tuple(at for at in positions if at in found) if named else found
                named = True
            if named:
                return positions
        return ()

    def _index(self, key: str, *, documented: bool) -> dict[Any, tuple[int, ...]] | None:
        """The positions of the items by what the key says of them; None if it names other records."""
        values: list[Any] = [item.uid for item in self._items]
        if key != self._uid_key:
            own = [orjson.loads(item.data).get(key) for item in self._items]
            # If no item has it, it stands for the uid: errors of this API speak of `productUid` for
            # customers, too.
            if any(value is not None for value in own):
                if not documented:
                    return None
                values = own
        index: dict[Any, tuple[int, ...]] = {}
        for at, value in enumerate(values):
            if type(value) in _NAMING:
                index[value] = (*index.get(value, ()), at)
        return index


def _conclude(
    items: Sequence[BatchItem],
    successes: int,
    named: Mapping[tuple[int, ...], Finding],
    unmatched: int,
    problems: list[str],
) -> list[Finding]:
    """Decide on each item, from the errors by the positions of the items that they name."""
    certain = {positions[0] for positions in named if len(positions) == 1}
    shared = [set(positions) - certain for positions in named if len(positions) > 1]
    at_most = certain.union(*shared)
    at_least = len(certain) + sum(map(bool, shared))
    failures = len(items) - successes
    if unmatched:
        problems.append(f"{unmatched} errors match no item that was sent")
    if not at_least <= failures <= len(at_most):
        problems.append(f"{successes} successes and {at_least} failures of {len(items)} items")
    if failures == len(at_most):
        certain = at_most
    # More reported than was sent: even an item with an error may be among the successes.
    overcounted = successes + at_least + unmatched > len(items)
    unknown = Finding("unknown", INCONSISTENT, f"the response does not add up: {'; '.join(problems)}")
    findings = [unknown if problems else SUCCEEDED] * len(items)
    # An error about one item says more of it than one that it shares.
    for positions, error in sorted(named.items(), key=lambda one: -len(one[0])):
        for at in positions:
            failed = at in certain and not (problems and overcounted)
            findings[at] = error if failed else Finding("unknown", error.error_code, error.message)
    return findings


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None


# Error codes. A code counts as a whole, never by a word somewhere in it.

_LONGEST_CODE = 100
_MARKS = r"(?:HTTP_?|(?:E|ERR|ERROR|STATUS|CODE|API)_)*"
_ENDING = r"(?:_(?:ERROR|ERR|EXCEPTION|FAILURE|CODE))?"
_RECORD = "ITEM|RECORD|RESOURCE|ENTITY|OBJECT"
_SYSTEM = (
    "SERVER|SERVICE|SYSTEM|BACKEND|UPSTREAM|GATEWAY|DATABASE|DB|TABLE|ROW|REQUEST|CONNECTION|QUERY"
    f"|TRANSACTION|{_RECORD}"
)
_TIMEOUT = r"(?:TIME_?OUT|TIMED_?OUT)(?:_(?:EXCEEDED|EXPIRED|REACHED))?"

_NEGATIONS = frozenset(
    {"NOT", "NO", "NEVER", "INVALID", "ILLEGAL", "WRONG", "MISSING", "UNKNOWN", "UNSUPPORTED", "REQUIRED"}
)
"""Words before an ending such as TIMEOUT that make the code one about a setting or a rule."""

_AMBIGUOUS = re.compile(
    rf"{_MARKS}(?:408|502|504|(?:502_)?BAD_GATEWAY|(?P<before>\w+_)??{_TIMEOUT}){_ENDING}"
)
_TRANSIENT = re.compile(
    rf"{_MARKS}(?:"
    r"(?:429|503)|(?:429_)?(?P<before>\w+_)??TOO_?MANY_?(?:CONCURRENT_)?(?:REQUESTS|CALLS|CONNECTIONS)|TOO_?MANY"
    r"|(?P<before2>\w+_)??(?:RATE_?LIMIT(?:ED|S|ING)?|RATE_?LIMIT_(?:EXCEEDED|REACHED|HIT)|THROTTL(?:E|ED|ING))"
    r"|RATE_?EXCEEDED|REQUEST_?LIMIT_(?:EXCEEDED|REACHED)"
    rf"|(?:503_)?(?:(?:{_SYSTEM})_)*(?:(?:TEMPORARILY_|CURRENTLY_)?UNAVAILABLE|BUSY|OVERLOAD(?:ED)?|LOCK(?:ED)?)"
    r"|TEMPORAR(?:Y|ILY)(?:_(?:UNAVAILABLE|OVERLOAD(?:ED)?|OUTAGE))?"
    r"|LOCK_(?:WAIT|CONFLICT|CONTENTION)|DEAD_?LOCK(?:ED)?(?:_(?:DETECTED|FOUND|VICTIM))?"
    r"|(?:PLEASE_)?(?:TRY_?AGAIN|RETRY)(?:_LATER)?"
    rf"){_ENDING}"
)


def is_transient(code: str | None) -> bool:
    """Whether a code names a reason that may be gone a moment later, as 429 does."""
    return _matches(_TRANSIENT, code) or is_ambiguous(code)


def is_ambiguous(code: str | None) -> bool:
    """Whether a code says that a server gave up waiting, and so can't tell what became of the item."""
    return _matches(_AMBIGUOUS, code)


def says_absent(code: str | None, uid_key: str) -> bool:
    """Whether a code says that the item itself is not there."""
    named = re.sub(r"_?(UID|ID)$", "", _upper(uid_key))
    records = f"{_RECORD}|{named}(?:_UID|_ID)?" if named else _RECORD
    return code is not None and bool(
        re.fullmatch(
            rf"{_MARKS}(?:404|410|(?:(?:404|410)_)?(?:"
            rf"(?:(?:{records})_)?(?:(?:IS|WAS)_)?(?:NOT_?FOUND|GONE|ALREADY_(?:DELETED|REMOVED|GONE)"
            r"|(?:DOES_?)?NOT_?EXIST(?:S|ING|ENT)?|NON_?EXIST(?:ING|ENT))"
            rf"|NO_SUCH_(?:{records}))){_ENDING}",
            _upper(code),
        )
    )


def says_other_absent(code: str | None, uid_key: str) -> bool:
    """Whether a code says that something else than the item is not there, such as the tenant."""
    return (
        code is not None
        and re.search(r"NOT_?FOUND|NO_SUCH", _upper(code)) is not None
        and not says_absent(code, uid_key)
    )


def _matches(pattern: re.Pattern[str], code: str | None) -> bool:
    found = None if code is None else pattern.fullmatch(_upper(code))
    if found is None:
        return False
    before = "".join(part for part in found.groupdict().values() if part)
    return _NEGATIONS.isdisjoint(before.split("_"))


def _upper(code: str) -> str:
    """A code in one spelling: RATE_LIMIT for rateLimit, rate-limit, `Rate limit`; empty if it is too long."""
    if len(code) > _LONGEST_CODE:
        return ""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", code)
    return re.sub(r"[\W_]+", "_", words).strip("_").upper()
