"""The table of operations: which function answers which method and path."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from flow_retail_sandbox.json_values import Json
from flow_retail_sandbox.paging import DEFAULT_MAX_PAGE_SIZE, PageRequest, read_page
from flow_retail_sandbox.state import TenantState


class Answer(NamedTuple):
    """What an operation answers.

    Attributes:
        status: The HTTP status.
        body: JSON; None for an answer without a body.
    """

    status: int
    body: bytes | None = None


NO_CONTENT = Answer(204)


@dataclass(slots=True)
class Call:
    """One request that passed every check, as an operation sees it.

    Attributes:
        tenant: The tenant's state.
        path: The path parameters.
        query: The query parameters.
        body: The JSON body, empty if there was none.
        language: "nb" or "en", for messages inside an answer.
        page_base: The number of a list's first page.
        max_page_size: What a larger `pageSize` is cut down to.
    """

    tenant: TenantState
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Json = field(default_factory=dict[str, Any])
    language: str = "en"
    page_base: int = 0
    max_page_size: int = DEFAULT_MAX_PAGE_SIZE

    def page(self, sort_fields: frozenset[str]) -> PageRequest:
        """Read which page was asked for.

        Args:
            sort_fields: Fields that the list can be sorted by.

        Returns:
            The page.

        Raises:
            ApiError: If a paging parameter is malformed.
        """
        return read_page(self.query, sort_fields, page_base=self.page_base, max_page_size=self.max_page_size)


Handler = Callable[[Call], Answer]


class Operation(NamedTuple):
    """One operation of the API.

    Attributes:
        name: Its name, such as `customers.list`.
        method: The HTTP method.
        path: The path template below the base.
        handler: What answers it.
        writes: Whether it changes state.
    """

    name: str
    method: str
    path: str
    handler: Handler
    writes: bool


class OperationTable:
    """Collects operations as their handlers are defined."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def add(self, name: str, method: str, path: str, *, writes: bool = False) -> Callable[[Handler], Handler]:
        """Register the function below as an operation's handler.

        Args:
            name: The operation's name.
            method: The HTTP method.
            path: The path template below `/tenants/{tenantUid}`.
            writes: Whether it changes state.

        Returns:
            The decorator.
        """

        def register(handler: Handler) -> Handler:
            self.operations.append(Operation(name, method, "/tenants/{tenantUid}" + path, handler, writes))
            return handler

        return register


def json_answer(status: int, value: Any) -> Answer:
    """Answer with a value.

    Args:
        status: The HTTP status.
        value: Anything that JSON can hold.

    Returns:
        The answer.
    """
    return Answer(status, orjson.dumps(value))
