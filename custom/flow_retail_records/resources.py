"""Which resources there are and what their methods list and take: a rule, not a list.

The methods of a resource are thin: each hands what the spec says of it to its client. So a resource on a
client that only writes down what it is handed tells all that is needed, for pages of the reference that
nobody had seen when this was written.
"""

import enum
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import MethodType
from typing import Any, TypeGuard, cast

from attrs import evolve, field, frozen

from flow_retail_client import FlowRetail, models
from flow_retail_core.batch_shape import BatchShape
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_core.operation import Operation
from flow_retail_core.resource import Resource
from flow_retail_records.errors import UnknownResource
from flow_retail_records.fields import item_of, model_of, readers_of


@frozen
class Listing:
    """What a paged method lists.

    Attributes:
        operation: What it calls; its name is such as `customers.list`.
        record: The class of its records.
        key: The attribute that identifies a record; None if records have no identity.
        required: Names of the arguments that it can't do without, but the body.
        options: Names of its further arguments, but those of paging and the body.
        queries: The spec's name of each of these arguments that is sent in the query, such as
            `customerExternalId` of `customer_external_id`; the others stand in the path or in a header.
    """

    operation: Operation
    record: type[Model]
    key: str | None
    required: tuple[str, ...]
    options: tuple[str, ...]
    queries: Mapping[str, str] = field(hash=False)

    @property
    def key_name(self) -> str | None:
        """The key's name in JSON; None if records have no identity."""
        fields = fields_of(self.record)
        return next((field.name for field in fields if field.attribute == self.key), None)


@frozen
class Batch:
    """What a batch method takes.

    Attributes:
        shape: The classes of the items per list, and what identifies them.
        read: The operation that reads a record back; None if the API has none.
    """

    shape: BatchShape
    read: Operation | None


@frozen
class Kind:
    """One kind of record.

    Attributes:
        name: As it is typed, such as `customer-contacts`.
        attribute: As the client calls it, such as `customer_contacts`.
        lists: What the paged methods give that take no body, by their names, in the order of the class.
        search: What `search()` gives; None if it does not exist, is not paged, or its body has no `query`.
        search_body: The class of what is searched for.
        batch: What `batch()` takes; None if there is none.
        get: The names of the arguments of `get()`; None if there is none.
    """

    name: str
    attribute: str
    lists: Mapping[str, Listing] = field(hash=False)
    search: Listing | None
    search_body: type[Model] | None
    batch: Batch | None
    get: tuple[str, ...] | None

    @property
    def listing(self) -> Listing | None:
        """What `list()` gives; None if it does not exist or is not paged."""
        return self.lists.get("list")

    @property
    def record(self) -> type[Model] | None:
        """The class of what `list()` gives; None as there."""
        return self.listing.record if self.listing else None

    def of(self, flow: FlowRetail) -> Any:
        """The resource of a client.

        Args:
            flow: The client.
        """
        return getattr(flow, self.attribute)


@frozen
class _Call:
    """What a paged method hands its client, and what arguments it was given itself."""

    operation: Operation
    query: Mapping[str, Any]
    body: Any
    returns: Any
    key: str | None
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])


class _Recorder:
    """Stands in for a client and gives back what it is handed."""

    def paged(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        returns: object = None,
        key: str | None = None,
        **_others: Any,
    ) -> Any:
        """See `Calls.paged`."""
        return _Call(operation, query or {}, body, returns, key)

    def batch_stream(
        self,
        operation: Operation,
        path_arguments: tuple[str, ...] = (),
        *,
        shape: BatchShape,
        read: Operation | None,
        **_others: Any,
    ) -> Any:
        """See `BatchCalls.batch_stream`."""
        return Batch(shape, read)


class _Word(enum.StrEnum):
    """Texts that are members of an enum, and numbers."""

    ONE = "1"
    TWO = "2"


_PAGING = frozenset({"page_number", "page_size", "prefetch"})
# Two of each kind that a query takes: what a method does with an argument, it can't do with every kind.
_PROBES: tuple[Any, ...] = tuple(
    probe
    for word, number in ((_Word.ONE, 0), (_Word.TWO, 1))
    for probe in (word, datetime(2026, 1, 1 + number, tzinfo=UTC), [word], number)
)


@cache
def kinds() -> dict[str, Kind]:
    """Every resource of the client by the name that is typed."""
    found: dict[str, Kind] = {}
    for attribute, member in vars(FlowRetail).items():
        if not isinstance(member, property):
            continue
        resource = cast("Callable[[Any], object]", member.fget)(_Recorder())
        if isinstance(resource, Resource):
            name = attribute.replace("_", "-")
            found[name] = _kind(name, attribute, resource)
    return found


def find(name: str, able: Callable[[Kind], object], what: str) -> Kind:
    """Find a resource by the name that was typed.

    Args:
        name: The name.
        able: Tells whether a resource will do.
        what: What it is needed for, as in `customers can't be exported`.

    Raises:
        UnknownResource: There is none, or it will not do.
    """
    choices = ", ".join(kind.name for kind in kinds().values() if able(kind)) or "none"
    kind = kinds().get(name.replace("_", "-"))
    if kind is None:
        raise UnknownResource(f"There is no resource {name!r}.", f"Choose one of: {choices}.")
    if not able(kind):
        raise UnknownResource(
            f"{name} can't be {what}: the API has no such operation.", f"Possible: {choices}."
        )
    return kind


def _kind(name: str, attribute: str, resource: Resource) -> Kind:
    methods = dict(_methods(resource))
    # A call of the others would do nothing before it is awaited.
    plain = {name: method for name, method in methods.items() if not inspect.iscoroutinefunction(method)}
    paged = {name: found for name, method in plain.items() if (found := _paged(method)) is not None}
    search, searched = paged.get("search", (None, False))
    body = _search_body(methods["search"]) if searched else None
    return Kind(
        name=name,
        attribute=attribute,
        lists={name: listing for name, (listing, takes_body) in paged.items() if not takes_body},
        search=None if body is None else search,
        search_body=body,
        batch=_batch(plain),
        get=_arguments(methods["get"])[0] if "get" in methods else None,
    )


def _methods(resource: Resource) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The methods of a resource, without what warns those who use what is deprecated: nobody does here."""
    for name, member in vars(type(resource)).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            yield name, MethodType(inspect.unwrap(member), resource)


def _paged(method: Callable[..., Any]) -> tuple[Listing, bool] | None:
    """What a method lists, and whether it takes a body; None if it is not paged."""
    required, optional = _arguments(method)
    plain = next(_calls(method, {}, required), None)
    record = _record(plain.returns) if plain is not None else None
    if plain is None or record is None:
        return None
    options = [name for name in optional if name not in _PAGING]
    heard = {name: list(_calls(method, plain.arguments, (name,))) for name in (*required, *options)}
    # An argument that can be of none of the kinds that a query takes is made a body of.
    bodies = {n for n, calls in heard.items() if not calls or any(call.body != plain.body for call in calls)}
    listing = Listing(
        operation=plain.operation,
        record=record,
        key=plain.key,
        required=tuple(name for name in required if name not in bodies),
        options=tuple(name for name in options if name not in bodies),
        queries={name: key for name, calls in heard.items() if (key := _query_name(plain, calls))},
    )
    return listing, bool(bodies)


def _calls(method: Callable[..., Any], given: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[_Call]:
    """What a method hands on if some of its arguments are given one probe after the other."""
    for probe in (*_members(method, names), *_PROBES):
        arguments = {**given, **dict.fromkeys(names, probe)}
        try:
            call = method(**arguments)
        except Exception:  # noqa: BLE001, S112  # what it does with a value that is not of its kind, nobody knows
            continue
        if isinstance(call, _Call):
            yield evolve(call, arguments=arguments)


def _members(method: Callable[..., Any], names: tuple[str, ...]) -> Iterator[Any]:
    """Values of the enums that the arguments are of: nothing else is taken for them."""
    parameters = inspect.signature(method).parameters
    for word in re.findall(r"\w+", " ".join(str(parameters[name].annotation) for name in names)):
        enum_class = getattr(models, word, None)
        if isinstance(enum_class, enum.EnumType):
            yield from cast("Any", enum_class)


def _query_name(plain: _Call, calls: list[_Call]) -> str | None:
    """The one name of the query under which another value of an argument shows."""
    for call in calls:
        changed = [key for key, value in call.query.items() if value != plain.query.get(key)]
        if len(changed) == 1:
            return changed[0]
    return None


def _record(page: Any) -> type[Model] | None:
    """The class of the items of a page's class."""
    return model_of(item_of(readers_of(page).get("items"))) if _is_model(page) else None


def _search_body(search: Callable[..., Any]) -> type[Model] | None:
    parameter = inspect.signature(search).parameters.get("body")
    named = str(parameter.annotation if parameter else "").removesuffix(" | None")
    body = getattr(models, named, None)
    return body if _is_model(body) and "query" in readers_of(body) else None


def _is_model(named: Any) -> TypeGuard[type[Model]]:
    return isinstance(named, type) and issubclass(named, Model)


def _batch(methods: Mapping[str, Callable[..., Any]]) -> Batch | None:
    method = methods.get("batch_stream")
    if method is None or _arguments(method)[0]:
        return None
    found = method()
    return found if isinstance(found, Batch) else None


def _arguments(method: Callable[..., object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the arguments that a method needs, and of those that it may be given."""
    needed: list[str] = []
    others: list[str] = []
    for name, parameter in inspect.signature(method).parameters.items():
        (needed if parameter.default is parameter.empty else others).append(name)
    return tuple(needed), tuple(others)
