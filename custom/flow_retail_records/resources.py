"""Which resources there are, and what their methods list and take: read from the client's operations."""

import enum
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_args, get_type_hints

from attrs import field, frozen

from flow_retail_client import FlowRetail, Operation, resources
from flow_retail_core.batch.spec import BatchSpec
from flow_retail_core.models.fields import fields_of
from flow_retail_core.models.model import Model
from flow_retail_core.resource import Resource
from flow_retail_core.unset import Unset
from flow_retail_records.errors import UnknownResourceError
from flow_retail_records.fields import item_of, model_of, readers_of


@frozen
class Listing:
    """A paged method.

    Attributes:
        operation: What it calls; its name is, for example, `customers.list`.
        record: The class of its records.
        required: Names of the arguments that it can't do without, but the body.
        options: Names of its further arguments, but those of paging and the body.
        choices: The values that the spec lists for an argument, by its name.
    """

    operation: Operation[Any] = field(hash=False)
    record: type[Model]
    required: tuple[str, ...]
    options: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]] = field(hash=False, factory=dict[str, tuple[str, ...]])

    @property
    def key(self) -> str | None:
        """The attribute that identifies a record; None if records have no identity."""
        return self.operation.record_key

    @property
    def queries(self) -> Mapping[str, str]:
        """By argument, the spec's name of the query parameter, such as `customerExternalId`."""
        return self.operation.query

    @property
    def key_name(self) -> str | None:
        """The key's name in JSON; None if records have no identity."""
        fields = fields_of(self.record)
        return next((field.name for field in fields if field.attribute == self.key), None)


@frozen
class Batch:
    """A batch method.

    Attributes:
        spec: The classes of the items for each action, and what identifies them.
    """

    spec: BatchSpec


@frozen
class ResourceType:
    """One type of record.

    Attributes:
        name: As it is typed, such as `customer-contacts`.
        attribute: As the client calls it, such as `customer_contacts`.
        lists: The paged methods that take no body, by name, in the order of the class.
        search: The method `search`; None if it does not exist, is not paged, or its body has no `query`.
        search_body: The class of what is searched for.
        batch: What `batch()` takes; None if there is none.
        get: The names of the arguments of `get()`; None if there is none, or it needs more than the path.
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
        """The resource of a client."""
        return getattr(flow, self.attribute)


@cache
def resource_types() -> dict[str, ResourceType]:
    """Every resource of the client by the name that is typed."""
    found: dict[str, ResourceType] = {}
    for attribute, resource in FlowRetail.RESOURCES.items():
        resource_type = describe_resource(attribute, getattr(resources, resource))
        found[resource_type.name] = resource_type
    return found


def find(name: str, able: Callable[[ResourceType], object], what: str) -> ResourceType:
    """Find a resource by the name that was typed."""
    choices = (
        ", ".join(resource_type.name for resource_type in resource_types().values() if able(resource_type))
        or "none"
    )
    resource_type = resource_types().get(name.replace("_", "-"))
    if resource_type is None:
        raise UnknownResourceError(f"There is no resource {name!r}.", f"Choose one of: {choices}.")
    if not able(resource_type):
        raise UnknownResourceError(
            f"{name} can't be {what}: the API has no such operation.", f"Possible: {choices}."
        )
    return resource_type


def describe_resource(attribute: str, resource: type[Resource]) -> ResourceType:
    """Describe a resource by its operations, given the name of the client's property."""
    operations = resource.OPERATIONS
    paged = {
        method: found
        for method, one in operations.items()
        if (found := _listing(one, getattr(resource, method))) is not None
    }
    search = paged.get("search")
    body = _model(search.operation.body) if search else None
    if body is None or "query" not in readers_of(body):
        search = body = None
    get = operations.get("get")
    batch = operations.get("batch")
    return ResourceType(
        name=attribute.replace("_", "-"),
        attribute=attribute,
        lists={method: listing for method, listing in paged.items() if listing.operation.body is None},
        search=search,
        search_body=body,
        batch=Batch(batch.batch) if batch is not None and batch.batch and not batch.arguments else None,
        get=get.arguments if get is not None and not get.required and not get.body_required else None,
    )


def _listing(operation: Operation[Any], method: Callable[..., Any]) -> Listing | None:
    """What a paged operation lists; None if it is not paged, or its records are no models."""
    page = _model(operation.returns)
    record = model_of(item_of(readers_of(page).get("items"))) if page and operation.paged else None
    if record is None:
        return None
    keywords = (*operation.query, *operation.headers)
    return Listing(
        operation=operation,
        record=record,
        required=(*operation.arguments, *operation.required),
        options=tuple(name for name in keywords if name not in operation.required),
        choices=_choices(method),
    )


def _model(returned: Any) -> type[Model] | None:
    """What is sent or returned, if it is an object; None for what has another decoder."""
    return returned if isinstance(returned, type) and issubclass(returned, Model) else None


def _choices(method: Callable[..., Any]) -> dict[str, tuple[str, ...]]:
    """The values of the enums that arguments are annotated with."""
    choices: dict[str, tuple[str, ...]] = {}
    for name, annotation in get_type_hints(inspect.unwrap(method)).items():
        for option in get_args(annotation) or (annotation,):
            if isinstance(option, type) and issubclass(option, enum.Enum) and option is not Unset:
                choices[name] = tuple(str(member.value) for member in option)
    return choices
