"""Tells the reference what reading the source does not show: calls of attrs classes, and our figures."""

import inspect
from importlib import import_module
from typing import Any

from griffe import Class, Extension, Function, Parameter, ParameterKind, Parameters

from flow_retail_core import constants

_DECORATORS = ("attrs.define", "attrs.frozen")
_KINDS: dict[Any, ParameterKind] = {
    inspect.Parameter.POSITIONAL_ONLY: ParameterKind.positional_only,
    inspect.Parameter.POSITIONAL_OR_KEYWORD: ParameterKind.positional_or_keyword,
    inspect.Parameter.KEYWORD_ONLY: ParameterKind.keyword_only,
}


class Signatures(Extension):
    """Gives attrs classes their `__init__`, and shows a default such as `constants.MAX_CONCURRENCY` as 50."""

    def on_class(self, *, cls: Class, **_: Any) -> None:
        """Add the `__init__` that attrs makes."""
        if "__init__" in cls.members or not any(
            decorator.callable_path in _DECORATORS for decorator in cls.decorators
        ):
            return
        if cls.module.package.name == "flow_retail_spark":
            # Importing it needs pyspark, 450 MB; and its users make no object of its attrs classes.
            return
        made = getattr(import_module(cls.module.path), cls.name)
        own = Parameter("self", kind=ParameterKind.positional_or_keyword)
        given = (_parameter(cls, parameter) for parameter in inspect.signature(made).parameters.values())
        init = Function("__init__", parent=cls, parameters=Parameters(own, *given), returns="None")
        cls.set_member("__init__", init)

    def on_function(self, *, func: Function, **_: Any) -> None:
        """Put the figure where the source names it."""
        for parameter in func.parameters:
            module, _dot, name = str(parameter.default).partition(".")
            if module == "constants" and hasattr(constants, name):
                parameter.default = repr(getattr(constants, name))


def _parameter(cls: Class, given: inspect.Parameter) -> Parameter:
    described = cls.members.get(given.name)
    return Parameter(
        given.name,
        annotation=getattr(described, "annotation", None),
        kind=_KINDS[given.kind],
        default=None if given.default is inspect.Parameter.empty else _shown(given.default),
    )


def _shown(default: object) -> str:
    if isinstance(default, frozenset):
        return "{" + ", ".join(map(repr, sorted(default))) + "}"
    # attrs shows NOTHING where a factory makes the default.
    return "..." if repr(default).startswith("NOTHING") else repr(default)
