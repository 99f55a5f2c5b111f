"""The settings of the generator, and the names that people chose: generator-config.yaml."""

from pathlib import Path

from openapi_python_client.config import Config, ConfigFile, MetaType

from pipeline.errors import PipelineError
from pipeline.naming.name_registry import Exceptions
from pipeline.text.strict_yaml import read_yaml

_PARTS = {"class_overrides": "component: Class", "method_overrides": "METHOD /path: resource.method"}


def read_exceptions(file: Path) -> Exceptions:
    """Read the names that people chose."""
    content = read_yaml(file, remedy="Restore it from git.")
    if not isinstance(content, dict) or not set(content) <= set(_PARTS):
        raise PipelineError(f"{file.name}: nothing but {' and '.join(_PARTS)} is expected. Correct it.")
    for part, form in _PARTS.items():
        names = content.setdefault(part, {})
        if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
            raise PipelineError(f"{file.name}: #/{part}: entries like `{form}` are expected. Correct it.")
    return Exceptions(content["class_overrides"], content["method_overrides"])


def generator_config(package: str, source: Path, output: Path) -> Config:
    """The settings that the templates are made for; what is kept is formatted here, so nothing is run."""
    settings = ConfigFile(package_name_override=package, docstrings_on_attributes=False, post_hooks=[])
    return Config.from_sources(settings, MetaType.NONE, source, "utf-8", overwrite=False, output_path=output)
