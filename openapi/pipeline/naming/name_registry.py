"""What was published before and must not be renamed: names.json."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, evolve, frozen

from pipeline.document.operations import title_of
from pipeline.errors import PipelineError, refuse
from pipeline.naming.classes import is_class_name
from pipeline.naming.methods import is_method_name
from pipeline.text import strict_json

FILE = "names.json"

_PARTS = ("classes", "inline", "methods")

_FORMS = {"class_overrides": "component: Class", "method_overrides": "METHOD /path: resource.method"}


@frozen
class Exceptions:
    """Names chosen by people: of classes per component, of methods per `METHOD /path`."""

    classes: Mapping[str, str] = Factory(dict)
    methods: Mapping[str, str] = Factory(dict)

    @classmethod
    def read(cls, file: Path) -> "Exceptions":
        """Read them from generator-config.yaml."""
        content = strict_json.read_yaml(file, remedy="Restore it from git.")
        if not isinstance(content, dict) or not set(content) <= set(_FORMS):
            raise PipelineError(f"{file.name}: nothing but {' and '.join(_FORMS)} is expected. Correct it.")
        for part, form in _FORMS.items():
            if not _is_map_of_texts(content.setdefault(part, {})):
                raise PipelineError(f"{file.name}: #/{part}: entries like `{form}` are expected. Correct it.")
        return cls(*(content[part] for part in _FORMS))


@frozen
class NameRegistry:
    """Every name of a class ever published, and of the methods of today's operations."""

    classes: Mapping[str, str] = Factory(dict)  # the class name of each component
    # The component of each location of an inline schema that became one.
    inline: Mapping[str, str] = Factory(dict)
    # The resource and method of each operation, `customers.list` of `GET /path`.
    methods: Mapping[str, str] = Factory(dict)

    @classmethod
    def read(cls, file: Path) -> "NameRegistry":
        """Read the record from its file."""
        text = strict_json.read_file(file, remedy="Restore it from git.")
        content = strict_json.read(text, where=FILE)
        if not isinstance(content, dict) or set(content) != set(_PARTS):
            raise PipelineError(
                f"{FILE}: an object with `classes`, `inline` and `methods` is expected. Restore it from git."
            )
        for part in content:
            if not _is_map_of_texts(content[part]):
                raise PipelineError(f"{FILE}: #/{part}: an object of texts is expected. Restore it from git.")
        refuse(
            f"{FILE}: not what the pipeline writes; restore it from git:",
            [
                f"#/{part}/{key}: {name!a} is no name of {what}."
                for part, is_name, what in (
                    ("classes", is_class_name, "a class"),
                    ("methods", is_method_name, "a resource and a method"),
                )
                for key, name in content[part].items()
                if not is_name(name)
            ],
        )
        return cls(**content)

    def text(self) -> str:
        """The record as a file."""
        return strict_json.write({part: dict(sorted(getattr(self, part).items())) for part in _PARTS})

    def without_vanished(self, operations: Collection[tuple[str, str]]) -> "NameRegistry":
        """Forget the methods of operations that are gone; what comes in their place is named anew."""
        there = {title_of(*at) for at in operations}
        return evolve(self, methods={title: name for title, name in self.methods.items() if title in there})


def _is_map_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(content, str) for content in value.values())
