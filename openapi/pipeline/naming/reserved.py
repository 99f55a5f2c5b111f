"""Names that are taken: by the generated modules themselves, and by the core's classes that users hold."""

import builtins
import re
from functools import cache
from importlib import import_module
from pathlib import Path

_TEMPLATES = Path(__file__).parents[2] / "templates"
_IMPORT = re.compile(r"^ *(?:from [\w.]+ )?import (\([^)]*\)|.+)$", re.MULTILINE)

_RESOURCE = "resource.py.jinja"

_IN_ANNOTATIONS = frozenset({"bool", "bytes", "dict", "float", "int", "object", "str", "type"})


@cache
def class_names() -> frozenset[str]:
    """What no model can be called."""
    with_models = ("model.py.jinja", "str_enum.py.jinja", "int_enum.py.jinja", _RESOURCE)
    return frozenset(_imported(*with_models)) | {name for name in dir(builtins) if name[0].isupper()}


@cache
def hiding() -> frozenset[str]:
    """What no method can be called: it would hide, inside its class, what annotations and decorators name.

    `list` is no such name: it is written in full there.
    """
    taken = {name for name in _imported(_RESOURCE) if name.islower()}
    return _IN_ANNOTATIONS | taken | _members("resource")


@cache
def of_client() -> frozenset[str]:
    """What a client has beside its resources."""
    return _members("client")


def _members(module: str) -> frozenset[str]:
    """The public members of the classes that a module of the core defines."""
    found = import_module(f"flow_retail_core.{module}")
    classes = [each for each in vars(found).values() if isinstance(each, type)]
    classes = [each for each in classes if each.__module__ == found.__name__]
    return frozenset(name for each in classes for name in dir(each) if not name.startswith("_"))


def _imported(*templates: str) -> set[str]:
    """What templates import."""
    texts = [(_TEMPLATES / name).read_text(encoding="utf-8") for name in templates]
    lines = [names for text in texts for names in _IMPORT.findall(text)]
    return {name for names in lines for name in re.findall(r"[A-Za-z_]\w*", names.partition("#")[0])}
