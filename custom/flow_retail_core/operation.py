"""What the spec says of one operation, as far as the runtime needs it."""

import re
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_TENANT = "tenantUid"
_NO_PATTERNS: "Mapping[str, str]" = MappingProxyType({})


@frozen
class Operation:
    """One operation of the API.

    Args:
        name: Resource and method as users call them, such as `customers.get`.
        method: The HTTP method in capitals.
        path: The path template of the spec, such as `/tenants/{tenantUid}/customers/{customerUid}`.
        patterns: Per path parameter (the spec's name), the regular expression that a value must match whole.
    """

    name: str
    method: str
    path: str
    patterns: "Mapping[str, str]" = field(default=_NO_PATTERNS, repr=False, hash=False)

    @cached_property
    def repeatable(self) -> bool:
        """Whether sending it twice is as sending it once: a read, PUT, DELETE, POST to a search."""
        if self.method == "POST":
            return "search" in self.path.split("/")
        return self.method in {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The path parameters in path order, without the tenant, which belongs to the client."""
        return tuple(name for name in _PARAMETER.findall(self.path) if name != _TENANT)

    def url_path(self, tenant: str, arguments: "tuple[str, ...]") -> str:
        """Fill the path template.

        Args:
            tenant: The tenant UID of the client, already checked by it.
            arguments: A value for each of `parameters`, in that order.

        Returns:
            The path, each value percent-encoded as a single segment.

        Raises:
            TypeError: A value is not a string, or their number is wrong.
            ValueError: A value is empty, `.`, `..`, holds control characters or does not match its pattern.
        """
        if len(arguments) != len(self.parameters):
            raise TypeError(f"{self.name} takes {len(self.parameters)} path values, got {len(arguments)}")
        values = {_TENANT: tenant}
        for name, value in zip(self.parameters, arguments, strict=True):
            values[name] = path_segment(value, name=name, pattern=self.patterns.get(name))
        return _PARAMETER.sub(lambda match: values[match[1]], self.path)


def path_segment(value: object, *, name: str, pattern: str | None = None) -> str:
    """Check one value that will stand in a path, and percent-encode it.

    `..` or an empty value would silently address another resource (the collection, the tenant), so neither
    ever leaves this machine. The value itself stays out of the messages: UIDs may be personal data.

    Args:
        value: The value.
        name: How the message names it.
        pattern: A regular expression that must match the whole value.

    Raises:
        TypeError: The value is not a string.
        ValueError: The value can't stand in a path, or does not match.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    text = str(value)
    if not text:
        raise ValueError(f"{name} is empty; pass the UID of one resource")
    if text in {".", ".."} or _CONTROL.search(text) is not None:
        raise ValueError(f"{name} is not a UID: it would change the path of the request")
    if pattern is not None and re.fullmatch(pattern, text) is None:
        raise ValueError(f"{name} is not a valid UID: it must match {pattern} from start to end")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise ValueError(f"{name} holds a lone surrogate, which has no UTF-8 form") from None
