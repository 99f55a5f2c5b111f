"""The Python API of a generated package, read by griffe from its source; nothing of it is imported or run."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import griffe
from attrs import frozen

from pipeline.generate.package import PACKAGE


@frozen
class Field:
    """A field of a model, a member of an enum or a parameter of a method."""

    types: tuple[str, ...]  # the types of its union, as written; of an enum's member, none
    value: str | None  # its default or, for an enum's member, its value; None where it has no default


@frozen
class Owner:
    """What has fields: a model, an enum, or a method of a resource."""

    kind: Literal["model", "enum", "method"]
    fields: Mapping[str, Field]
    returns: str = ""


@frozen
class Api:
    """What users of the package can name."""

    package: griffe.Module  # the package as griffe sees it
    owners: Mapping[str, Owner]  # by `flow.<resource>.<method>()` and `models.<Class>`


def read_api(folder: Path) -> Api:
    """Read the API of the package in a folder."""
    package = griffe.load(
        PACKAGE,
        search_paths=[folder],
        # A package of that name that happens to be installed is another one.
        try_relative_path=False,
        allow_inspection=False,
        resolve_aliases=False,
    )
    assert isinstance(package, griffe.Module)  # noqa: S101  # for type checkers: a package was asked for
    owners: dict[str, Owner] = {}
    for module in package["resources"].modules.values():
        for resource in module.classes.values():
            for method in resource.functions.values():
                if method.is_public and not resource.is_alias:
                    owners[f"flow.{module.name}.{method.name}()"] = _method(method)
    for module in package["models"].modules.values():
        for model in module.classes.values():
            if not model.is_alias:
                owners[f"models.{model.name}"] = _model(model)
    return Api(package, owners)


def subject_of(path: str) -> str | None:
    """Say how users name what griffe names by its location; None of a module, or of what one gives out."""
    match path.split(".")[1:]:
        case ["models" | "resources", _]:
            return None
        case ["models", _, *names]:
            return ".".join(["models", *names])
        case ["resources", resource, _, method]:
            return f"flow.{resource}.{method}()"
        case ["client", "FlowRetail", "__init__"]:
            return "FlowRetail()"
        case ["resources", resource, _] | ["client", _, resource]:
            return f"flow.{resource}"
        case parts:
            return ".".join(parts)


def _method(found: griffe.Function) -> Owner:
    fields = {
        each.name: Field(_types(each.annotation), _text(each.default))
        for each in found.parameters
        if each.name != "self"
    }
    return Owner("method", fields, str(found.returns))


def _model(found: griffe.Class) -> Owner:
    enum = any(str(base).startswith("Open") for base in found.bases)
    attributes = [each for each in found.attributes.values() if each.is_public]
    fields = {each.name: Field(_types(each.annotation), _text(each.value)) for each in attributes}
    return Owner("enum" if enum else "model", fields)


def _text(value: griffe.Expr | str | None) -> str | None:
    """A default as written; of an enum's member, the value in `member(...)`."""
    return None if value is None else re.sub(r"^member\((.*)\)$", r"\1", str(value))


def _types(annotation: griffe.Expr | str | None) -> tuple[str, ...]:
    if isinstance(annotation, griffe.ExprBinOp) and annotation.operator == "|":
        return (*_types(annotation.left), *_types(annotation.right))
    # Literal values beside an enum are the enum's to report.
    text = _LITERALS.sub("", str(annotation))
    return () if annotation is None or text.startswith("Literal[") else (text,)


_LITERALS = re.compile(r""" \| Literal\[(?:(['"])(?:\\.|(?!\1).)*\1|[^\]'"])*\]""")
