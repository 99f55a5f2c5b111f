"""Which resources can be exported, imported, got and searched: a rule, not a list.

The methods of a resource are thin: each hands what the spec says of it to its client. So a resource on a
client that only writes down what it is handed tells all that a command needs to know, for pages of the
reference that nobody had seen when this was written.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from attrs import frozen

from flow_retail_cli.errors import CommandError
from flow_retail_cli.values import item_of, model_of, readers_of
from flow_retail_client import FlowRetail, models
from flow_retail_core.batch_shape import BatchShape
from flow_retail_core.model import Model
from flow_retail_core.operation import Operation
from flow_retail_core.resource import Resource


@frozen
class Listing:
    """What a paged method lists.

    Attributes:
        record: The class of its records.
        key: The attribute that identifies a record; None if records have no identity.
        required: Names of the arguments that it can't do without.
        options: Names of its further arguments.
    """

    record: type[Model]
    key: str | None
    required: tuple[str, ...]
    options: tuple[str, ...]


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
        listing: What `list()` gives; None if it does not exist or is not paged.
        search: What `search()` gives; None likewise, or if it takes no `query`.
        search_body: The class of what is searched for.
        batch: What `batch()` takes; None if there is none.
        get: The names of the arguments of `get()`; None if there is none.
    """

    name: str
    attribute: str
    listing: Listing | None
    search: Listing | None
    search_body: type[Model] | None
    batch: Batch | None
    get: tuple[str, ...] | None

    def of(self, flow: FlowRetail) -> Any:
        """The resource of a client.

        Args:
            flow: The client.
        """
        return getattr(flow, self.attribute)


class _Recorder:
    """Stands in for a client and gives back what it is handed."""

    def paged(self, _operation: Operation, _path_arguments: tuple[str, ...] = (), **given: Any) -> Any:
        """See `Calls.paged`."""
        return given

    def batch_stream(self, _operation: Operation, _path_arguments: tuple[str, ...] = (), **given: Any) -> Any:
        """See `BatchCalls.batch_stream`."""
        return given


_PAGING = frozenset({"page_number", "page_size", "prefetch"})


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
        CommandError: There is none, or it will not do.
    """
    choices = ", ".join(kind.name for kind in kinds().values() if able(kind)) or "none"
    kind = kinds().get(name.replace("_", "-"))
    if kind is None:
        raise CommandError(f"There is no resource {name!r}.", f"Choose one of: {choices}.")
    if not able(kind):
        raise CommandError(f"{name} can't be {what}: the API has no such operation.", f"Possible: {choices}.")
    return kind


def _kind(name: str, attribute: str, resource: Resource) -> Kind:
    search = _listing(resource, "search")
    body = _search_body(resource) if search is not None else None
    return Kind(
        name=name,
        attribute=attribute,
        listing=_listing(resource, "list"),
        search=search if body is not None else None,
        search_body=body,
        batch=_batch(resource),
        get=_getting(resource),
    )


def _listing(resource: Resource, name: str) -> Listing | None:
    method = getattr(resource, name, None)
    if method is None or inspect.iscoroutinefunction(method):
        return None
    required, optional = _arguments(method)
    given = method(*("x" for _ in required))
    record = _record(given.get("returns"))
    if record is None:
        return None
    return Listing(
        record=record,
        key=given.get("key"),
        required=required,
        options=tuple(name for name in optional if name not in _PAGING),
    )


def _record(page: Any) -> type[Model] | None:
    """The class of the items of a page's class."""
    if not (isinstance(page, type) and issubclass(page, Model)):
        return None
    item = item_of(readers_of(page).get("items"))
    return model_of(item)


def _search_body(resource: Any) -> type[Model] | None:
    parameter = inspect.signature(resource.search).parameters.get("body")
    named = str(parameter.annotation if parameter else "").removesuffix(" | None")
    body = getattr(models, named, None)
    if body is None or "query" not in readers_of(body):
        return None
    return cast("type[Model]", body)


def _batch(resource: Any) -> Batch | None:
    if not hasattr(resource, "batch_stream"):
        return None
    required, _ = _arguments(resource.batch_stream)
    given = resource.batch_stream(*("x" for _ in required))
    return None if required else Batch(shape=given["shape"], read=given["read"])


def _getting(resource: Any) -> tuple[str, ...] | None:
    return _arguments(resource.get)[0] if hasattr(resource, "get") else None


def _arguments(method: Callable[..., object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the arguments that a method needs, and of those that it may be given."""
    needed: list[str] = []
    others: list[str] = []
    for name, parameter in inspect.signature(method).parameters.items():
        (needed if parameter.default is parameter.empty else others).append(name)
    return tuple(needed), tuple(others)
