"""Which resources there are, and what their methods list and take; found by rule.

The methods of a resource are thin: each passes what the spec says of it to its client. A resource with a
client that only records what it is passed therefore shows all that is needed, for any page of the reference.
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
from flow_retail_core.model import Model
from flow_retail_core.operation import Operation
from flow_retail_core.resource import Resource
from flow_retail_records.errors import UnknownResource
from flow_retail_records.fields import item_of, model_of, readers_of


@frozen
class Listing:
    """A paged method.

    Attributes:
        operation: What it calls; its name is, for example, `customers.list`.
        record: The class of its records.
        key: The attribute that identifies a record; None if records have no identity.
        required: Names of the arguments that it can't do without, but the body.
        options: Names of its further arguments, but those of paging and the body.
        queries: The spec's name of each of these arguments that is sent in the query, such as
            `customerExternalId` of `customer_external_id`; the others are in the path or in a header.
        choices: The values that the spec lists for an argument, by its name.
    """

    operation: Operation
    record: type[Model]
    key: str | None
    required: tuple[str, ...]
    options: tuple[str, ...]
    queries: Mapping[str, str] = field(hash=False)
    choices: Mapping[str, tuple[str, ...]] = field(hash=False, factory=dict[str, tuple[str, ...]])

    @property
    def key_name(self) -> str | None:
        """The key's name in JSON; None if records have no identity."""
        fields = self.record.json_fields()
        return next((field.name for field in fields if field.attribute == self.key), None)


@frozen
class Batch:
    """A batch method.

    Attributes:
        shape: The classes of the items per list, and what identifies them.
        read: The operation that reads a record back; None if the API has none.
    """

    shape: BatchShape
    read: Operation | None


@frozen
class ResourceType:
    """A resource of the client.

    Attributes:
        name: As it is typed, such as `customer-contacts`.
        attribute: As the client calls it, such as `customer_contacts`.
        lists: The paged methods that take no body, by name, in the order of the class.
        search: The method `search`; None if it does not exist, is not paged, or its body has no `query`.
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
        """The method `list`; None if it does not exist or is not paged."""
        return self.lists.get("list")

    @property
    def record(self) -> type[Model] | None:
        """The class of the records of `list`; None if there is no such method."""
        return self.listing.record if self.listing else None

    def of(self, flow: FlowRetail) -> Any:
        """The resource object of a client."""
        return getattr(flow, self.attribute)


@frozen
class _RecordedCall:
    """What a paged method passes to its client, and the arguments that it got."""

    operation: Operation
    query: Mapping[str, Any]
    body: Any
    returns: Any
    key: str | None
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])


class _Recorder:
    """A stand-in for a client that returns what it is passed."""

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
        return _RecordedCall(operation, query or {}, body, returns, key)

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


class _ProbeText(enum.StrEnum):
    """Strings that are also enum members and numbers."""

    ONE = "1"
    TWO = "2"


_PAGING = frozenset({"page_number", "page_size", "prefetch"})
# Two of each type that a query takes: a method can't do what it does with every type.
_PROBES: tuple[Any, ...] = tuple(
    probe
    for word, number in ((_ProbeText.ONE, 0), (_ProbeText.TWO, 1))
    for probe in (word, datetime(2026, 1, 1 + number, tzinfo=UTC), [word], number)
)


@cache
def resource_types() -> dict[str, ResourceType]:
    """Every resource by its name on the command line."""
    found: dict[str, ResourceType] = {}
    for attribute, member in vars(FlowRetail).items():
        if not isinstance(member, property):
            continue
        resource = cast("Callable[[Any], object]", member.fget)(_Recorder())
        if isinstance(resource, Resource):
            name = attribute.replace("_", "-")
            found[name] = _resource_type(name, attribute, resource)
    return found


def find(name: str, able: Callable[[ResourceType], object], what: str) -> ResourceType:
    """Find a resource by name; `able` says whether it will do."""
    choices = (
        ", ".join(resource_type.name for resource_type in resource_types().values() if able(resource_type))
        or "none"
    )
    resource_type = resource_types().get(name.replace("_", "-"))
    if resource_type is None:
        raise UnknownResource(f"There is no resource {name!r}.", f"Choose one of: {choices}.")
    if not able(resource_type):
        raise UnknownResource(
            f"{name} can't be {what}: the API has no such operation.", f"Possible: {choices}."
        )
    return resource_type


def _resource_type(name: str, attribute: str, resource: Resource) -> ResourceType:
    methods = dict(_methods(resource))
    # Coroutine functions would do nothing before they are awaited.
    plain = {name: method for name, method in methods.items() if not inspect.iscoroutinefunction(method)}
    paged = {name: found for name, method in plain.items() if (found := _paged(method)) is not None}
    search, searched = paged.get("search", (None, False))
    body = _search_body(methods["search"]) if searched else None
    return ResourceType(
        name=name,
        attribute=attribute,
        lists={name: listing for name, (listing, takes_body) in paged.items() if not takes_body},
        search=None if body is None else search,
        search_body=body,
        batch=_batch(plain),
        get=_arguments(methods["get"])[0] if "get" in methods else None,
    )


def _methods(resource: Resource) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The methods of a resource, without their deprecation warnings: nothing is sent here."""
    for name, member in vars(type(resource)).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            yield name, MethodType(inspect.unwrap(member), resource)


def _paged(method: Callable[..., Any]) -> tuple[Listing, bool] | None:
    """A paged method, and whether it takes a body; None for other methods."""
    required, optional = _arguments(method)
    plain = next(_calls(method, {}, required), None)
    record = _record(plain.returns) if plain is not None else None
    if plain is None or record is None:
        return None
    options = [name for name in optional if name not in _PAGING]
    heard = {name: list(_calls(method, plain.arguments, (name,))) for name in (*required, *options)}
    # An argument that can be of none of the types that a query takes is made a body of.
    bodies = {n for n, calls in heard.items() if not calls or any(call.body != plain.body for call in calls)}
    listing = Listing(
        operation=plain.operation,
        record=record,
        key=plain.key,
        required=tuple(name for name in required if name not in bodies),
        options=tuple(name for name in options if name not in bodies),
        queries={name: key for name, calls in heard.items() if (key := _query_name(plain, calls))},
        choices={name: values for name in (*required, *options) if (values := _choices(method, name))},
    )
    return listing, bool(bodies)


def _calls(
    method: Callable[..., Any], given: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[_RecordedCall]:
    """What a method passes on for each probe as the value of some arguments."""
    for probe in _PROBES:
        arguments = {**given, **dict.fromkeys(names, probe)}
        try:
            call = method(**arguments)
        except Exception:  # noqa: BLE001, S112  # a value of another type may raise anything
            continue
        if isinstance(call, _RecordedCall):
            yield evolve(call, arguments=arguments)


def _query_name(plain: _RecordedCall, calls: list[_RecordedCall]) -> str | None:
    """The query parameter that changes with an argument."""
    for call in calls:
        changed = [key for key, value in call.query.items() if value != plain.query.get(key)]
        if len(changed) == 1:
            return changed[0]
    return None


def _choices(method: Callable[..., Any], name: str) -> tuple[str, ...]:
    """The values of the enum that an argument is annotated with."""
    annotation = inspect.signature(method).parameters[name].annotation
    named = (getattr(models, word, None) for word in re.findall(r"\w+", str(annotation)))
    enums = [found for found in named if isinstance(found, type) and issubclass(found, enum.Enum)]
    return tuple(str(member.value) for member in enums[0]) if len(enums) == 1 else ()


def _record(page: Any) -> type[Model] | None:
    """The class of the items of a page."""
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
    """The names of the required and of the optional arguments of a method."""
    needed: list[str] = []
    others: list[str] = []
    for name, parameter in inspect.signature(method).parameters.items():
        (needed if parameter.default is parameter.empty else others).append(name)
    return tuple(needed), tuple(others)
