"""Reading YAML as strictly as JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import PipelineError, refuse
from pipeline.text import strict_json


def read_yaml(file: Path, *, remedy: str) -> Any:
    """Read YAML that could be JSON: no name twice in one object, no dates, no names that are no texts."""
    text = strict_json.read_file(file, remedy=remedy)
    try:
        value = yaml.safe_load(text)
        twice = list(_twice(yaml.compose(text)))
    except (yaml.YAMLError, RecursionError) as error:
        reason = "it holds itself" if isinstance(error, RecursionError) else " ".join(str(error).split())
        raise PipelineError(f"{file.name}: not YAML: {reason}. Correct it there.") from None
    refuse(f"{file.name}: a name stands twice in one object:", twice)
    strict_json.check(value, where=file.name)
    return value


def _twice(node: yaml.Node | None) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, content in node.value:
            if key.value in seen:
                yield f"line {key.start_mark.line + 1}: {key.value!a}. Keep one of the two."
            seen.add(str(key.value))
            yield from _twice(content)
