"""One collection of one tenant, with all that can be done to its records."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson

from flow_retail_sandbox.errors import ApiError
from flow_retail_sandbox.spec.collections import Collection, View
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.spec.samples import OMIT
from flow_retail_sandbox.spec.validators import first_error
from flow_retail_sandbox.store.links import Links
from flow_retail_sandbox.store.paging import PageRequest, envelope
from flow_retail_sandbox.store.records import Records

if TYPE_CHECKING:
    from flow_retail_sandbox.store.rules import Rules
    from flow_retail_sandbox.store.state import TenantStore

_REPAIRS = 20


class Table:
    """Creates, changes and deletes the records of one collection."""

    def __init__(self, store: "TenantStore", collection: Collection, rules: "type[Rules]") -> None:
        self.store = store
        self.collection = collection
        self.rules = rules(self)
        spec = store.model.spec
        self.searched = self.rules.searched or tuple(
            name
            for name, schema in collection.properties.items()
            if spec.type_of(schema) == "string" and not name.endswith("At")
        )
        self.views = store.model.views.get(collection.name, [])
        self._left = self.rules.handled | {view.field for view in self.views}
        self._references: dict[str, Table | None] = {}
        self.records = Records(store.connection, f"{store.uid}/{collection.name}", self.searched)
        self._blank = orjson.dumps(store.samples.blank(collection.schema))
        self._validator = store.validators.record(collection)

    def uid_of(self, uid: str, owner: str = "") -> str:
        """Return the UID by which a record is stored: below its owner's, if it has one."""
        return f"{owner}/{uid}" if owner else uid

    def has(self, uid: str, owner: str = "") -> bool:
        """Whether there is such a record."""
        return self.records.find(self.uid_of(uid, owner)) is not None

    def find(self, uid: str, owner: str = "", *, code: str = "") -> tuple[int, bytes]:
        """Look a record up, or refuse the request: its id and JSON."""
        found = self.records.find(self.uid_of(uid, owner))
        if found is None:
            raise self.problem("UNKNOWN_RECORD" if code else "RECORD_NOT_FOUND", uid)
        return found

    def problem(self, problem: str, uid: str) -> ApiError:
        """Say what is wrong with a record of this collection, by its own name."""
        entity = self.collection.entity
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entity).upper()
        return ApiError(problem, code=problem.replace("RECORD", name), entity=entity, uid=uid)

    def load(self, uid: str, owner: str = "") -> tuple[int, Json]:
        """Read a record in order to change it."""
        record_id, document = self.find(uid, owner)
        return record_id, orjson.loads(document)

    def listing(self, page: PageRequest, among: list[int] | None = None) -> bytes:
        """Write one page of the whole list, or of some of its records."""
        ids, total = self.records.page(page, among)
        return envelope(self.records.documents(ids), page, total)

    def create(self, body: Json, owner: str = "", *, whole: bool = False) -> tuple[str, Json]:
        """Create a record, and return its UID and what it is; a whole record keeps all of its values."""
        collection = self.collection
        uid = str(body.get(collection.key or "") or body.get(collection.param or "") or self._new_uid(owner))
        if uid in collection.reserved or (collection.counts and not (uid.isascii() and uid.isdigit())):
            raise self.problem("RECORD_UID_RESERVED", uid)
        stored_uid = self.uid_of(uid, owner)
        if self.has(uid, owner):
            raise self.problem("RECORD_EXISTS", uid)
        links = self._wanted_links(body, make=whole)
        if not whole:
            self.rules.check(uid, body, None)
            self._check_references(body)
        stamp = self.store.clock.stamp()
        record: Json = orjson.loads(self._blank)
        if collection.key is not None:
            record[collection.key] = int(uid) if collection.counts else uid
        for name in ("createdAt", "lastModifiedAt"):
            if name in collection.properties:
                record[name] = stamp
        self._take(record, body, collection.schema)
        self.rules.apply(record, body, stamp)
        self._repair(record)
        record_id = self.records.insert(stored_uid, record)
        if self._set_links(record_id, links):
            record = self.refresh(record_id, stored_uid, record)
        return uid, record

    def update(self, uid: str, body: Json, owner: str = "") -> Json:
        """Change the fields that were sent, and return the record as it is now."""
        record_id, record = self.load(uid, owner)
        links = self._wanted_links(body)
        self.rules.check(uid, body, record)
        self._check_references(body)

        def take(record: Json) -> None:
            key = self.collection.key
            sent = {name: value for name, value in body.items() if name != key}
            self._take(record, sent, self.collection.schema)

        record = self._changed(record_id, self.uid_of(uid, owner), record, take, body)
        if self._set_links(record_id, links):
            record = self.refresh(record_id, self.uid_of(uid, owner), record)
        return record

    def change(self, uid: str, edit: Callable[[Json], None]) -> Json:
        """Change a record by a function that edits it in place, and return it as it is now."""
        record_id, record = self.load(uid)
        return self._changed(record_id, uid, record, edit, {})

    def _changed(
        self, record_id: int, stored_uid: str, record: Json, edit: Callable[[Json], None], body: Json
    ) -> Json:
        before = dict(record)
        edit(record)
        stamp = self.store.clock.stamp()
        if "lastModifiedAt" in self.collection.properties:
            record["lastModifiedAt"] = stamp
        if body:
            self.rules.apply(record, body, stamp)
            self._repair(record)
        self.records.replace(record_id, stored_uid, record)
        if any(
            before.get(name) != record.get(name) for name in self.store.shown.get(self.collection.name, ())
        ):
            self._refresh_others(record_id, record)
        return record

    def delete(self, uid: str, owner: str = "") -> None:
        """Delete a record, its connections, and what is below it."""
        record_id, _ = self.find(uid, owner)
        self.rules.before_delete(record_id, uid)
        for links, other in self.store.links_of(self.collection):
            connected = links.of(self.collection, record_id)
            links.forget(self.collection, record_id)
            for link in connected:
                other.refresh_by_id(link.other)
        for table in self.store.tables.values():
            if table.collection.path.startswith(f"{self.collection.path}/{{"):
                for nested in table.records.below(uid):
                    table.records.remove(nested)
        self.records.remove(record_id)

    def refresh_by_id(self, record_id: int) -> None:
        """Show anew in a record what it is connected with."""
        if self.views:
            (uid,) = self.records.uids([record_id])
            self.refresh(record_id, uid, orjson.loads(self.records.documents([record_id])[0]))

    def refresh(self, record_id: int, stored_uid: str, record: Json) -> Json:
        """Show anew in a record what it is connected with, and return it as it is now."""
        shown = {view.field: self.shown(view, record_id) for view in self.views}
        if any(record.get(field) != value for field, value in shown.items()):
            record |= shown
            self.records.replace(record_id, stored_uid, record)
        return record

    def shown(self, view: View, record_id: int) -> list[Any]:
        """Return what a view of a record shows."""
        other = self.store.tables[view.other.name]
        links = self.store.links_for(view.relation).of(self.collection, record_id)
        ids = [link.other for link in links]
        if view.schema is None:
            return other.records.uids(ids)
        blank: Json = self.store.samples.blank(view.schema)
        own = blank.keys() & view.other.properties.keys() - view.relation.attributes
        items: list[Any] = []
        for link, document in zip(links, other.records.documents(ids), strict=True):
            record: Json = orjson.loads(document)
            known = {name: value for name, value in record.items() if name in own}
            items.append({**blank, **known, **link.attributes})
        return items

    def links_to(self, other: "Table") -> Links:
        """Return the connections with another collection."""
        names = frozenset({self.collection.name, other.collection.name})
        return self.store.links_for(self.store.model.relations[names])

    def connect(self, record_id: int, other: "Table", other_id: int, attributes: Json) -> None:
        """Connect a record with one of another collection; both show it."""
        links = self.links_to(other)
        known = {name: value for name, value in attributes.items() if name in links.relation.attributes}
        links.connect(self.collection, record_id, other_id, known)
        self.refresh_by_id(record_id)
        other.refresh_by_id(other_id)

    def disconnect(self, record_id: int, other: "Table", other_id: int) -> None:
        """Take a connection away from both."""
        self.links_to(other).disconnect(self.collection, record_id, other_id)
        self.refresh_by_id(record_id)
        other.refresh_by_id(other_id)

    def _refresh_others(self, record_id: int, record: Json) -> None:
        own = {id(view.relation): view.field for view in self.views}
        for links, other in self.store.links_of(self.collection):
            # A record that shows no connections has none, and needs no look into the database.
            if id(links.relation) in own and not record.get(own[id(links.relation)]):
                continue
            if any(view.schema is not None and view.relation is links.relation for view in other.views):
                for link in links.of(self.collection, record_id):
                    other.refresh_by_id(link.other)

    def _wanted_links(self, body: Json, *, make: bool = False) -> list[tuple[View, list[tuple[int, Json]]]]:
        """Find the records that a body wants to be connected with; make what a whole record brings along."""
        wanted: list[tuple[View, list[tuple[int, Json]]]] = []
        for view in self.views:
            if view.field not in body:
                continue
            other = self.store.tables[view.other.name]
            found: list[tuple[int, Json]] = []
            for item in body[view.field]:
                sent: Json = item if is_object(item) else {view.other.key or "": item}
                uid = str(sent[view.other.key or ""])
                if make and other.records.find(uid) is None:
                    other.create(sent, whole=True)
                found.append((other.find(uid, code="unknown")[0], sent))
            wanted.append((view, found))
        return wanted

    def _set_links(self, record_id: int, wanted: list[tuple[View, list[tuple[int, Json]]]]) -> bool:
        for view, found in wanted:
            links = self.store.links_for(view.relation)
            other = self.store.tables[view.other.name]
            gone = {link.other for link in links.of(self.collection, record_id)} - {one for one, _ in found}
            if view.schema is None:
                links.forget(self.collection, record_id)  # so that they come in the order that was sent
            for other_id in gone:
                links.disconnect(self.collection, record_id, other_id)
            for other_id, sent in found:
                known = {name: value for name, value in sent.items() if name in view.relation.attributes}
                links.connect(self.collection, record_id, other_id, known)
            for other_id in (*gone, *(one for one, _ in found)):
                other.refresh_by_id(other_id)
        return bool(wanted)

    def _check_references(self, body: Json) -> None:
        for name, value in body.items():
            if name not in self._references:
                own = name == self.collection.key or name in self._left
                self._references[name] = None if own else self.store.referred(name)
            table = self._references[name]
            if table is None or table is self:
                continue
            for uid in value if is_list(value) else [value]:
                if isinstance(uid, str) and uid:
                    table.find(uid, code="unknown")

    def _take(self, record: Json, body: Json, schema: Json) -> None:
        """Take over what was sent: objects field by field, everything else as it is."""
        spec = self.store.model.spec
        left = self._left if schema is self.collection.schema else frozenset[str]()
        properties = spec.properties(schema)
        for name, value in body.items():
            part = properties.get(name)
            if part is None or name in left:
                continue
            if is_object(value) and spec.properties(part):
                own: Json = dict(record[name]) if is_object(record.get(name)) else self._blank_of(part)
                self._take(own, value, part)
                record[name] = own
            elif is_list(value) and any(is_object(item) for item in value):
                record[name] = [self._item(item, spec.resolve(part).get("items", {})) for item in value]
            else:
                record[name] = value

    def _item(self, value: Any, schema: Json) -> Any:
        if not is_object(value) or not self.store.model.spec.properties(schema):
            return value
        needed = self.store.model.spec.required(schema)
        item = {name: blank for name, blank in self._blank_of(schema).items() if name in needed}
        self._take(item, value, schema)
        return item

    def _blank_of(self, schema: Json) -> Json:
        made = self.store.samples.blank(schema, null=False)
        return made if is_object(made) else {}

    def _repair(self, record: Json) -> None:
        """Replace values that a request may hold but a response may not."""
        for _ in range(_REPAIRS):
            wrong = first_error(self._validator, record)
            if wrong is None:
                return
            name = wrong[0].partition("/")[0]
            value = self.store.samples.blank(self.collection.properties.get(name, {}), name)
            if value is OMIT:
                record.pop(name, None)
            else:
                record[name] = value

    def _new_uid(self, owner: str) -> str:
        if not self.collection.counts:
            return str(uuid4())
        number = len(self.records.below(owner) if owner else self.records) + 1
        while self.has(str(number), owner):
            number += 1
        return str(number)
