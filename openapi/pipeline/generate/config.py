"""The generator's settings, and the names that people chose: generator-config.yaml."""

from pathlib import Path

from openapi_python_client.config import Config, ConfigFile, MetaType
from pydantic import ValidationError

from pipeline.errors import PipelineError
from pipeline.naming.name_registry import Exceptions
from pipeline.text.strict_yaml import read_yaml

_SETTINGS = frozenset({"class_overrides", "docstrings_on_attributes", "package_name_override", "post_hooks"})
"""Those that the pipeline and the templates are made for."""


def read_config(file: Path) -> tuple[Config, Exceptions]:
    """Read generator-config.yaml."""
    settings = read_yaml(file, remedy="Restore it from git.")
    if not isinstance(settings, dict):
        raise PipelineError(f"{file.name}: an object of settings is expected. Restore it from git.")
    # The generator ignores settings that it does not know, and runs what post_hooks says, by default its own.
    methods = settings.pop("method_overrides", {})
    if not isinstance(methods, dict) or not all(isinstance(name, str) for name in methods.values()):
        raise PipelineError(
            f"{file.name}: #/method_overrides: an object is expected: of `METHOD /path`, `resource.method`."
        )
    others = [name for name in settings if name not in _SETTINGS]
    if others or settings.get("post_hooks") != []:
        raise PipelineError(
            f"{file.name}: #/{(others or ['post_hooks'])[0]}: a setting that the pipeline is not made for; "
            "remove it. (post_hooks must be an empty list: what is kept is formatted here.)"
        )
    try:
        content = ConfigFile.model_validate(settings)
    except ValidationError as error:
        reason = " ".join(str(error).split())
        raise PipelineError(f"{file.name}: not settings of the generator: {reason}. Correct it.") from None
    classes: dict[str, str] = {}
    for key, override in (content.class_overrides or {}).items():
        if override.class_name is None or override.module_name is not None:
            raise PipelineError(
                f"{file.name}: #/class_overrides/{key}: a class_name is expected, and nothing else: "
                "the module follows from it."
            )
        classes[key] = override.class_name.get_untrusted_value()
    content.class_overrides = None
    config = Config.from_sources(content, MetaType.NONE, file, "utf-8", overwrite=False, output_path=None)
    return config, Exceptions(classes, methods)
