"""An operation of the document as it is served, and one request for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from jsonschema_rs import Draft4Validator

from flow_retail_sandbox.operations.parameters import Parameters
from flow_retail_sandbox.spec.collections import Collection, Model
from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_object
from flow_retail_sandbox.store.paging import WHOLE, PageRequest, read_page
from flow_retail_sandbox.store.records import Stored
from flow_retail_sandbox.store.state import TenantStore
from flow_retail_sandbox.store.table import Table


class Result(NamedTuple):
    """The response of an operation; no body is None."""

    status: int
    body: bytes | None = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """An operation with its handler, and what of the document is needed to check a request for it."""

    operation: SpecOperation
    handler: "Handler"
    collection: Collection | None  # the records that it is about, if they are of one collection
    above: dict[str, Collection]  # those that the path's parameters are of, but for one at its end
    names: tuple[str, ...]  # the path's parameters
    parameters: Parameters
    listed: tuple[str, Json] | None  # the property of the response with a list's records, and their schema
    sort_fields: frozenset[str]
    writes: bool
    body: Draft4Validator | None
    fields: frozenset[str] | None  # the properties of a JSON body that are known; None if others are allowed
    form_fields: frozenset[str]  # the properties that a form has to have

    @property
    def path(self) -> str:
        """The method and the path template."""
        return f"{self.operation.method} {self.operation.path}"


@dataclass(slots=True)
class Call:
    """One request that passed every check."""

    route: Route
    store: TenantStore
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    language: str
    page_base: int
    max_page_size: int

    @property
    def fields(self) -> Json:
        """The body if it is an object, else nothing."""
        return self.body if is_object(self.body) else {}

    @property
    def model(self) -> Model:
        """The collections of the document."""
        return self.store.state.model

    @property
    def spec(self) -> Spec:
        """The document."""
        return self.store.state.model.spec

    @property
    def operation(self) -> SpecOperation:
        """The operation that was asked for."""
        return self.route.operation

    @property
    def table(self) -> Table:
        """The records that the operation is about."""
        assert self.route.collection is not None  # noqa: S101  # the handler was chosen for it
        return self.store.table(self.route.collection)

    @property
    def uid(self) -> str:
        """The path's last parameter."""
        return self.path[self.route.names[-1]]

    def page(self) -> PageRequest:
        """Read which page was asked for: the whole list, where there are no pages."""
        if not self.operation.paged:
            return WHOLE
        return read_page(
            self.query, self.route.sort_fields, page_base=self.page_base, max_page_size=self.max_page_size
        )

    def listed(self, documents: Iterable[bytes], page: PageRequest, total: int) -> Result:
        """Respond with a page of records, each JSON, and how many the whole list holds, as documented."""
        name, _ = self.route.listed or ("items", {})
        body = b"[%s]" % b",".join(documents)
        if name and self.operation.paged:
            numbers = (total, page.size, page.number)
            paging = b'{"totalCount":%d,"pageSize":%d,"pageNumber":%d}' % numbers
            body = b'{"%s":%s,"paging":%s}' % (name.encode(), body, paging)
        elif name:
            body = b'{"%s":%s}' % (name.encode(), body)
        return self.result(body)

    def find_all(self, collections: dict[str, Collection]) -> list[tuple[Table, Stored]]:
        """Find the records of collections that the path names; one that does not exist is refused."""
        return [
            (table := self.store.table(collection), table.find(self.path[name], self.owner_of(collection)))
            for name, collection in collections.items()
            if self.path.keys() >= set(collection.owners)
        ]

    def owner(self) -> str:
        """Return the UID of the records' owner, empty if they have none; refuse one that does not exist."""
        self.find_all(self.route.above)
        return "" if self.route.collection is None else self.owner_of(self.route.collection)

    def owner_of(self, collection: Collection) -> str:
        """Return the UID of the owner of a collection's records that the path names."""
        return "/".join([self.path[name] for name in collection.owners if name in self.path])

    def result(self, body: bytes | Json | None = None) -> Result:
        """Respond with the operation's status of success, and with a body if it documents one."""
        if self.operation.result is None or body is None:
            return Result(self.operation.status)
        return Result(self.operation.status, body if isinstance(body, bytes) else orjson.dumps(body))


Handler = Callable[[Call], Result]
