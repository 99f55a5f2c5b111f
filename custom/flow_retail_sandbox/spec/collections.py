"""The collections that a document describes, found by the shapes of its paths and responses."""

import re
from dataclasses import dataclass, field
from typing import Literal

from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json

TENANT = "tenantUid"


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Records of one type."""

    name: str  # its path without the tenant and parameters, such as `customers` or `stores/tills`
    path: str
    param: str | None  # the path parameter of an item, None if no path leads to one
    key: str | None  # the property of a record that holds its identifier, None if none does
    owners: tuple[str, ...]  # the path parameters before it, without the tenant
    schema: Json
    properties: dict[str, Json]
    reserved: frozenset[str]  # what cannot be an identifier, because a path means something else by it
    creates: bool  # whether an operation creates records in it
    counts: bool  # whether identifiers are numbers
    relations: dict[str, "Relation"] = field(default_factory=dict[str, "Relation"])  # by the other's name

    @property
    def has_tenant(self) -> bool:
        """Whether each tenant has records of its own."""
        return f"{{{TENANT}}}" in self.path

    @property
    def entity(self) -> str:
        """What one record is called, such as `customerContact`."""
        word = re.sub(r"(Uid|Id|Code|Key)$|^(uid|id|code|key)$", "", self.param or "")
        return word or singular(self.name.rsplit("/", 1)[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """Which records of two collections belong together, as one of the two sees it."""

    name: str  # the same for both
    side: Literal["first", "second"]  # the column of a link that holds the own record's id
    other: Collection
    fields: dict[str, Json | None]  # own properties that show the others: what is shown, None for a UID
    shows: frozenset[str]  # the other's properties that they show
    shown: frozenset[str]  # own properties that the others show
    attributes: frozenset[str]  # properties of the connection itself


@dataclass(frozen=True, slots=True)
class Model:
    """All that a document says of its records."""

    spec: Spec
    collections: dict[str, Collection] = field(default_factory=dict[str, Collection])
    by_param: dict[str, Collection] = field(default_factory=dict[str, Collection])
    by_path: dict[str, Collection] = field(default_factory=dict[str, Collection])
    members: dict[str, tuple[Collection, Collection]] = field(
        default_factory=dict[str, "tuple[Collection, Collection]"]
    )

    def along(self, path: str) -> dict[str, Collection]:
        """Find the collections that a path's parameters are of, by parameter; unknown ones are left out."""
        found: dict[str, Collection] = {}
        before = ""
        for part in segments(path):
            name = parameter_of(part)
            if name is not None and name != TENANT:
                collection = self.by_path.get(before) or self.by_param.get(name)
                if collection is not None:
                    found[name] = collection
            before = f"{before}/{part}"
        return found


def singular(words: str) -> str:
    """Name one of what a path names many of."""
    first, *others = re.split(r"[-_/]", words)
    name = first + "".join(word.capitalize() for word in others)
    return name[:-3] + "y" if name.endswith("ies") and name != "series" else name.removesuffix("s")


def segments(path: str) -> list[str]:
    """Split a path template."""
    return path.strip("/").split("/")


def parameter_of(segment: str) -> str | None:
    """Return the name of a parameter, None for a literal segment."""
    return segment[1:-1] if segment.startswith("{") else None


def split_item(path: str) -> tuple[str, str | None]:
    """Split a path into that of a collection and the parameter of an item; None if it ends in a word."""
    parent, _, last = path.rpartition("/")
    param = parameter_of(last)
    return (path, None) if param is None else (parent, param)


def path_parameters(path: str) -> tuple[str, ...]:
    """Return the names of a path's parameters, without the tenant."""
    found = map(parameter_of, segments(path))
    return tuple(name for name in found if name is not None and name != TENANT)


def read_model(spec: Spec) -> Model:
    """Find the collections of a document, what is in whose, and where records show others."""
    model = Model(spec)
    found: dict[str, tuple[str | None, Json]] = {}
    for method, path in spec.operations:
        place, param = split_item(path)
        if split_item(place)[1] is None and place not in found:
            shape = _shape(spec, place)
            if shape is not None and (param is None or method != "POST"):
                found[place] = shape

    def rank(place: str) -> tuple[int, int]:
        return len(segments(place)), -sum((method, place) in spec.operations for method in ("GET", "POST"))

    # Where two paths lead to the same item, its home is the shorter.
    for place in sorted(found, key=rank):
        param, schema = found[place]
        other = _home(model, place, param, schema)
        owner = next(reversed(model.along(place).values()), None)
        if other is None:
            _add(model, place, param, schema)
        elif owner is not None and _has_members(spec, place, param):
            model.members[place] = (owner, other)
        else:
            model.by_path[place] = other
    for owner, other in model.members.values():
        if other.name not in owner.relations:
            _relate(spec, owner, other)
    return model


def _shape(spec: Spec, place: str) -> tuple[str | None, Json] | None:
    """Return an item's path parameter and schema, None if the path holds no records."""
    operations = spec.operations
    listed = _listed(spec, operations.get(("GET", place)))
    for _, path in operations:
        parent, param = split_item(path)
        if param is None or parent != place:
            continue
        get = operations.get(("GET", path))
        if _listed(spec, get) is not None:
            continue  # a list filtered by that parameter
        writes = (operations.get(("PUT", path)), operations.get(("POST", place)))
        for schema in (_object(spec, get), listed, *(_object(spec, write) for write in writes)):
            if schema is not None:
                return param, schema
    return None if listed is None else (None, listed)


def _listed(spec: Spec, operation: SpecOperation | None) -> Json | None:
    found = None if operation is None else spec.items_of(operation.result)
    return None if found is None else found[1]


def _object(spec: Spec, operation: SpecOperation | None) -> Json | None:
    schema = None if operation is None else operation.result
    return schema if schema is not None and spec.properties(schema) else None


def _home(model: Model, place: str, param: str | None, schema: Json) -> Collection | None:
    """Find the collection that the items of a path are of, if it is another one's."""
    if param is not None:
        known = model.by_param.get(param)
        # Two collections may call their parameter the same, such as `id`; then their records differ.
        if known is None or known.key == param or model.spec.same(known.schema, schema):
            return known
        return known if path_parameters(place) and not _shape(model.spec, place) else None
    for collection in model.collections.values():
        if model.spec.same(collection.schema, schema):
            return collection
    first = next(iter(model.spec.properties(schema)), "")
    return model.by_param.get(first)


def _has_members(spec: Spec, place: str, param: str | None) -> bool:
    """Return whether a path lists or changes members, rather than show one in another place."""
    of_one = {(method, f"{place}/{{{param}}}") for method in ("PUT", "PATCH", "POST", "DELETE")}
    of_all = {(method, place) for method in ("GET", "PUT", "POST")}
    return not spec.operations.keys().isdisjoint(of_one | of_all)


def _add(model: Model, place: str, param: str | None, schema: Json) -> None:
    spec = model.spec
    properties = spec.properties(schema)
    name = "/".join(part for part in segments(place) if parameter_of(part) is None).removeprefix("tenants/")
    below = {
        segments(path.removeprefix(place))[0] for _, path in spec.operations if path.startswith(f"{place}/")
    }
    key = _key(properties, param, name)
    collection = Collection(
        name=name,
        path=place,
        param=param,
        key=key,
        owners=path_parameters(place),
        schema=schema,
        properties=properties,
        reserved=frozenset(word for word in below if parameter_of(word) is None),
        creates=("POST", place) in spec.operations,
        counts=key is not None and spec.type_of(properties[key]) == "integer",
    )
    model.collections[name] = model.by_path[place] = collection
    if param is not None:
        model.by_param.setdefault(param, collection)


def _key(properties: dict[str, Json], param: str | None, name: str) -> str | None:
    entity = singular(name.rsplit("/", 1)[-1])
    wanted = [param, f"{entity}Uid"] if param else [f"{entity}Uid"]
    # `configKey` in a path is `key` in its record.
    wanted += [ending.lower() for ending in ("Uid", "Id", "Key", "Code") if (param or "").endswith(ending)]
    if param is None:
        # No path shows what identifies a record: `vatCodeUid` does one of `/vat`.
        wanted += [name for name in properties if name.startswith(entity) and name.endswith("Uid")]
    return next((key for key in wanted if key in properties), None)


def _relate(spec: Spec, first: Collection, second: Collection) -> None:
    """Note that records of two collections belong together, and what of each other they show."""
    pairs = ((first, second), (second, first))
    fields = [{} if first is second else _fields(spec, *pair) for pair in pairs]
    shown = [
        frozenset[str]().union(*(spec.properties(schema) for schema in found.values() if schema is not None))
        for found in fields
    ]
    showing = [(names, other) for names, (_, other) in zip(shown, pairs, strict=True) if names]
    attributes = frozenset[str]()
    if showing:
        # What all show, and not each of them of the record that it shows.
        attributes = showing[0][0].intersection(*(names for names, _ in showing)) - {first.key, second.key}
        attributes -= frozenset(showing[0][1].properties).intersection(
            *(one.properties for _, one in showing)
        )
    name, by_first, by_second = f"{first.name} {second.name}", *(names - attributes for names in shown)
    second.relations[first.name] = Relation(name, "second", first, fields[1], by_second, by_first, attributes)
    first.relations[second.name] = Relation(name, "first", second, fields[0], by_first, by_second, attributes)


def _fields(spec: Spec, owner: Collection, other: Collection) -> dict[str, Json | None]:
    """Find the properties of a collection's records that show those of another."""
    found: dict[str, Json | None] = {}
    for name, schema in owner.properties.items():
        if spec.type_of(schema) == "array":
            item = spec.resolve(schema)["items"]
            if other.key in spec.properties(item):
                found[name] = item
            elif name == f"{other.key}s":
                found[name] = None
    return found
