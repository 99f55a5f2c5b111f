"""Operations on what a record is connected with: a customer's contacts, a group's customers."""

from collections.abc import Iterable

from flow_retail_sandbox.operations.call import Call, Result
from flow_retail_sandbox.operations.records import listing, sorted_page
from flow_retail_sandbox.spec.collections import split_item
from flow_retail_sandbox.spec.json_values import Json, is_list, is_object
from flow_retail_sandbox.store.records import Stored


def serve_members(call: Call) -> Result:
    """Read or change all members, or the one that the path names."""
    members, method = Members(call), call.operation.method
    if split_item(call.operation.path)[1] is None:
        return members.page() if method == "GET" else members.change_all()
    return members.respond(members.one()) if method == "GET" else members.change_one()


class Members:
    """The records of one collection that belong to a record of another, which the path names."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._place, _ = split_item(call.operation.path)
        owner, other = call.model.members[self._place]
        self._table = call.store.table(owner)
        self._owner = self._table.find(call.path[owner.param or ""], call.owner_of(owner))
        self._links = self._table.links[other.name]
        self._other = self._links.other
        self._key = other.key or ""

    def one(self) -> Stored:
        """Find the member that the path names; what is not connected is not found."""
        found = self._other.find(self._call.uid)
        if self._links.get(self._owner.id, found.id) is None:
            raise self._other.problem("RECORD_NOT_FOUND", self._call.uid)
        return found

    def change_one(self) -> Result:
        """Connect, change or take away the one that the path names."""
        call, method = self._call, self._call.operation.method
        member = self._other.find(call.uid) if method == "POST" else self.one()
        if method == "DELETE":
            self._links.change(self._owner.id, removed=[member.id])
            back = self._other.links.get(self._table.collection.name)
            # Where members are created, the last one to lose them deletes them.
            if self._creates() and back is not None and not back.of(member.id):
                self._other.delete(call.uid)
            return Result(call.operation.status)
        if method != "POST":
            self._other.update(call.uid, call.fields)
        self._links.change(self._owner.id, [(member.id, call.fields)])
        return self.respond(member)

    def change_all(self) -> Result:
        """Create a member, or connect and take away those that the body names."""
        call, method = self._call, self._call.operation.method
        if method == "POST" and self._creates():
            member = self._other.create(call.fields)
            self._links.change(self._owner.id, [(member.id, call.fields)])
            return self.respond(member)
        fields = self._reference_lists(call.operation.body_schema)
        removing = [name for name in fields if name.startswith(("remove", "delete"))]
        made = self._named(name for name in fields if name not in removing)
        removed = {other_id for other_id, _ in self._named(removing)}
        whole = any(
            name in call.fields for name in fields if not name.startswith(("add", "remove", "delete"))
        )
        if method == "DELETE" or (whole and method != "POST"):
            removed |= self._links.of(self._owner.id).keys() - {other_id for other_id, _ in made}
        self._links.change(self._owner.id, made, removed=removed)
        return self.page() if call.route.listed else self.respond()

    def _creates(self) -> bool:
        """Return whether a POST makes a new member, rather than connects those that it names."""
        create = self._call.spec.operations.get(("POST", self._place))
        return create is not None and not self._reference_lists(create.body_schema)

    def _reference_lists(self, body: Json | None) -> list[str]:
        """Name the properties of a body that list members, by objects or identifiers."""
        spec = self._call.spec
        found: list[str] = []
        for name, part in spec.properties(body or {}).items():
            if spec.type_of(part) == "array":
                item = spec.properties(spec.resolve(part)["items"])
                if self._key in item or name.lower().endswith(f"{self._key}s".lower()):
                    found.append(name)
        return found

    def _named(self, fields: Iterable[str]) -> list[tuple[int, Json]]:
        """Find the members that a body names; one that does not exist is refused."""
        found: list[tuple[int, Json]] = []
        for field in fields:
            values = self._call.fields.get(field)
            for value in values if is_list(values) else []:
                sent: Json = value if is_object(value) else {self._key: value}
                found.append((self._other.find(str(sent.get(self._key)), problem="UNKNOWN_RECORD").id, sent))
        return found

    def _items(self) -> list[Json]:
        """List the members as their owner shows them."""
        for field, schema in self._links.relation.fields.items():
            if schema is not None:
                shown: list[Json] = self._table.records.stored([self._owner.id])[0].read()[field]
                return shown
        return [stored.read() for stored in self._other.records.stored(self._links.of(self._owner.id))]

    def respond(self, member: Stored | None = None) -> Result:
        """Respond with the owner, a member as its owner shows it, or a member, as documented."""
        call, result = self._call, self._call.operation.result
        if result is None:
            return call.result()
        if call.spec.same(result, self._table.collection.schema):
            return call.result(self._table.records.documents([self._owner.id])[0])
        if member is None:
            return call.result(call.store.state.samples.blank(result))
        if not call.spec.same(result, self._other.collection.schema):
            uid = member.uid.rpartition("/")[2]
            for item in self._items():
                if item.get(self._key) == uid:
                    return call.result(item)
        return call.result(self._other.records.documents([member.id])[0])

    def page(self) -> Result:
        """Respond with one page of the members."""
        call = self._call
        if call.route.listed is None:
            return call.result()
        if not call.spec.same(call.route.listed[1], self._other.collection.schema):
            return sorted_page(call, self._items(), self._key)
        return listing(call, self._other, call.page(), self._links.of(self._owner.id))
