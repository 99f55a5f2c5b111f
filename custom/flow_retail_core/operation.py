"""What the spec says of one operation."""

import re
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from attrs import Factory, field, frozen

T_co = TypeVar("T_co", covariant=True)

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_TENANT = "{tenantUid}"
_UID = re.compile(r"[A-Za-z0-9_-]+")
_UID_PATTERNS = frozenset({None, "^[A-Za-z0-9-_]+"})
"""Patterns that a UID matches; the second is the one that the spec gives nearly all path parameters."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
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
        return tuple(name for name in _PARAMETER.findall(self.path) if f"{{{name}}}" != _TENANT)

    @cached_property
    def needs_tenant(self) -> bool:
        """Whether the path has a tenant."""
        return _TENANT in self.path

    def url_path(self, tenant: str | None, values: tuple[str, ...]) -> str:
        """Fill the path template with the client's tenant and a value for each of `path_parameters`."""
        names = self.path_parameters
        if len(values) != len(names):
            raise TypeError(f"{self.name} takes {len(names)} path values, got {len(values)}")
        path = self.path
        if self.needs_tenant:
            if tenant is None:
                raise ValueError(
                    f"{self.name} needs a tenant: pass tenant=... to the client or set FLOW_RETAIL_TENANT"
                )
            path = path.replace(_TENANT, tenant)
        for name, value in zip(names, values, strict=True):
            pattern = self.patterns.get(name)
            segment = value
            if type(value) is not str or pattern not in _UID_PATTERNS or _UID.fullmatch(value) is None:
                # It may have to be refused or encoded; almost no value does.
                segment = path_segment(value, name=name, pattern=pattern)
            # A value can't bring a parameter of its own: its braces are percent-encoded.
            path = path.replace(f"{{{name}}}", segment, 1)
        return path


def path_segment(value: object, *, name: str, pattern: str | None = None) -> str:
    """Check and percent-encode one value of a path; messages do not show it: UIDs may be personal data."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    text = str(value)
    # Either would silently address another resource: the collection, the tenant.
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
