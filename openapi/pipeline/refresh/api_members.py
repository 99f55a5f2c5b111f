"""The Python API of a generated package, read by griffe from its source; nothing of it is imported or run."""

from collections.abc import Iterator
from pathlib import Path

import griffe
from attrs import Factory, define, frozen

from pipeline.generate.package import PACKAGE


@frozen
class Field:
    """A field of a model, or a member of an enum."""

    types: tuple[str, ...]  # the types of its union, as written; of an enum's member, none
    value: str | None  # its default or, for an enum's member, its value; None where it has no default


@frozen
class Method:
    """A method of a resource: its parameters, by name, and what it returns."""

    parameters: dict[str, Field]
    returns: str


@define
class Api:
    """What users of the package can name."""

    package: griffe.Module | None = None  # the package as griffe sees it; None if there is none yet
    methods: dict[str, Method] = Factory(dict)  # by `flow.<resource>.<method>()`
    # By `models.<Class>`, the fields; an enum's are its members.
    classes: dict[str, dict[str, Field]] = Factory(dict)
    enums: set[str] = Factory(set)  # those of the classes that are enums


def read_api(folder: Path) -> Api:
    """Read the API of the package in a folder; without a package, it is empty."""
    if not (folder / PACKAGE / "__init__.py").exists():
        return Api()
    package = griffe.load(
        PACKAGE,
        search_paths=[folder],
        # A package of that name that happens to be installed is another one.
        try_relative_path=False,
        allow_inspection=False,
        resolve_aliases=False,
    )
    assert isinstance(package, griffe.Module)  # noqa: S101  # for type checkers: a package was asked for
    api = Api(package)
    for path, found in _classes(package, "resources"):
        for method in _own(found):
            if isinstance(method, griffe.Function):
                api.methods[f"flow.{path}.{method.name}()"] = _method(method)
    for _, found in _classes(package, "models"):
        subject = f"models.{found.name}"
        if any(str(base).startswith("Open") for base in found.bases):
            api.enums.add(subject)
        api.classes[subject] = {
            field.name: Field(
                _types(field.annotation), None if field.value is None else _value(str(field.value))
            )
            for field in _own(found)
            if isinstance(field, griffe.Attribute)
        }
    return api


def subject_of(path: str) -> str | None:
    """Say how users name what griffe names by its location."""
    match path.split(".")[1:]:
        case ["models", name]:
            return f"models.{name}" if name[:1].isupper() else None
        case ["models", _, *names] | ["models", *names] if names:
            return ".".join(["models", *names])
        case ["resources", _, _, method]:
            return f"flow.{path.split('.')[2]}.{method}()"
        case ["resources", resource, *_]:
            return f"flow.{resource}"
        case ["client", "FlowRetail", "__init__"]:
            return "FlowRetail()"
        case ["client", "FlowRetail", resource]:
            return f"flow.{resource}"
        case parts:
            return ".".join(parts)


def _classes(package: griffe.Module, name: str) -> Iterator[tuple[str, griffe.Class]]:
    """Every class that is defined in the modules of a subpackage, with the name of its module."""
    folder = package.members.get(name)
    for module in folder.members.values() if isinstance(folder, griffe.Module) else ():
        if isinstance(module, griffe.Module):
            for found in module.members.values():
                if isinstance(found, griffe.Class) and found.is_public:
                    yield module.name, found


def _own(found: griffe.Class) -> Iterator[griffe.Object | griffe.Alias]:
    yield from (member for member in found.members.values() if member.is_public)


def _method(found: griffe.Function) -> Method:
    return Method(
        {
            parameter.name: Field(
                _types(parameter.annotation), None if parameter.default is None else str(parameter.default)
            )
            for parameter in found.parameters
            if parameter.name != "self"
        },
        str(found.returns),
    )


def _value(text: str) -> str:
    """A default as written, or the value of an enum's member."""
    return text.removeprefix("member(").removesuffix(")") if text.startswith("member(") else text


def _types(annotation: griffe.Expr | str | None) -> tuple[str, ...]:
    if isinstance(annotation, griffe.ExprBinOp) and annotation.operator == "|":
        return (*_types(annotation.left), *_types(annotation.right))
    # Literal values beside an enum are the enum's to report.
    return () if annotation is None or str(annotation).startswith("Literal[") else (str(annotation),)
