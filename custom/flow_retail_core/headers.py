"""Header parameters: from Python values to the lines of a request's head."""

import re
from collections.abc import Mapping

from flow_retail_core.query import QueryValue, texts

HeaderLines = tuple[tuple[bytes, bytes], ...]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "transfer-encoding",
    }
)
_VALUE = re.compile(r"[\t\x20-\x7E]*")


def encode_headers(headers: Mapping[str, QueryValue] | None) -> HeaderLines:
    """Write header parameters.

    Args:
        headers: The value of each parameter by the spec's name; a list is sent separated by commas.

    Returns:
        Names and values, in bytes; None and UNSET are not sent.

    Raises:
        TypeError: A value is of a type that has no form in a header.
        ValueError: A name is none, or belongs to the client itself; or a text holds what would end or change
            the header. The text is not shown.
    """
    lines: list[tuple[bytes, bytes]] = []
    for name, value in (headers or {}).items():
        if _NAME.fullmatch(name) is None or name.lower() in _OWN:
            raise ValueError(f"{name!a} can't be set: it is no header name, or the client sets it itself")
        values = list(texts(name, value))
        if not values:
            continue
        text = ",".join(values)
        if _VALUE.fullmatch(text) is None:
            raise ValueError(f"{name} can't stand in a header: only printable ASCII can")
        lines.append((name.encode("ascii"), text.encode("ascii")))
    return tuple(lines)
