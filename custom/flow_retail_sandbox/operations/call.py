"""A request that passed every check, and what an operation answers to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from flow_retail_sandbox.spec.collections import Collection
from flow_retail_sandbox.spec.document import SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.store.paging import DEFAULT_MAX_PAGE_SIZE, PageRequest, read_page
from flow_retail_sandbox.store.state import TenantStore
from flow_retail_sandbox.store.table import Table


class Result(NamedTuple):
    """What an operation answers; no body is None."""

    status: int
    body: bytes | None = None
    media_type: str = "application/json"


@dataclass(slots=True)
class Call:
    """One request, as an operation sees it."""

    store: TenantStore
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = field(default_factory=dict[str, Any])
    language: str = "en"
    page_base: int = 0
    max_page_size: int = DEFAULT_MAX_PAGE_SIZE

    @property
    def fields(self) -> Json:
        """The body if it is an object, else nothing."""
        return self.body if is_object(self.body) else {}

    def page(self, sort_fields: frozenset[str]) -> PageRequest:
        """Read which page was asked for."""
        return read_page(self.query, sort_fields, page_base=self.page_base, max_page_size=self.max_page_size)

    def owner(self, table: Table) -> str:
        """Give the UID of the records' owner, which has to exist; empty if they have none."""
        self.require(self.store.model.along(table.collection.path))
        return "/".join(self.path[name] for name in table.collection.owners)

    def require(self, named: Mapping[str, Collection]) -> None:
        """Refuse a request whose path names a record that does not exist."""
        for name, collection in named.items():
            if name in self.path:
                owner = "/".join(self.path[above] for above in collection.owners if above in self.path)
                self.store.table(collection).find(self.path[name], owner)


Handler = Callable[[Call], Result]


def result(operation: SpecOperation, body: bytes | Json | None) -> Result:
    """Answer with the operation's status of success, and with a body if it promises one."""
    if operation.result is None or body is None:
        return Result(operation.status)
    return Result(operation.status, body if isinstance(body, bytes) else orjson.dumps(body))
