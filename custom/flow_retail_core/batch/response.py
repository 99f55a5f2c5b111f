"""Reading a batch response: which items succeeded, which failed, and which nobody knows.

The response has a number of successes and a list of errors per action. An item counts as succeeded only if
the numbers add up: each error names an item that was sent, and the successes and the items named make up all
that were sent.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from itertools import repeat
from typing import Any, NamedTuple, cast

import orjson

from flow_retail_core.batch.chunker import BatchItem
from flow_retail_core.batch.result import BatchStatus
from flow_retail_core.batch.spec import BatchSpec

INCONSISTENT = "INCONSISTENT_RESPONSE"
"""The error code of items for which the response does not add up."""

_COMMON_KEYS = ("customerUid", "productUid", "priceUid")
"""Keys by which operations of this API name an item, whatever its own key is."""
_NAMING = frozenset({str, int})
"""The types of values that can name an item."""
_UPSERT_PARTS = frozenset({"create", "update"})

_Items = tuple[BatchItem, ...]
_Index = dict[Any, _Items]


class Finding(NamedTuple):
    """What a response says of one item; see `BatchOutcome`."""

    status: BatchStatus
    error_code: str | None = None
    message: str | None = None


SUCCEEDED = Finding("succeeded")


def read_response(body: object, items: Sequence[BatchItem], spec: BatchSpec) -> dict[BatchItem, Finding]:
    """Read the response to a request: what it says of each item, or of none if all succeeded."""
    action, successes = items[0].action, 0
    problems: list[str] = []
    errors: list[tuple[str, object]] = []
    if not isinstance(body, Mapping):
        problems.append("the response is not a JSON object")
        body = {action: {"success": 0}}
    sections = cast("Mapping[str, Any]", body)
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
        return {}
    return _match(items, successes, errors, problems, spec)


def _match(
    items: Sequence[BatchItem],
    successes: int,
    errors: list[tuple[str, object]],
    problems: list[str],
    spec: BatchSpec,
) -> dict[BatchItem, Finding]:
    """Decide on each item, from the errors that name it and the count of successes."""
    index = cache(partial(_index, items, spec))
    named: dict[_Items, Finding] = {}
    unmatched = 0
    for section, error in errors:
        fields = cast("Mapping[str, Any]", error if isinstance(error, Mapping) else {})
        if about := _find(fields, spec, section, index):
            finding = Finding("failed", _text(fields.get("errorCode")), _text(fields.get("message")))
            named.setdefault(about, finding)
        else:
            unmatched += 1
    certain = {about[0] for about in named if len(about) == 1}
    shared = [set(about) - certain for about in named if len(about) > 1]
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
    overcounted = bool(problems) and successes + at_least + unmatched > len(items)
    unknown = Finding("unknown", INCONSISTENT, f"the response does not add up: {'; '.join(problems)}")
    findings = dict.fromkeys(items, unknown if problems else SUCCEEDED)
    # An error about one item says more of it than one that it shares.
    for about, error in sorted(named.items(), key=lambda one: -len(one[0])):
        for item in about:
            failed = item in certain and not overcounted
            findings[item] = error if failed else error._replace(status="unknown")
    return findings


def _find(
    error: Mapping[str, Any], spec: BatchSpec, section: str, index: Callable[[str, bool], _Index | None]
) -> _Items:
    """The items that an error is about; none if it names nothing that was sent.

    An error names an item by its uid; where the reference says so, by another key that items have, such as
    the product of a price. A key that names nothing that was sent makes the error one about something else.
    """
    documented = spec.error_keys.get(section, ())
    for keys in ((spec.uid_key,), documented, _COMMON_KEYS):
        about: _Items | None = None
        for key in keys:
            value, known = error.get(key), index(key, key in documented)
            if value is None or known is None:
                continue
            found = known.get(value, ()) if type(value) in _NAMING else ()
            about = found if about is None else tuple(item for item in about if item in found)
        if about is not None:
            return about
    return ()


def _index(items: Sequence[BatchItem], spec: BatchSpec, key: str, documented: bool) -> _Index | None:
    """The items by what the key says of them; None if it names other records."""
    values: list[Any] = [item.uid for item in items]
    if key != spec.uid_key:
        own = [orjson.loads(item.data).get(key) for item in items]
        # If no item has it, it stands for the uid: errors of this API speak of `productUid` for customers.
        if any(value is not None for value in own):
            if not documented:
                return None
            values = own
    index: _Index = {}
    for item, value in zip(items, values, strict=True):
        if type(value) in _NAMING:
            index[value] = (*index.get(value, ()), item)
    return index


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int | float) else None
