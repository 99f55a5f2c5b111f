"""Which operations are batches: recognised by their shape, not by their name."""

from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty

from pipeline.generate.context.models import properties_of
from pipeline.generate.context.source import Source

LISTS = ("create", "update", "upsert", "delete")

_REFERRING = ("update", "delete")
"""Lists whose items are about something stored."""

_SAID = frozenset({"errorCode", "code", "message"})
"""What an error says, as against what it is about."""

KEYWORDS = frozenset({*LISTS, "chunk_size", "concurrency", "on_progress", "resolve_unknown"})
"""What the method of a batch takes beside its path parameters."""


@frozen
class BatchContext:
    """A batch operation: which lists it takes, of what, and what names an item."""

    lists: list[tuple[str, str]]
    """The lists, and the class of each one's items."""
    required: dict[str, list[str]]
    """What items of a class need."""
    envelopes: tuple[str, str]
    """The classes of body and response, which the client makes and reads by itself."""
    uids_suffice: bool
    """Whether a UID alone says what to delete."""
    declaration: Source


def batch_context(
    name: str, body: Any, result: Any, path: str, siblings: dict[tuple[str, str], str]
) -> BatchContext | None:
    """Describe an operation as a batch, if it is one.

    It is one if it takes nothing but lists of models to create, update, upsert or delete, is answered by the
    same names, and all its items that are about something stored have a UID.
    """
    if not isinstance(body, ModelProperty) or not isinstance(result, ModelProperty):
        return None
    lists = {found.name.get_untrusted_value(): found for found in properties_of(body)}
    sections = {found.name.get_untrusted_value(): found for found in properties_of(result)}
    if not lists or not set(lists) <= set(LISTS) or set(lists) != set(sections):
        return None
    models = {
        key: lists[key].inner_property
        for key in LISTS
        if isinstance(lists.get(key), ListProperty) and isinstance(lists[key].inner_property, ModelProperty)
    }
    if len(models) < len(lists):
        return None
    collection = path.rpartition("/")[0]
    uid = _uid(models, collection, siblings)
    if uid is None:
        return None
    key = uid.name.get_untrusted_value()
    classes = {each: str(model.class_info.name) for each, model in models.items()}
    read = siblings.get((f"{collection}/{{{key}}}", "get"))
    spec = {
        "operation": name,
        "models": {each: Source(f"models.{found}") for each, found in classes.items()},
        "uid": str(uid.python_name),
        "uid_key": key,
        "error_keys": {each: tuple(_error_keys(sections[each], models[each], key)) for each in models},
    } | ({"read": Source(constant(read))} if read else {})
    delete = models.get("delete")
    return BatchContext(
        lists=[*classes.items()],
        required={
            classes[each]: [str(found.python_name) for found in model.required_properties or []]
            for each, model in models.items()
        },
        envelopes=(str(body.class_info.name), str(result.class_info.name)),
        uids_suffice=delete is not None
        and [found.name for found in delete.required_properties or []] == [key],
        declaration=Source(f"BatchSpec({', '.join(f'{each}={value!r}' for each, value in spec.items())})"),
    )


def constant(name: str) -> str:
    """The name of the constant that declares an operation."""
    return f"_{name.partition('.')[2].upper()}"


def property_named(model: Any, name: str) -> Any:
    """The property of a model with a JSON name, or None."""
    if not isinstance(model, ModelProperty):
        return None
    return next((found for found in properties_of(model) if found.name == name), None)


def _uid(models: dict[str, ModelProperty], collection: str, siblings: dict[tuple[str, str], str]) -> Any:
    """The property that names an item: a UID of all that refers to something stored.

    Of several, it is the one by which an item of the collection is read, or that is called like the
    collection; else the first that the smallest model requires.
    """
    referring = [models[name] for name in _REFERRING if name in models] or list(models.values())
    smallest = min(referring, key=lambda model: len(properties_of(model)))
    found = [
        each
        for each in properties_of(smallest)
        if _is_uid(each.name.get_untrusted_value())
        and all(property_named(model, each.name.get_untrusted_value()) is not None for model in referring)
    ]
    last = collection.rpartition("/")[2].lower()
    for each in found:
        key = each.name.get_untrusted_value()
        if (f"{collection}/{{{key}}}", "get") in siblings or last.startswith(key[:-3].lower() or "/"):
            return each
    return next((each for each in found if each.required), None)


def _error_keys(section: Any, item: ModelProperty, uid_key: str) -> list[str]:
    """The keys by which the errors of a list name items: the UID, else what else items have, else any UID."""
    errors = property_named(section, "errors")
    error = errors.inner_property if isinstance(errors, ListProperty) else None
    found = properties_of(error) if isinstance(error, ModelProperty) else []
    keys = [each.name.get_untrusted_value() for each in found]
    # Beside the UID of the item itself, another is a reference, such as that of its parent.
    own = [key for key in keys if key == uid_key]
    shared = [key for key in keys if key not in _SAID and property_named(item, key) is not None]
    return own or shared or [key for key in keys if _is_uid(key)]


def _is_uid(key: str) -> bool:
    return key.endswith(("Uid", "uid"))
