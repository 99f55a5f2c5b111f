"""Arguments of a method, as typed with `--param NAME=VALUE`."""

import re
from typing import Any

from flow_retail_cli.errors import CommandError
from flow_retail_core.models.model import Model
from flow_retail_records.exact_json import has_utf_8
from flow_retail_records.fields import Column, readers_of, resolve
from flow_retail_records.item_builder import suggestion
from flow_retail_records.resources import Listing, Method

_SORT_FIELD = re.compile(r"sort_?by|sort_?field|order_?by")


def read_arguments(
    method: Method, given: list[str] | None, required: tuple[str, ...], options: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Read the arguments of a method; a wrong name or value is reported with the choices."""
    possible = (*required, *(method.options if options is None else options))
    choices = f"Possible: {', '.join(possible) or 'none'}."
    arguments: dict[str, Any] = {}
    for text in given or ():
        typed, equals, value = text.partition("=")
        name = typed.replace("-", "_")
        if not equals or name not in possible:
            raise CommandError(
                f"There is no --param {typed}." if equals else f"--param {text} has no =.", choices
            )
        value = read_text(value, f"--param {typed}")
        if name in method.several:
            given_before = arguments.get(name, [])
            arguments[name] = [*given_before, *(_checked(method, name, one) for one in value.split(","))]
        else:
            arguments[name] = _checked(method, name, value)
    missing = [name for name in required if name not in arguments]
    if missing:
        raise CommandError(
            f"{method.operation.name} needs {', '.join(missing)}.",
            f"Pass --param {missing[0]}=... {choices}",
        )
    return arguments


def _checked(method: Method, name: str, value: str) -> str:
    choices = method.choices.get(name)
    if choices:
        folded = [choice for choice in choices if choice.lower() == value.lower()]
        if not folded:
            raise CommandError(f"{name} can't be {value!r}.", f"Choose one of: {', '.join(choices)}.")
        return folded[0]
    if isinstance(method, Listing) and _SORT_FIELD.fullmatch(name) and resolve(method.record, value) is None:
        fields = readers_of(method.record)
        raise CommandError(
            f"{name} can't be {value!r}{suggestion(value, fields).rstrip('?')}.",
            f"Choose one of: {', '.join(fields)}.",
        )
    return value


def find_field(model: type[Model], name: str) -> Column:
    """Find the field of a name that was typed."""
    column = resolve(model, name)
    if column is None:
        known = readers_of(model)
        raise CommandError(
            f"There is no field {name!r}{suggestion(name, known).rstrip('?')}.",
            f"Fields: {', '.join(known)}; inside objects with dots, such as credit.limit.",
        )
    return column


def read_text(value: str, what: str) -> str:
    """Refuse an argument with bytes that are not text in the encoding of the locale."""
    if not has_utf_8(value):
        raise CommandError(f"{what} holds bytes that are not text.", "Check the encoding of your terminal.")
    return value
