"""Reading YAML as strictly as JSON."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.errors import PipelineError
from pipeline.text import strict_json


def read_yaml(file: Path, *, remedy: str) -> Any:
    """Read YAML 1.2 that could be JSON: no name twice in one object, no dates, no names that are no texts."""
    text = strict_json.read_file(file, remedy=remedy)
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError) as error:
        reason = " ".join(str(error).partition("To suppress this check")[0].split())
        raise PipelineError(f"{file.name}: not YAML: {reason}. Correct it there.") from None
    strict_json.check(value, where=file.name)
    return value
