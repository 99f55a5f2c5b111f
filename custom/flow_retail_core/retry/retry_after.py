"""The Retry-After header."""

import re
from datetime import UTC, datetime

from flow_retail_core.messages import Headers

_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?")
_VALUE = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,[^,]*|[^,]+", re.IGNORECASE)
"""One value of a list: an HTTP date has a comma of its own after the day of the week."""
_LONGEST = 1e9
"""Seconds; stands for anything longer, which datetimes can't hold."""


def retry_after(headers: Headers, *, now: datetime | None = None) -> float | None:
    """Read how long a server asks to wait."""
    value = headers.get("retry-after")
    if value is None:
        return None
    # An HTTP date is measured against the server's own clock: a local one that is ahead would shorten it.
    reference = _http_date(headers.get("date") or "") or now or datetime.now(UTC)
    waits = [wait for text in _VALUE.findall(value) if (wait := _wait(text.strip(), reference)) is not None]
    return max(waits, default=None)


def _wait(text: str, reference: datetime) -> float | None:
    if _SECONDS.fullmatch(text):
        return min(float(text), _LONGEST)
    moment = _http_date(text)
    return None if moment is None else max(0.0, (moment - reference).total_seconds())


def _http_date(text: str) -> datetime | None:
    # Here, because it takes 12 ms of importing this package; httpx has loaded it when a client is made.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # see above

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" and the asctime form have no time zone; HTTP dates are UTC by definition.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
