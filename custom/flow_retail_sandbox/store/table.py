"""One collection of one tenant, with all that can be done to its records."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.collections import Collection
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.spec.samples import OMIT
from flow_retail_sandbox.spec.validators import first_error
from flow_retail_sandbox.store.links import Links
from flow_retail_sandbox.store.records import Records, Stored

if TYPE_CHECKING:
    from flow_retail_sandbox.store.state import TenantStore

_REPAIRS = 20

_Members = list[tuple[Links, str, list[tuple[int, Json]]]]
"""What a body says of a record's connections: the property, and the others with what was sent of each."""


class Rules:
    """What a plug-in adds to a collection: nothing, where only its schema is known."""

    searched: ClassVar[tuple[str, ...]] = ()  # fields that a search looks into; by default all texts
    criteria: ClassVar[tuple[str, ...]] = ()  # fields that a search has a criterion of their own for
    filtered: ClassVar[dict[str, str]] = {}  # fields that criteria of other names are about
    handled: ClassVar[frozenset[str]] = frozenset()  # properties of a body that `apply` takes over

    def __init__(self, table: "Table") -> None:
        self.table = table

    def check(self, uid: str, body: Json, record: Json | None) -> None:
        """Refuse a body before anything is written; the record is None where one is to be created."""

    def apply(self, record: Json, body: Json, stamp: str) -> None:
        """Derive what follows from the values that have been taken over."""

    def before_delete(self, uid: str) -> None:
        """Do what has to be done before a record is deleted."""


class Table:
    """Creates, changes and deletes the records of one collection."""

    def __init__(self, store: "TenantStore", collection: Collection, rules: type[Rules]) -> None:
        state = store.state
        self.store = store
        self.collection = collection
        self.rules = rules(self)
        self.searched = self.rules.searched or tuple(
            name
            for name, schema in collection.properties.items()
            if state.model.spec.type_of(schema) == "string" and not name.endswith("At")
        )
        # Records that all tenants share show none of those that a tenant has.
        self.links = {
            name: Links(self, relation)
            for name, relation in collection.relations.items()
            if collection.has_tenant or not relation.other.has_tenant
        }
        self._showing = {field: links for links in self.links.values() for field in links.relation.fields}
        self._left = self.rules.handled | self._showing.keys()
        self._referred = lru_cache(maxsize=1024)(self._find_referred)
        self.records = Records(state.connection, f"{store.uid}/{collection.name}", self.searched)
        self._samples = state.samples
        self._clock = state.clock
        self._stamped = [name for name in ("createdAt", "lastModifiedAt") if name in collection.properties]
        self._validator = state.validators.returned(collection.schema)

    def uid_of(self, uid: str, owner: str = "") -> str:
        """Return the UID by which a record is stored: below its owner's, if it has one."""
        return f"{owner}/{uid}" if owner else uid

    def has(self, uid: str, owner: str = "") -> bool:
        """Return whether there is such a record."""
        return self.records.find(self.uid_of(uid, owner)) is not None

    def find(self, uid: str, owner: str = "", *, problem: str = "RECORD_NOT_FOUND") -> Stored:
        """Look a record up, or refuse the request."""
        found = self.records.find(self.uid_of(uid, owner))
        if found is None:
            raise self.problem(problem, uid)
        return found

    def problem(self, problem: str, uid: str) -> ApiError:
        """Say what is wrong with a record of this collection, by its own name."""
        entity = self.collection.entity
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entity).upper()
        return ApiError(problem, code=problem.replace("RECORD", name), entity=entity, uid=uid)

    def create(self, body: Json, owner: str = "", *, whole: bool = False) -> Stored:
        """Create a record; a whole one keeps all of its values, and makes what it is connected with."""
        collection = self.collection
        uid = str(body.get(collection.key or "") or body.get(collection.param or "") or self._new_uid(owner))
        if uid in collection.reserved or (collection.counts and not (uid.isascii() and uid.isdigit())):
            raise self.problem("RECORD_UID_RESERVED", uid)
        if self.has(uid, owner):
            raise self.problem("RECORD_EXISTS", uid)
        members = self._members(body, make=whole)
        if not whole:
            self._check(uid, body, None)
        record = self._samples.blank_object(collection.schema)
        if collection.key is not None:
            record[collection.key] = int(uid) if collection.counts else uid
        stamp = self._clock.stamp()
        record |= dict.fromkeys(self._stamped, stamp)
        self._take(record, body, collection.schema)
        self._complete(record, body, stamp)
        return self._connect(self.records.insert(self.uid_of(uid, owner), record), members)

    def update(self, uid: str, body: Json, owner: str = "") -> Stored:
        """Change the fields that were sent."""
        stored = self.find(uid, owner)
        record = stored.read()
        before = dict(record)
        members = self._members(body)
        self._check(uid, body, record)
        sent = {name: value for name, value in body.items() if name != self.collection.key}
        self._take(record, sent, self.collection.schema)
        self._complete(record, body, self._stamp(record))
        return self._connect(self._replace(stored, before, record), members)

    def change(self, uid: str, edit: Callable[[Json], None]) -> Stored:
        """Change a record by a function that edits it in place."""
        stored = self.find(uid)
        record = stored.read()
        before = dict(record)
        edit(record)
        self._stamp(record)
        return self._replace(stored, before, record)

    def delete(self, uid: str, owner: str = "") -> Stored:
        """Delete a record, its connections, and what is below it."""
        stored = self.find(uid, owner)
        self.rules.before_delete(uid)
        for links in self.links.values():
            links.change(stored.id, removed=list(links.of(stored.id)))
        for table in self.store.tables.values():
            if table.collection.path.startswith(f"{self.collection.path}/{{"):
                for record_id in table.records.ids(stored.uid):
                    table.records.remove(record_id)
        self.records.remove(stored.id)
        return stored

    def refresh(self, record_id: int) -> None:
        """Show anew in a record what it is connected with."""
        if self._showing:
            (stored,) = self.records.stored([record_id])
            record = stored.read()
            shown = {field: self._shown(links, field, record_id) for field, links in self._showing.items()}
            if any(record.get(field) != value for field, value in shown.items()):
                self.records.replace(stored, record | shown)

    def _shown(self, links: Links, field: str, record_id: int) -> list[Any]:
        relation, connected = links.relation, links.of(record_id)
        others, schema = links.other.records.stored(connected), relation.fields[field]
        if schema is None:
            return [other.uid for other in others]
        items: list[Any] = []
        for other in others:
            record = other.read()
            known = {name: record[name] for name in relation.shows if name in record}
            items.append({**self._samples.blank_object(schema), **known, **connected[other.id]})
        return items

    def _replace(self, stored: Stored, before: Json, record: Json) -> Stored:
        replaced = self.records.replace(stored, record)
        for links in self.links.values():
            if any(before.get(name) != record.get(name) for name in links.relation.shown):
                for other_id in links.of(stored.id):
                    links.other.refresh(other_id)
        return replaced

    def _stamp(self, record: Json) -> str:
        stamp = self._clock.stamp()
        if "lastModifiedAt" in self._stamped:
            record["lastModifiedAt"] = stamp
        return stamp

    def _members(self, body: Json, *, make: bool = False) -> _Members:
        """Find the records that a body wants to be connected with; make what a whole record brings along."""
        members: _Members = []
        for field, links in self._showing.items():
            if field in body:
                other, key = links.other, links.other.collection.key or ""
                found: list[tuple[int, Json]] = []
                for item in body[field]:
                    sent: Json = item if is_object(item) else {key: item}
                    uid = str(sent[key])
                    if make and not other.has(uid):
                        other.create(sent, whole=True)
                    found.append((other.find(uid, problem="UNKNOWN_RECORD").id, sent))
                members.append((links, field, found))
        return members

    def _connect(self, stored: Stored, members: _Members) -> Stored:
        for links, field, made in members:
            gone = set(links.of(stored.id))
            # UIDs alone are shown in the order in which they were sent.
            if links.relation.fields[field] is not None:
                gone -= {other_id for other_id, _ in made}
            links.change(stored.id, made, removed=gone)
        return self.records.stored([stored.id])[0] if members else stored

    def _check(self, uid: str, body: Json, record: Json | None) -> None:
        self.rules.check(uid, body, record)
        for name, value in body.items():
            table = self._referred(name)
            if table is not None:
                for other in value if is_list(value) else [value]:
                    if isinstance(other, str) and other:
                        table.find(other, problem="UNKNOWN_RECORD")

    def _find_referred(self, name: str) -> "Table | None":
        own = name == self.collection.key or name in self._left
        table = None if own else self.store.referred(name)
        return None if table is self else table

    def _take(self, record: Json, body: Json, schema: Json) -> None:
        """Take over what was sent: objects field by field, everything else as it is."""
        spec = self.store.state.model.spec
        left = self._left if schema is self.collection.schema else frozenset[str]()
        properties = spec.properties(schema)
        for name, value in body.items():
            part = properties.get(name)
            if part is None or name in left:
                continue
            if isinstance(value, str | int):
                record[name] = value
            elif is_object(value) and spec.properties(part):
                own: Json = (
                    dict(record[name]) if is_object(record.get(name)) else self._samples.blank_object(part)
                )
                self._take(own, value, part)
                record[name] = own
            elif is_list(value) and any(is_object(item) for item in value):
                record[name] = [self._item(item, spec.resolve(part).get("items", {})) for item in value]
            else:
                record[name] = value

    def _item(self, value: Any, schema: Json) -> Any:
        if not is_object(value) or not self.store.state.model.spec.properties(schema):
            return value
        needed = self.store.state.model.spec.required(schema)
        item = {name: blank for name, blank in self._samples.blank_object(schema).items() if name in needed}
        self._take(item, value, schema)
        return item

    def _complete(self, record: Json, body: Json, stamp: str) -> None:
        """Derive what follows, and replace values that a request may hold but a response may not."""
        self.rules.apply(record, body, stamp)
        for _ in range(_REPAIRS):
            wrong = first_error(self._validator, record)
            if wrong is None:
                return
            name = wrong[0].partition("/")[0]
            value = self._samples.blank(self.collection.properties.get(name, {}), name)
            if value is OMIT:
                record.pop(name, None)
            else:
                record[name] = value

    def _new_uid(self, owner: str) -> str:
        if not self.collection.counts:
            return str(uuid4())
        number = len(self.records.ids(owner)) + 1
        while self.has(str(number), owner):
            number += 1
        return str(number)
