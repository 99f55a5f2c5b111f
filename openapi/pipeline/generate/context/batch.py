"""Which operations are batches: recognised by their shape, not by their name."""

from typing import Any

from attrs import frozen
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.strings import in_double_quote_literal

from pipeline.generate.context.models import properties_of

LISTS = ("create", "update", "upsert", "delete")

_REFERRING = ("update", "delete")
"""Lists whose items are about something stored."""

_SAID = frozenset({"errorCode", "code", "message"})
"""What an error says, as against what it is about."""

KEYWORDS = frozenset({*LISTS, "chunk_size", "concurrency", "on_progress", "resolve_unknown"})
"""What the method of a batch takes beside its path parameters."""


@frozen
class BatchView:
    """A batch operation: which lists it takes, of what, and what names an item.

    Attributes:
        lists: The lists and the class of each one's items.
        required: What items of a class need, per class.
        envelopes: The classes of body and answer, which the client makes and reads by itself.
        uid: The attribute that names an item.
        uid_key: The same in JSON.
        uids_suffice: Whether a UID alone says what to delete.
        error_keys: The JSON keys by which errors name items, per list.
        read: The operation that reads one item, if there is one.
    """

    lists: list[tuple[str, str]]
    required: dict[str, list[str]]
    envelopes: tuple[str, str]
    uid: str
    uid_key: str
    uids_suffice: bool
    error_keys: list[tuple[str, list[str]]]
    read: str | None


def describe_batch(
    body: Any, result: Any, path: str, siblings: dict[tuple[str, str], str]
) -> BatchView | None:
    """Describe an operation as a batch, if it is one.

    It is one if it takes nothing but lists of models to create, update, upsert or delete, is answered by the
    same names, and all its items that are about something stored have a UID.

    Args:
        body: The generator's property of the body.
        result: The one of the answer.
        path: The path template of the operation.
        siblings: The names of the operations of the same resource, per path template and method.
    """
    if not isinstance(body, ModelProperty) or not isinstance(result, ModelProperty):
        return None
    lists = {found.name.get_untrusted_value(): found for found in properties_of(body)}
    sections = {found.name.get_untrusted_value(): found for found in properties_of(result)}
    if not lists or not set(lists) <= set(LISTS) or set(lists) != set(sections):
        return None
    models = {
        name: found.inner_property
        for name, found in lists.items()
        if isinstance(found, ListProperty) and isinstance(found.inner_property, ModelProperty)
    }
    if len(models) < len(lists):
        return None
    collection = path.rpartition("/")[0]
    uid = _uid(models, collection, siblings)
    if uid is None:
        return None
    key = uid.name.get_untrusted_value()
    delete = models.get("delete")
    return BatchView(
        lists=[(name, str(models[name].class_info.name)) for name in LISTS if name in models],
        required={
            str(model.class_info.name): [str(found.python_name) for found in model.required_properties or []]
            for model in models.values()
        },
        envelopes=(str(body.class_info.name), str(result.class_info.name)),
        uid=str(uid.python_name),
        uid_key=in_double_quote_literal(uid.name),
        uids_suffice=delete is not None
        and [found.name for found in delete.required_properties or []] == [key],
        error_keys=[
            (name, _error_keys(sections[name], models[name], key)) for name in LISTS if name in models
        ],
        read=siblings.get((f"{collection}/{{{key}}}", "get")),
    )


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
    """The keys by which the errors of a list name items: the UID, else what else items have, else any UID.

    Beside the UID of the item itself, another is a reference, such as that of its parent.
    """
    errors = property_named(section, "errors")
    error = errors.inner_property if isinstance(errors, ListProperty) else None
    keys = [found.name for found in properties_of(error)] if isinstance(error, ModelProperty) else []
    named = {key.get_untrusted_value(): in_double_quote_literal(key) for key in keys}
    own = [key for key in named if key == uid_key]
    shared = [key for key in named if key not in _SAID and property_named(item, key) is not None]
    return [named[key] for key in own or shared or filter(_is_uid, named)]


def _is_uid(key: str) -> bool:
    return key.endswith(("Uid", "uid"))
