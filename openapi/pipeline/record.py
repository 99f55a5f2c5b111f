"""What was published before and must not be renamed: names.json."""

from collections.abc import Mapping
from typing import Any

from attrs import Factory, frozen

from pipeline import jsontext
from pipeline.errors import PipelineError, refuse
from pipeline.names import is_class_name

FILE = "names.json"


@frozen
class Record:
    """Every class name ever published.

    Attributes:
        classes: The class name of each component.
        inline: The component of each place of an inline schema that became one.
    """

    classes: Mapping[str, str] = Factory(dict)
    inline: Mapping[str, str] = Factory(dict)

    def text(self) -> str:
        """The record as a file."""
        return jsontext.write(
            {"classes": dict(sorted(self.classes.items())), "inline": dict(sorted(self.inline.items()))}
        )


def read_record(text: str) -> Record:
    """Read the record.

    Raises:
        PipelineError: It is broken.
    """
    content = jsontext.read(text, where=FILE)
    if not isinstance(content, dict) or set(content) != {"classes", "inline"}:
        raise PipelineError(
            f"{FILE}: an object with `classes` and `inline` is expected. Restore it from git."
        )
    for part in content:
        if not _is_map_of_texts(content[part]):
            raise PipelineError(f"{FILE}: #/{part}: an object of texts is expected. Restore it from git.")
    refuse(
        f"{FILE}: not what the pipeline writes; restore it from git:",
        [
            f"#/classes/{key}: {name!a} is no name of a class."
            for key, name in content["classes"].items()
            if not is_class_name(name)
        ],
    )
    return Record(content["classes"], content["inline"])


def _is_map_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(content, str) for content in value.values())
