"""Reading and writing JSON without losing or inventing anything; reading YAML as strictly."""

import json
import math
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipeline.errors import PipelineError

MAX_DEPTH = 100
"""Levels of nesting; no spec comes near, and every later step may recurse."""

_SCALARS = (str, bool, int, float, type(None))


def read_file(file: Path, *, remedy: str) -> str:
    """Read a text file, with or without a byte order mark."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PipelineError(f"{file.name}: can't be read: {error.strerror}. {remedy}") from None
    except UnicodeDecodeError as error:
        raise PipelineError(f"{file.name}: not UTF-8 text (byte {error.start}). {remedy}") from None


def read(text: str, *, where: str, first_line: int = 1) -> Any:
    """Parse JSON strictly: no duplicate names, no NaN, no lone surrogates, no absurd nesting."""
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise PipelineError(
            f"{where}:{line}:{error.colno}: not JSON: {error.msg}. "
            "Correct the block, or fetch the page again."
        ) from None
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise PipelineError(
            f"{where}:{first_line}: not JSON as we take it: {reason}. Correct the block."
        ) from None
    check(value, where=f"{where}:{first_line}")
    return value


def read_yaml(file: Path, *, remedy: str) -> Any:
    """Read YAML 1.2 that could be JSON: no name twice in one object, no dates, no names that are no texts."""
    text = read_file(file, remedy=remedy)
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError) as error:
        reason = " ".join(str(error).partition("To suppress this check")[0].split())
        raise PipelineError(f"{file.name}: not YAML: {reason}. Correct it there.") from None
    check(value, where=file.name)
    return value


def check(value: Any, *, where: str) -> None:
    """Refuse what has no place in JSON, whatever it was read from."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                for name in item:
                    if not isinstance(name, str):
                        raise PipelineError(f"{where}: the name {name!a} is no text; put it in quotes.")
                    _check_scalar(name, where)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            else:
                _check_scalar(item, where)
        if not below:
            return
        level = below
    raise PipelineError(f"{where}: nested deeper than {MAX_DEPTH} levels. Correct it.")


def write(value: Any) -> str:
    """Write JSON for people and for diffs: indented, in the order given, characters as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _check_scalar(value: Any, where: str) -> None:
    if not isinstance(value, _SCALARS):
        raise PipelineError(f"{where}: {value!a} has no form in JSON; write it as a text, in quotes.")
    if isinstance(value, float) and not math.isfinite(value):
        raise PipelineError(f"{where}: a number is too large for JSON, or is none.")
    if isinstance(value, str) and any(0xD800 <= ord(character) < 0xE000 for character in value):
        raise PipelineError(f"{where}: a text holds a lone surrogate ({value!a}), which no file can hold.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the name {key!a} stands twice in one object")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
