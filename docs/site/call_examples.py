"""Adds an example to each method of a resource, made from its operation and the models that it takes."""

import enum
import inspect
import re
import textwrap
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from importlib import import_module
from typing import Any

from attrs import NOTHING, fields
from griffe import Class, Extension, Function

from flow_retail_client import FlowRetail, Model, Operation, Unset, resources

_LINE = 84
_TELLING = ("name", "firstname", "query", "city")
"""The field that an example sets where the spec requires none, if the model has one of these."""
_IMPORTS = {"datetime(": "from datetime import UTC, datetime\n", "date(": "from datetime import date\n"}


class CallExamples(Extension):
    """Adds a section `Examples` to the docstring of each method that calls an operation."""

    def on_function(self, *, func: Function, **_: Any) -> None:
        """Add the section."""
        if not isinstance(func.parent, Class) or func.docstring is None:
            return
        if func.module.package.name != "flow_retail_client":
            return
        cls = getattr(import_module(func.module.path), func.parent.name)
        if func.name in getattr(cls, "OPERATIONS", {}):
            code = textwrap.indent(f"```python\n{example(func.module.name, cls, func.name)}\n```", "    ")
            func.docstring.value += f"\n\nExamples:\n{code}"


def example(resource: str, cls: Any, method: str) -> str:
    """Write an example of one method.

    Args:
        resource: The name that the resource has on the client.
        cls: Its class.
        method: The name of the method, one of `cls.OPERATIONS`.

    Returns:
        Python code that uses an open client `flow`; its UIDs are like those of the sandbox.
    """
    operation: Operation[Any] = cls.OPERATIONS[method]
    signature = inspect.signature(getattr(cls, method), eval_str=True)
    models: set[str] = set()
    if operation.batch is not None:
        arguments = list(_lists(operation.batch, models))
    else:
        parameters = signature.parameters
        arguments = [_value(parameters[name].annotation, name, models) for name in operation.arguments]
        if operation.body is not None:
            arguments.append(_value(operation.body, "body", models))
        arguments += [
            f"{name}={_value(parameters[name].annotation, name, models)}" for name in operation.required
        ]
    name = _variable(signature.return_annotation)
    function = f"flow.{resource}.{method}"
    if operation.paged:
        code = f"async for {name} in {_call(function, arguments)}:\n    print({name})"
    elif operation.returns is None:
        code = f"await {_call(function, arguments)}"
    else:
        code = f"{name} = await {_call(function, arguments)}"
    imports = "".join(line for found, line in _IMPORTS.items() if re.search(rf"\b{re.escape(found)}", code))
    if models:
        imports += f"from flow_retail_client.models import {', '.join(sorted(models))}\n"
    return f"{imports}\n{code}" if imports else code


def _lists(batch: Any, models: set[str]) -> Iterator[str]:
    """The arguments of a batch: what is upserted, or else created and updated, and what is deleted."""
    for number, (action, model) in enumerate(batch.models.items(), start=1):
        uid = _uid(batch.uid, number)
        if action == "delete":
            yield f'delete=["{uid}"]'
        elif action == "upsert" or "upsert" not in batch.models:
            own = f'{batch.uid}="{uid}"'
            yield f"{action}=[{_model(model, models, own)}]"


def _model(model: type[Model], models: set[str], *also: str) -> str:
    """Make a model of its required fields, and of a telling one if there is none."""
    models.add(model.__name__)
    hints = typing.get_type_hints(model)
    names = [field.name for field in fields(model) if field.name != "additional_properties"]
    shown = [field.name for field in fields(model) if field.name in names and field.default is NOTHING]
    if not shown and not also:
        texts = [name for name in names if str in _choices(hints[name])]
        shown = [*(name for name in _TELLING if name in texts), *texts, *names][:1]
    values = [f"{name}={_value(hints[name], name, models)}" for name in shown]
    return f"{model.__name__}({', '.join([*values, *also])})"


def _choices(annotation: Any) -> list[Any]:
    """The types that a value may have, apart from unset and null."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        return [choice for part in typing.get_args(annotation) for choice in _choices(part)]
    return [] if annotation in {type(None), Unset} else [annotation]


def _value(annotation: Any, name: str, models: set[str]) -> str:
    """Write a value of a type."""
    chosen = _choices(annotation)[0]
    if typing.get_origin(chosen) is list:
        return f"[{_value(typing.get_args(chosen)[0], name.removesuffix('s'), models)}]"
    if not isinstance(chosen, type) or typing.get_origin(chosen) is not None:
        return "{}"
    if issubclass(chosen, Model):
        return _model(chosen, models)
    if issubclass(chosen, enum.Enum):
        return _quoted(next(iter(chosen)).value)
    if issubclass(chosen, str):
        return _quoted(_uid(name, 1) if name.endswith("uid") else "Example")
    if issubclass(chosen, datetime):
        return "datetime(2026, 1, 31, tzinfo=UTC)"
    if issubclass(chosen, date):
        return "date(2026, 1, 31)"
    number: Any = chosen
    return repr(number(1))


def _uid(name: str, number: int) -> str:
    """A UID for a field: `merge_from_customer_uid` names another customer than `customer_uid`."""
    known = [known for known in _uid_names() if name.endswith(f"_{known}")]
    if known and name not in _uid_names():
        name, number = max(known, key=len), number + 1
    return f"{name.removesuffix('_uid').replace('_', '-')}-{number:05}"


def _uid_names() -> set[str]:
    classes = [getattr(resources, name) for name in FlowRetail.RESOURCES.values()]
    operations = [operation for cls in classes for operation in cls.OPERATIONS.values()]
    return {name for operation in operations for name in operation.arguments if name.endswith("_uid")}


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _call(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= _LINE else f"{function}(\n    " + ",\n    ".join(arguments) + ",\n)"


def _variable(annotation: Any) -> str:
    """The variable for what a method returns, such as `customer` for a `Pager[Customer]`."""
    if not isinstance(annotation, type):
        (annotation, *_) = typing.get_args(annotation) or (annotation,)
    name = getattr(annotation, "__name__", "")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() if name.isidentifier() else "result"
