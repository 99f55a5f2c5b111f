"""What the spec says of one operation."""

import re
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from attrs import Factory, field, frozen

from flow_retail_core.validation import path_segment

T_co = TypeVar("T_co", covariant=True)

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_TENANT = "tenantUid"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _is_idempotent(operation: "Operation[Any]") -> bool:
    # A POST that only reads is one: a search, or any that returns a page of a list.
    reads = operation.paged or "search" in operation.path.split("/")
    return operation.method not in {"POST", "PATCH"} or reads


@frozen(eq=False)
class Operation(Generic[T_co]):
    """One operation of the API; resources, pagers, batches and tools read everything about it here.

    Args:
        name: Resource and method as users call them, such as `customers.get`.
        method: The HTTP method in capitals.
        path: The path template, such as `/tenants/{tenantUid}/customers/{customerUid}`.
        patterns: By the spec's name of a path parameter, the regular expression of its values.
        arguments: The names of the method's arguments for the path parameters, in path order.
        required: The keywords of query and header parameters that must be given.
        query: By the keyword of the method, the spec's name of the query parameter.
        joined: The spec's names of query parameters whose lists are sent in one value, separated by commas.
        headers: By the keyword of the method, the spec's name of the header parameter.
        body: What the body must be, a model class or a decoder; None for no body.
        body_required: Whether it must be given.
        body_type: Its media type; for files perhaps with wildcards.
        returns: The decoder of a success; None if it promises no body.
        may_be_empty: Whether a 204 is a success beside others.
        record_key: For a list in pages, the attribute that identifies a record; None if there is none.
        paged: Whether it responds with a page of a list.
        batch: For a batch, what the spec says of its lists and errors.
        idempotent: Whether sending it twice has the effect of sending it once.
        authenticated: Whether it needs a token.
        accept: The media type that it promises.
    """

    name: str
    method: str
    path: str
    patterns: Mapping[str, str] = field(default=_NOTHING, repr=False, kw_only=True)
    arguments: tuple[str, ...] = field(default=(), repr=False, kw_only=True)
    required: tuple[str, ...] = field(default=(), repr=False, kw_only=True)
    query: Mapping[str, str] = field(default=_NOTHING, repr=False, kw_only=True)
    joined: tuple[str, ...] = field(default=(), repr=False, kw_only=True)
    headers: Mapping[str, str] = field(default=_NOTHING, repr=False, kw_only=True)
    body: Any = field(default=None, repr=False, kw_only=True)
    body_required: bool = field(default=False, repr=False, kw_only=True)
    body_type: str = field(default="application/json", repr=False, kw_only=True)
    returns: Any = field(default=None, repr=False, kw_only=True)
    may_be_empty: bool = field(default=False, repr=False, kw_only=True)
    record_key: str | None = field(default=None, repr=False, kw_only=True)
    paged: bool = field(default=False, repr=False, kw_only=True)
    batch: Any = field(default=None, repr=False, kw_only=True)
    idempotent: bool = field(default=Factory(_is_idempotent, takes_self=True), repr=False, kw_only=True)
    authenticated: bool = field(default=True, repr=False, kw_only=True)
    accept: str = field(default="application/json", repr=False, kw_only=True)

    @cached_property
    def accept_line(self) -> tuple[bytes, bytes]:
        """The Accept header of its requests."""
        return b"Accept", self.accept.encode("ascii")

    @cached_property
    def body_line(self) -> tuple[bytes, bytes]:
        """The Content-Type header of a body in JSON."""
        return b"Content-Type", self.body_type.encode("ascii")

    @cached_property
    def takes_json(self) -> bool:
        """Whether its body is JSON, and neither a form nor a file."""
        return self.body_type.lower().endswith("json")

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """The path parameters in path order, without the tenant, which belongs to the client."""
        return tuple(name for name in _PARAMETER.findall(self.path) if name != _TENANT)

    @cached_property
    def _parts(self) -> list[str]:
        # Texts and the names of parameters in turns.
        return _PARAMETER.split(self.path)

    @cached_property
    def needs_tenant(self) -> bool:
        """Whether the path has a tenant."""
        return f"{{{_TENANT}}}" in self.path

    def url_path(self, tenant: str | None, values: tuple[str, ...]) -> str:
        """Fill the path template.

        Args:
            tenant: The tenant UID of the client, already checked; None if it has none.
            values: A value for each of `path_parameters`, in that order.

        Returns:
            The path, each value percent-encoded as a single segment.

        Raises:
            TypeError: A value is not a string, or their number is wrong.
            ValueError: A value is empty, `.`, `..`, holds control characters or does not match its pattern;
                or the path needs a tenant and the client has none.
        """
        if self.needs_tenant and tenant is None:
            raise ValueError(
                f"{self.name} needs a tenant: pass tenant=... to the client or set FLOW_RETAIL_TENANT"
            )
        if len(values) != len(self.path_parameters):
            raise TypeError(f"{self.name} takes {len(self.path_parameters)} path values, got {len(values)}")
        segments = {_TENANT: tenant or ""}
        for name, value in zip(self.path_parameters, values, strict=True):
            segments[name] = path_segment(value, name=name, pattern=self.patterns.get(name))
        parts = self._parts.copy()
        parts[1::2] = [segments[name] for name in parts[1::2]]
        return "".join(parts)
