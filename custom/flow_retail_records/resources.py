"""Which resources there are, and what their methods list and take: read from the client's operations."""

import enum
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

from attrs import field, frozen

from flow_retail_client import FlowRetail, Operation, Pager, resources
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_core.resource import Resource
from flow_retail_core.unset import Unset
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.fields import item_of, json_name, model_of, readers_of
from flow_retail_records.writing import Writing, is_model, method_of, writing_of

_DONE = {
    "list": "listed",
    "export": "exported",
    "search": "searched",
    "get": "got",
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "import": "imported",
    "write": "written",
}


@frozen
class Method:
    """One method of a resource.

    Attributes:
        operation: What it calls; its name is, for example, `customers.list`.
        choices: The values that the spec lists for an argument, by its name.
        several: The names of the arguments that take a list of values.
    """

    operation: Operation[Any] = field(hash=False)
    choices: Mapping[str, tuple[str, ...]] = field(hash=False)
    several: frozenset[str]

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the arguments that it can't do without, but the body."""
        return (*self.operation.arguments, *self.operation.required)

    @property
    def options(self) -> tuple[str, ...]:
        """The names of its further arguments, but those of paging and the body."""
        keywords = (*self.operation.query, *self.operation.headers)
        return tuple(name for name in keywords if name not in self.operation.required)

    def of(self, flow: FlowRetail) -> Callable[..., Any]:
        """The method of a client."""
        return method_of(flow, self.operation)


@frozen
class Listing(Method):
    """A method that lists records, in pages or all at once.

    Attributes:
        record: The class of its records.
        items: For a response without pages, the attribute that holds the records; None if it is an array.
    """

    record: type[Model]
    items: str | None = None

    @property
    def key(self) -> str | None:
        """The attribute that identifies a record; None if records have no identity."""
        return self.operation.record_key

    @property
    def key_name(self) -> str | None:
        """The key's name in JSON; None if records have no identity."""
        return json_name(self.record, self.key)

    def pager(
        self,
        flow: FlowRetail,
        arguments: Mapping[str, Any],
        *,
        page_size: int,
        page_number: int | None = None,
        prefetch: int = 1,
    ) -> Pager[Model]:
        """Create a pager; a list without pages is one page."""
        method = self.of(flow)
        if self.operation.paged:
            return cast(
                "Pager[Model]",
                method(**arguments, page_size=page_size, page_number=page_number, prefetch=prefetch),
            )

        async def fetch(number: int | None, _size: int | None) -> _WholeList:
            if number is not None:
                return _WholeList([])
            found = await method(**arguments)
            return _WholeList(found if self.items is None else getattr(found, self.items) or [])

        return Pager(fetch, operation=self.operation.name, key=self.key, page_number=page_number)


@frozen
class _WholeList:
    items: list[Model]
    paging: None = None


@frozen
class ResourceType:
    """One type of record.

    Attributes:
        name: As it is typed, such as `customer-contacts`.
        attribute: As the client calls it, such as `customer_contacts`.
        methods: Its methods by name, in the order of the class.
        search: The method `search`; None if it does not exist, is not paged, or its body has no `query`.
        writing: How rows are written; None if they can't be.
    """

    name: str
    attribute: str
    methods: Mapping[str, Method] = field(hash=False)
    search: Listing | None
    writing: Writing | None

    @property
    def lists(self) -> dict[str, Listing]:
        """The methods that list records and take no body, by name."""
        return {
            name: method
            for name, method in self.methods.items()
            if isinstance(method, Listing) and method.operation.body is None
        }

    @property
    def listing(self) -> Listing | None:
        """The method `list`; None if it does not exist or lists no records."""
        return self.lists.get("list")

    def can(self, command: str) -> bool:
        """Whether a command, such as `export`, is possible."""
        if command in {"import", "write"}:
            return self.writing is not None
        if command == "search":
            return self.search is not None
        return ("list" if command == "export" else command) in self.methods


@cache
def resource_types() -> dict[str, ResourceType]:
    """Every resource of the client by the name that is typed."""
    found: dict[str, ResourceType] = {}
    for attribute, resource in FlowRetail.RESOURCES.items():
        resource_type = describe_resource(attribute, getattr(resources, resource))
        found[resource_type.name] = resource_type
    return found


@cache
def lists() -> dict[str, Listing]:
    """Every list by the name that is typed: `customers`, `customer-groups.list-customers`."""
    return {
        resource_type.name if name == "list" else f"{resource_type.name}.{name.replace('_', '-')}": listing
        for resource_type in resource_types().values()
        for name, listing in resource_type.lists.items()
    }


def possible(command: str) -> list[str]:
    """The names of what a command can be used with."""
    if command in {"list", "export"}:
        return list(lists())
    return [resource_type.name for resource_type in resource_types().values() if resource_type.can(command)]


def find(name: str, command: str) -> ResourceType:
    """Find a resource by the name that was typed; one that a command can't be used with is refused."""
    resource_type = resource_types().get(name.replace("_", "-"))
    if resource_type is None or not resource_type.can(command):
        raise _unknown(name, command)
    return resource_type


def find_writing(name: str, command: str) -> Writing:
    """Find how the rows of a resource are written, by the name that was typed."""
    return cast("Writing", find(name, command).writing)


def find_list(name: str, command: str) -> Listing:
    """Find a list by the name that was typed."""
    listing = lists().get(name.replace("_", "-"))
    if listing is None:
        raise _unknown(name, command)
    return listing


def _unknown(name: str, command: str) -> UnknownResourceError:
    choices = ", ".join(possible(command)) or "none"
    if name.replace("_", "-") in resource_types():
        return UnknownResourceError(
            f"{name} can't be {_DONE[command]}: the API has no such operation.", f"Possible: {choices}."
        )
    return UnknownResourceError(f"There is no resource {name!r}.", f"Choose one of: {choices}.")


def describe_resource(attribute: str, resource: type[Resource]) -> ResourceType:
    """Describe a resource by its operations, given the name of the client's property."""
    methods = {
        name: _method(name, operation, getattr(resource, name))
        for name, operation in resource.OPERATIONS.items()
    }
    search = methods.get("search")
    body = search.operation.body if search is not None else None
    searches = isinstance(search, Listing) and is_model(body) and "query" in readers_of(body)
    listing = methods.get("list")
    name = attribute.replace("_", "-")
    return ResourceType(
        name=name,
        attribute=attribute,
        methods=methods,
        search=cast("Listing", search) if searches else None,
        writing=writing_of(name, resource.OPERATIONS, listing if isinstance(listing, Listing) else None),
    )


def _method(name: str, operation: Operation[Any], method: Callable[..., Any]) -> Method:
    takes = _arguments(method)
    returned = operation.returns
    if operation.paged:
        record = model_of(item_of(readers_of(returned).get("items"))) if is_model(returned) else None
        return Listing(operation, *takes, record) if record is not None else Method(operation, *takes)
    if not name.startswith("list"):
        return Method(operation, *takes)
    if (record := model_of(item_of(returned))) is not None:
        return Listing(operation, *takes, record)
    fields = fields_of(returned) if is_model(returned) else ()
    for one in fields:
        # An object with a list beside other things is a record itself.
        record = model_of(item_of(readers_of(returned)[one.name]))
        if record is not None and (len(fields) == 1 or one.name == "items"):
            return Listing(operation, *takes, record, one.attribute)
    return Method(operation, *takes)


def _arguments(method: Callable[..., Any]) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """The values of the enums that arguments are annotated with, and which arguments take a list."""
    choices: dict[str, tuple[str, ...]] = {}
    several: set[str] = set()
    for name, annotation in get_type_hints(inspect.unwrap(method)).items():
        for part in _parts(annotation):
            if get_origin(part) in {list, Sequence}:
                several.add(name)
            if isinstance(part, type) and issubclass(part, enum.Enum) and part is not Unset:
                choices[name] = tuple(str(member.value) for member in part)
    return choices, frozenset(several)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
