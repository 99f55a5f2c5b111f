"""From the one spec to the package: openapi-python-client, our templates, ruff; in a folder of its own."""

import contextlib
import copy
import io
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import frozen
from jinja2 import Environment
from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError, ParseError
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ships no types

from pipeline.document.operations import operations, title_of
from pipeline.document.references import location
from pipeline.document.shapes import is_enum
from pipeline.document.traversal import walk
from pipeline.errors import PipelineError, collected, refuse, refuse_all
from pipeline.generate.context.models import Model, model_context, models_of, reached_from
from pipeline.generate.context.operations import OperationContext, operation_context
from pipeline.generate.context.texts import deprecated_classes, prose
from pipeline.naming.classes import module_name, resource_class
from pipeline.naming.words import member_names
from pipeline.spec.builder import Spec
from pipeline.spec.environments import environments
from pipeline.text.files import read_tree, replace_atomically

PACKAGE = "flow_retail_client"

RUFF = (
    "--line-length=110",
    "--target-version=py311",
    f"--config=lint.isort.known-first-party=['{PACKAGE}', 'flow_retail_core']",
)


_KEPT = frozenset({"__init__.py", "client.py"})
"""What serves of the files that the generator always writes, besides models."""


_LOSS = "the generator would lose a part of the spec; correct it in openapi/overlay.yaml:"


@frozen
class Generator:
    """Generates the package of a spec: classes by openapi-python-client, the rest from what contexts say."""

    spec: Spec
    templates: Path

    def package(self, *, formatted: bool = True) -> dict[str, str]:
        """Generate the package."""
        with tempfile.TemporaryDirectory() as folder:
            package = Path(folder) / "package"
            try:
                output = self._output(Path(folder) / "output")
            except PipelineError:
                raise
            # The generator lets errors of any kind through for input that it did not expect.
            except Exception as error:
                raise PipelineError(
                    f"openapi.json: the generator failed on it: {type(error).__name__}: {error}. "
                    "Correct the spec in openapi/overlay.yaml."
                ) from error
            replace_atomically({package: output})
            if formatted:
                _format(package)
            return _compiled(read_tree(package))

    def _output(self, folder: Path) -> dict[str, str]:
        """Let the generator write into a folder, and lay out what serves."""
        settings = ConfigFile(package_name_override=PACKAGE, docstrings_on_attributes=False, post_hooks=[])
        config = Config.from_sources(
            settings, MetaType.NONE, folder, "utf-8", overwrite=False, output_path=folder
        )
        parsed = GeneratorData.from_dict(_schemas_alone(self.spec.document), config=config)
        if isinstance(parsed, GeneratorError):
            raise PipelineError(
                f"openapi.json: the generator can't read it: {parsed.header}: {parsed.detail}. "
                "Correct the spec in openapi/overlay.yaml."
            )
        _refuse_warnings(parsed.errors, self.spec)
        _check_classes(parsed, self.spec)
        models = models_of(self.spec.document)
        resources = self._resources(models)
        project = Project(openapi=parsed, config=config, custom_template_path=self.templates)
        self._equip(project.env, models, resources)
        with contextlib.redirect_stdout(io.StringIO()):
            _refuse_warnings(project.build(), self.spec)
        written = read_tree(folder)
        kept = {"py.typed": "", "resources/__init__.py": written["api/__init__.py"]}
        kept |= {path: text for path, text in written.items() if path in _KEPT or path.startswith("models/")}
        template = project.env.get_template("resource.py.jinja")
        for resource, contexts in resources.items():
            kept[f"resources/{resource}.py"] = template.render(resource=resource, views=contexts)
        return kept

    def _resources(self, models: dict[str, Model]) -> dict[str, list[OperationContext]]:
        """The operations of each resource, in the order of the spec."""
        document = self.spec.document
        found: dict[str, list[OperationContext]] = {tag["name"]: [] for tag in document["tags"]}
        problems: list[str] = []
        for path, method, operation in operations(document):
            at = location(("paths", path, method), self.spec.origins)
            own: list[str] = []
            with collected(own):
                found[operation["tags"][0]].append(operation_context(document, path, method, models))
            problems += [
                f"{at}: {operation['operationId']} ({title_of(path, method)}): {problem}" for problem in own
            ]
        names = {each.name for contexts in found.values() for each in contexts}
        problems += [
            f"{each.name}_stream: {each.name} has a method of that name, too. "
            "Give one of them another name in generator-config.yaml: method_overrides."
            for contexts in found.values()
            for each in contexts
            if each.batch and f"{each.name}_stream" in names
        ]
        refuse_all(problems)
        if len(names) != self.spec.operations:
            raise PipelineError(
                f"openapi/fragments: {self.spec.operations} operations, but the generator made {len(names)}. "
                "An operation that is vendored can't be removed by the overlay: remove its fragment."
            )
        return found

    def _class_of(self, resource: str) -> str:
        """The class of a resource; a model that was published under its name keeps it."""
        name = resource_class(resource)
        return f"{name}Class" if name in self.spec.classes.values() else name

    def _equip(
        self, templates: Environment, models: dict[str, Model], resources: dict[str, list[OperationContext]]
    ) -> None:
        """Give the templates what they ask for."""
        document = self.spec.document
        bodies = [each.body for contexts in resources.values() for each in contexts if each.body]
        sent = reached_from((name for body in bodies for name in body.classes), models)
        fields = {
            name: model_context(model, models, document, sent=name in sent) for name, model in models.items()
        }
        deprecated = deprecated_classes(document)
        texts = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
        templates.filters.update(
            any_deprecated=lambda names: any(name in deprecated for name in names),
            literal=repr,
            prose=prose,
            quoted=lambda name: f"`{name}`",
            in_full=lambda annotation: re.sub(r"\blist\[", "builtins.list[", annotation),
            used_classes=lambda contexts: sorted({name for each in contexts for name in each.classes}),
        )
        templates.globals.update(
            context_of=lambda model: fields[model.class_info.name],
            module_name=module_name,
            class_of=self._class_of,
            deprecated_classes=deprecated,
            resource_text=lambda resource: _resource_text(resource, resources[resource], texts[resource]),
            resources=[*resources],
            environments=environments(document),
            needs_tenant=all("{tenantUid}" in path for path in document["paths"]),
        )


def _refuse_warnings(warnings: Iterable[Any], spec: Spec) -> None:
    """Refuse what the generator warned of: each warning means that something of the spec would be missing."""
    lines: list[str] = []
    for warning in warnings:
        text = " ".join(f"{warning.header}: {warning.detail or ''}".split()).rstrip(": ")
        line = f"{_where(text, spec)}{text}"
        if isinstance(warning, ParseError) and warning.data is not None:
            line += f"\n    at: {warning.data.model_dump_json(exclude_unset=True, by_alias=True)[:300]}"
        lines.append(line)
    refuse(_LOSS, lines)


def _check_classes(parsed: GeneratorData, spec: Spec) -> None:
    """Refuse classes that the generator would make of no component, and components that it would not see."""
    known = {name: key for key, name in spec.classes.items()}
    made = {str(found.class_info.name) for found in (*parsed.models, *parsed.enums)}
    problems = [
        f"openapi.json: the class {name} would be made of a schema that is no component."
        for name in sorted(made - known.keys())
    ]
    problems += [
        f"{_component(known[name], spec)}: no class would be made of it."
        for name in sorted(known.keys() - made)
    ]
    refuse(_LOSS, problems)


def _component(key: str, spec: Spec) -> str:
    return location(("components", "schemas", key), spec.origins)


def _where(text: str, spec: Spec) -> str:
    """The component that a warning is about, as far as its text tells."""
    names = {name: key for key, name in spec.classes.items()}
    for match in re.finditer(r"/components/schemas/([A-Za-z0-9._-]+)|\b(\w+)\b", text):
        key = match[1] or names.get(match[2])
        if key is not None and key in spec.document["components"].get("schemas", {}):
            return f"{_component(key, spec)}: "
    return ""


def _schemas_alone(document: dict[str, Any]) -> dict[str, Any]:
    """What the generator makes classes of: no defaults, which are the server's, but names of enum members."""
    components = {"schemas": copy.deepcopy(document["components"].get("schemas", {}))}
    for _, schema in walk(components):
        schema.pop("default", None)
        if is_enum(schema):
            schema["x-enum-varnames"] = member_names(schema["enum"])
    return {"openapi": document["openapi"], "info": document["info"], "paths": {}, "components": components}


def _resource_text(resource: str, contexts: list[OperationContext], described: str) -> str:
    methods = ", ".join(f"`{each.method}`" for each in contexts)
    text = f"The operations of `flow.{resource}`: {methods}."
    # Of most tags the reference says no more than the name of the entity.
    return f"{text}\n\n{described}" if len(described.split()) > 1 else text


def _format(package: Path) -> None:
    for command in (
        # An `__init__.py` gives out what it imports.
        (
            "check",
            "--fix-only",
            "--select=F401,I,UP,PIE790,COM819,RUF022",
            "--per-file-ignores=__init__.py:F401",
        ),
        ("format",),
    ):
        done = subprocess.run(  # noqa: S603  # our own arguments
            [find_ruff_bin(), *command, *RUFF, "--isolated", "--no-cache", str(package)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = done.stderr.strip().replace(f"{package}/", "").replace("error: ", "")
            raise PipelineError(f"openapi/templates: the generated code does not parse: {reason}")


def _compiled(package: dict[str, str]) -> dict[str, str]:
    for path, text in package.items():
        if path.endswith(".py"):
            try:
                compile(text, path, "exec", dont_inherit=True)
            except SyntaxError as error:
                raise PipelineError(
                    f"openapi/templates: the generated {path} is no Python: {error}"
                ) from error
    return package
