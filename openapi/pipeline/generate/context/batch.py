"""Which operations are batches: recognised by their shape, not by their name."""

from collections.abc import Mapping

from attrs import frozen

from pipeline.generate.context.models import Model, Property

LISTS = ("create", "update", "upsert", "delete")

_REFERRING = ("update", "delete")
"""Lists whose items are about something stored."""

_SAID = frozenset({"errorCode", "code", "message"})
"""What an error says, as against what it is about."""

KEYWORDS = frozenset({*LISTS, "chunk_size", "concurrency", "on_progress", "resolve_unknown"})
"""What the method of a batch takes beside its path parameters."""


class Source(str):
    """An expression: its `repr` is itself, where that of a text is a literal with everything escaped."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@frozen
class BatchContext:
    """A batch operation: which lists it takes, of what, and what names an item."""

    lists: list[tuple[str, str]]  # the lists, and the class of each one's items
    required: dict[str, list[str]]  # what items of a class need
    envelopes: tuple[str, str]  # the classes of body and response, which the client makes and reads by itself
    uids_suffice: bool  # whether a UID alone says what to delete
    declaration: Source


def batch_context(
    name: str,
    path: str,
    body: Model | None,
    result: Model | None,
    models: Mapping[str, Model],
    siblings: Mapping[tuple[str, str], str],
) -> BatchContext | None:
    """Describe an operation as a batch, if it is one.

    It is one if it takes nothing but lists of models to create, update, upsert or delete, is answered by the
    same names, and all its items that are about something stored have a UID.
    """
    if body is None or result is None:
        return None
    lists = {found.key for found in body.properties}
    found = {key: item_of(body.find(key), models) for key in LISTS if key in lists}
    items = {key: model for key, model in found.items() if model}
    if not items or lists != items.keys() or lists != {found.key for found in result.properties}:
        return None
    collection = path.rpartition("/")[0]
    uid = _uid(items, collection, siblings)
    if uid is None:
        return None
    read = siblings.get((f"{collection}/{{{uid.key}}}", "get"))
    spec = {
        "operation": name,
        "models": {each: Source(model.name) for each, model in items.items()},
        "uid": uid.attribute,
        "uid_key": uid.key,
        "error_keys": {
            each: tuple(_error_keys(result.find(each), model, uid.key, models))
            for each, model in items.items()
        },
    } | ({"read": Source(constant(read))} if read else {})
    required = {
        each: [found for found in model.properties if found.required] for each, model in items.items()
    }
    return BatchContext(
        lists=[(each, model.name) for each, model in items.items()],
        required={model.name: [found.attribute for found in required[each]] for each, model in items.items()},
        envelopes=(body.name, result.name),
        uids_suffice=[found.key for found in required.get("delete", ())] == [uid.key],
        declaration=Source(f"BatchSpec({', '.join(f'{each}={value!r}' for each, value in spec.items())})"),
    )


def constant(name: str) -> str:
    """The name of the constant that declares an operation."""
    return f"_{name.partition('.')[2].upper()}"


def item_of(found: Property | None, models: Mapping[str, Model]) -> Model | None:
    """The model that a property holds a list of."""
    return models.get(found.value.item.type) if found and found.value.item else None


def _uid(
    items: Mapping[str, Model], collection: str, siblings: Mapping[tuple[str, str], str]
) -> Property | None:
    """The property that names an item: a UID of all that refers to something stored.

    Of several, it is the one by which an item of the collection is read, or that is called like the
    collection; else the first that the smallest model requires.
    """
    referring = [items[name] for name in _REFERRING if name in items] or list(items.values())
    smallest = min(referring, key=lambda model: len(model.properties))
    found = [
        each
        for each in smallest.properties
        if _is_uid(each.key) and all(model.find(each.key) for model in referring)
    ]
    last = collection.rpartition("/")[2].lower()
    for each in found:
        if (f"{collection}/{{{each.key}}}", "get") in siblings or last.startswith(
            each.key[:-3].lower() or "/"
        ):
            return each
    return next((each for each in found if each.required), None)


def _error_keys(
    section: Property | None, item: Model, uid_key: str, models: Mapping[str, Model]
) -> list[str]:
    """The keys by which the errors of a list name items: the UID, else what else items have, else any UID."""
    errors = models[section.value.type].find("errors") if section and section.value.type in models else None
    error = item_of(errors, models)
    keys = [each.key for each in error.properties] if error else []
    # Beside the UID of the item itself, another is a reference, such as that of its parent.
    own = [key for key in keys if key == uid_key]
    shared = [key for key in keys if key not in _SAID and item.find(key)]
    return own or shared or [key for key in keys if _is_uid(key)]


def _is_uid(key: str) -> bool:
    return key.endswith(("Uid", "uid"))
