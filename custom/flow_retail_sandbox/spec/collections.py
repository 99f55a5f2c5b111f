"""The collections that a document describes, found by the shapes of its paths and responses."""

import re
from dataclasses import dataclass, field

from flow_retail_sandbox.spec.document import Spec, SpecOperation
from flow_retail_sandbox.spec.json_values import Json

TENANT = "tenantUid"


@dataclass(slots=True)
class Collection:
    """Records of one type.

    Attributes:
        name: Its path without the tenant and parameters, such as `customers` or `stores/tills`.
        param: The path parameter of an item, None if no path leads to one.
        key: The property of a record that holds the item's identifier, None if none does.
        owners: The path parameters before it, without the tenant.
        reserved: What cannot be an identifier, because a path means something else by it.
        creates: Whether an operation creates records in it.
        counts: Whether identifiers are numbers.
    """

    name: str
    path: str
    param: str | None
    key: str | None
    owners: tuple[str, ...]
    schema: Json
    properties: dict[str, Json]
    reserved: frozenset[str]
    creates: bool
    counts: bool

    @property
    def has_tenant(self) -> bool:
        """Whether each tenant has records of its own."""
        return f"{{{TENANT}}}" in self.path

    @property
    def entity(self) -> str:
        """What one record is called, such as `customerContact`."""
        word = re.sub(r"(Uid|Id|Code|Key)$|^(uid|id|code|key)$", "", self.param or "")
        return word or singular(self.name.rsplit("/", 1)[-1])


@dataclass(slots=True)
class Relation:
    """Which records of two collections belong together."""

    first: Collection
    second: Collection
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class View:
    """A property of a record that shows what it is connected with."""

    field: str
    relation: Relation
    other: Collection
    schema: Json | None


@dataclass(slots=True)
class Model:
    """All that a document says of its records."""

    spec: Spec
    collections: dict[str, Collection] = field(default_factory=dict[str, Collection])
    by_param: dict[str, Collection] = field(default_factory=dict[str, Collection])
    by_path: dict[str, Collection] = field(default_factory=dict[str, Collection])
    members: dict[str, tuple[Collection, Collection]] = field(
        default_factory=dict[str, "tuple[Collection, Collection]"]
    )
    relations: dict[frozenset[str], Relation] = field(default_factory=dict[frozenset[str], Relation])
    views: dict[str, list[View]] = field(default_factory=dict[str, list[View]])

    def along(self, path: str) -> dict[str, Collection]:
        """Find the collections that a path's parameters are of, by parameter; unknown ones are left out."""
        found: dict[str, Collection] = {}
        before = ""
        for part in segments(path):
            name = parameter_of(part)
            collection = None if name is None else self.by_path.get(before) or self.by_param.get(name)
            if name is not None and name != TENANT and collection is not None:
                found[name] = collection
            before = f"{before}/{part}"
        return found

    def referred(self, name: str) -> Collection | None:
        """Find the collection that a property such as `customerUid` or `defaultStoreUid` refers to."""
        plain = name.removesuffix("s") if name.endswith("Uids") else name
        if not plain.endswith("Uid"):
            return None
        for param, collection in self.by_param.items():
            if plain == param or plain.endswith(param[0].upper() + param[1:]):
                return collection
        return None


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


def path_parameters(path: str) -> list[str]:
    """Return the names of a path's parameters, without the tenant."""
    found = [parameter_of(segment) for segment in segments(path)]
    return [name for name in found if name is not None and name != TENANT]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def read_model(spec: Spec) -> Model:
    """Find the collections of a document, what is in whose, and where records show others."""
    model = Model(spec)
    found: dict[str, tuple[str | None, Json]] = {}
    for method, path in spec.operations:
        literal = parameter_of(segments(path)[-1]) is None
        place = path if literal else _parent(path)
        if parameter_of(segments(place)[-1]) is None and place not in found:
            shape = _shape(spec, place)
            if shape is not None and (literal or method != "POST"):
                found[place] = shape
    # Where two paths lead to the same item, its home is the shorter.
    for place in sorted(found, key=lambda place: (len(segments(place)), -_weight(spec, place))):
        param, schema = found[place]
        other = _home(model, place, param, schema)
        if other is None:
            _add(model, place, param, schema)
        else:
            owner = next(reversed(model.along(place).values()), None)
            if owner is not None and _links(spec, place, param):
                model.members[place] = (owner, other)
            else:
                model.by_path[place] = other
    for owner, other in model.members.values():
        names = frozenset({owner.name, other.name})
        model.relations.setdefault(names, Relation(owner, other))
    _find_views(model)
    return model


def _weight(spec: Spec, place: str) -> int:
    return sum((method, place) in spec.operations for method in ("GET", "POST"))


def _shape(spec: Spec, place: str) -> tuple[str | None, Json] | None:
    """Return an item's path parameter and schema, None if the path holds no records."""
    operations = spec.operations
    for _, path in operations:
        last = parameter_of(segments(path)[-1])
        if last is None or _parent(path) != place:
            continue
        get = operations.get(("GET", path))
        if get is not None and spec.items_of(get.result) is not None:
            continue  # a list filtered by that parameter
        listed = _listed(spec, operations.get(("GET", place)))
        for schema in (
            _object(spec, get),
            listed,
            _object(spec, operations.get(("PUT", path))),
            _object(spec, operations.get(("POST", place))),
        ):
            if schema is not None:
                return last, schema
    schema = _listed(spec, operations.get(("GET", place)))
    return None if schema is None else (None, schema)


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


def _links(spec: Spec, place: str, param: str | None) -> bool:
    """Return whether a path lists or changes members, rather than show one in another place."""
    item = f"{place}/{{{param}}}"
    writes = any((method, item) in spec.operations for method in ("PUT", "PATCH", "POST", "DELETE"))
    return writes or any((method, place) in spec.operations for method in ("GET", "PUT", "POST"))


def _add(model: Model, place: str, param: str | None, schema: Json) -> None:
    spec = model.spec
    names = [part for part in segments(place) if parameter_of(part) is None]
    properties = spec.properties(schema)
    name = "/".join(names).removeprefix("tenants/")
    siblings = {
        segments(path)[len(segments(place))]
        for _, path in spec.operations
        if path.startswith(place + "/") and parameter_of(segments(path)[len(segments(place))]) is None
    }
    key = _key(properties, param, name)
    collection = Collection(
        name=name,
        path=place,
        param=param,
        key=key,
        owners=tuple(path_parameters(place)),
        schema=schema,
        properties=properties,
        reserved=frozenset(siblings),
        creates=("POST", place) in spec.operations,
        counts=key is not None and spec.type_of(properties[key]) == "integer",
    )
    model.collections[name] = collection
    model.by_path[place] = collection
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


def _find_views(model: Model) -> None:
    for relation in model.relations.values():
        pairs = [(relation.first, relation.second), (relation.second, relation.first)]
        shown: list[frozenset[str]] = []
        others: list[Collection] = []
        for owner, other in pairs if relation.first is not relation.second else ():
            for name, schema in owner.properties.items():
                if other.key is None or model.spec.type_of(schema) != "array":
                    continue
                item = model.spec.resolve(schema)["items"]
                if other.key in model.spec.properties(item):
                    others.append(other)
                    shown.append(frozenset(model.spec.properties(item)) - {other.key})
                    model.views.setdefault(owner.name, []).append(View(name, relation, other, item))
                elif name == other.key + "s":
                    model.views.setdefault(owner.name, []).append(View(name, relation, other, None))
        if shown:
            # What all show, and not each of them of the record that it shows.
            known = [frozenset(other.properties) for other in others]
            relation.attributes = shown[0].intersection(*shown) - known[0].intersection(*known)
