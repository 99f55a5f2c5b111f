"""Operations on what a record is connected with: a customer's contacts, a group's customers."""

import orjson

from flow_retail_sandbox.operations.call import Call, Handler, Result
from flow_retail_sandbox.operations.records import bare, sorted_page
from flow_retail_sandbox.spec.collections import Collection
from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.store.paging import envelope
from flow_retail_sandbox.store.table import Table


class Members:
    """The members of one collection that belong to a record of another."""

    def __init__(self, spec: Spec, place: str, owner: Collection, other: Collection) -> None:
        self._spec = spec
        self._owner = owner
        self._other = other
        self._key = other.key or ""
        create = spec.operations.get(("POST", place))
        self._references = [] if create is None else self._reference_lists(create.body_schema or {})
        self._creates = create is not None and not self._references

    def handler(self, operation: SpecOperation, *, of_one: bool) -> Handler:
        """Choose the handler of an operation on all members, or on one of them."""
        if of_one:
            handlers = {"GET": self._get, "DELETE": self._remove, "POST": self._add_one}
            return handlers.get(operation.method, self._update)
        handlers = {
            "GET": self._list,
            "DELETE": self._clear,
            "POST": self._create if self._creates else self._add,
        }
        return handlers.get(operation.method, self._set)

    def _reference_lists(self, schema: Json) -> list[str]:
        """Name the properties of a body that list members, by objects or identifiers."""
        found: list[str] = []
        for name, part in self._spec.properties(schema).items():
            if self._spec.type_of(part) == "array":
                item = self._spec.properties(self._spec.resolve(part)["items"])
                if self._key in item or name.lower().endswith(f"{self._key}s".lower()):
                    found.append(name)
        return found

    def _tables(self, call: Call) -> tuple[Table, int, Table]:
        table = call.store.table(self._owner)
        owner_id, _ = table.find(call.path[self._owner.param or ""], call.owner_of(self._owner))
        return table, owner_id, call.store.table(self._other)

    def _member(self, call: Call) -> tuple[Table, int, Table, int]:
        """Find both; what is not connected is not found."""
        table, owner_id, other = self._tables(call)
        return table, owner_id, other, connected_id(table, owner_id, other, call.uid)

    def _items(self, table: Table, owner_id: int) -> list[Json]:
        view = next((view for view in table.views if view.other is self._other and view.schema), None)
        if view is not None:
            return table.shown(view, owner_id)
        other = table.store.tables[self._other.name]
        return [
            orjson.loads(document) for document in other.records.documents(self._ids(table, owner_id, other))
        ]

    def _ids(self, table: Table, owner_id: int, other: Table) -> list[int]:
        return [link.other for link in table.links_to(other).of(self._owner, owner_id)]

    def _list(self, call: Call) -> Result:
        table, owner_id, other = self._tables(call)
        if call.route.listed is None:
            return call.result()
        name, schema = call.route.listed
        if not call.operation.paged:
            return call.result(bare(map(orjson.dumps, self._items(table, owner_id)), name))
        if not self._spec.same(schema, self._other.schema):
            return sorted_page(call, self._items(table, owner_id), self._key)
        page = call.page()
        ids, total = other.records.page(page, self._ids(table, owner_id, other))
        return call.result(envelope(other.records.documents(ids), page, total, items=name))

    def _one(self, call: Call, table: Table, owner_id: int, other: Table, other_id: int) -> Result:
        result = call.operation.result
        if result is None:
            return call.result()
        if self._spec.same(result, self._owner.schema):
            return call.result(table.records.documents([owner_id])[0])
        (document,), (uid,) = other.records.documents([other_id]), other.records.uids([other_id])
        shown = next((item for item in self._items(table, owner_id) if item.get(self._key) == uid), None)
        return call.result(
            document if shown is None or self._spec.same(result, self._other.schema) else shown
        )

    def _get(self, call: Call) -> Result:
        return self._one(call, *self._member(call))

    def _create(self, call: Call) -> Result:
        table, owner_id, other = self._tables(call)
        other_id, _ = other.find(other.create(call.fields)[0])
        table.connect(owner_id, other, other_id, call.fields)
        return self._one(call, table, owner_id, other, other_id)

    def _add(self, call: Call) -> Result:
        table, owner_id, other = self._tables(call)
        for other_id, sent in self._named(call, other, self._references):
            table.connect(owner_id, other, other_id, sent)
        return self._after(call)

    def _add_one(self, call: Call) -> Result:
        table, owner_id, other = self._tables(call)
        other_id, _ = other.find(call.uid)
        table.connect(owner_id, other, other_id, call.fields)
        return self._one(call, table, owner_id, other, other_id)

    def _named(self, call: Call, other: Table, fields: list[str]) -> list[tuple[int, Json]]:
        """Find the members that a body names; one that does not exist is refused."""
        found: list[tuple[int, Json]] = []
        for field in fields:
            values = call.fields.get(field)
            for value in values if is_list(values) else []:
                sent: Json = value if is_object(value) else {self._key: value}
                found.append((other.find(str(sent.get(self._key)), code="unknown")[0], sent))
        return found

    def _set(self, call: Call) -> Result:
        table, owner_id, other = self._tables(call)
        fields = self._reference_lists(call.operation.body_schema or {})
        removing = [name for name in fields if name.startswith(("remove", "delete"))]
        whole = [name for name in fields if not name.startswith(("add", "remove", "delete"))]
        added = self._named(call, other, [name for name in fields if name not in removing])
        removed = [other_id for other_id, _ in self._named(call, other, removing)]
        if any(name in call.fields for name in whole):
            kept = {other_id for other_id, _ in added}
            removed += [one for one in self._ids(table, owner_id, other) if one not in kept]
        for other_id, sent in added:
            table.connect(owner_id, other, other_id, sent)
        for other_id in removed:
            table.disconnect(owner_id, other, other_id)
        return self._after(call)

    def _clear(self, call: Call) -> Result:
        table, owner_id, other = self._tables(call)
        for other_id in self._ids(table, owner_id, other):
            table.disconnect(owner_id, other, other_id)
        return self._after(call)

    def _after(self, call: Call) -> Result:
        if call.route.listed is not None:
            return self._list(call)
        table, owner_id, _ = self._tables(call)
        result = call.operation.result
        if result is not None and self._spec.same(result, self._owner.schema):
            return call.result(table.records.documents([owner_id])[0])
        return call.result(table.store.samples.blank(result) if result else None)

    def _update(self, call: Call) -> Result:
        table, owner_id, other, other_id = self._member(call)
        other.update(call.uid, call.fields)
        table.connect(owner_id, other, other_id, call.fields)
        return self._one(call, table, owner_id, other, other_id)

    def _remove(self, call: Call) -> Result:
        table, owner_id, other, other_id = self._member(call)
        table.disconnect(owner_id, other, other_id)
        # Where members are created, the last one to lose them deletes them.
        if self._creates and not other.links_to(table).of(self._other, other_id):
            other.delete(call.uid)
        return Result(call.operation.status)


def connected_id(table: Table, owner_id: int, other: Table, uid: str) -> int:
    """Find a record by its UID, and refuse the request if it is not connected with its owner."""
    other_id, _ = other.find(uid)
    if table.links_to(other).get(table.collection, owner_id, other_id) is None:
        raise other.problem("RECORD_NOT_FOUND", uid)
    return other_id
