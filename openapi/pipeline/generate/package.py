"""From the one spec to the package: openapi-python-client, our templates, ruff; in a folder of its own."""

import contextlib
import io
import re
import subprocess
import tempfile
from pathlib import Path

from attrs import frozen
from openapi_python_client import Project
from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.strings import PythonIdentifier
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ships no types

from pipeline.document.closure import reachable
from pipeline.document.operations import operations
from pipeline.document.pointers import location
from pipeline.errors import PipelineError, collected, refuse_all
from pipeline.generate.completeness import check_nothing_lost, properties_in, refuse_warnings
from pipeline.generate.config import generator_config
from pipeline.generate.context.deprecation import deprecated_classes
from pipeline.generate.context.discriminators import discriminators_in
from pipeline.generate.context.models import (
    ModelContext,
    classes_in,
    complete,
    model_context,
    model_uses,
    name_attributes,
)
from pipeline.generate.context.operations import OperationContext, operation_context
from pipeline.generate.docstrings import prose
from pipeline.generate.readable import readable
from pipeline.naming.classes import module_name, resource_class
from pipeline.spec.builder import Spec
from pipeline.spec.environments import environments
from pipeline.text import strict_json
from pipeline.text.files import read_tree, replace_atomically

PACKAGE = "flow_retail_client"

RUFF = (
    "--line-length=110",
    "--target-version=py311",
    f"--config=lint.isort.known-first-party=['{PACKAGE}', 'flow_retail_core']",
)


@frozen
class Generator:
    """The generator's parsed view of the spec, with what the templates ask of it."""

    spec: Spec
    templates: Path

    def package(self, *, formatted: bool = True) -> dict[str, str]:
        """Generate the package."""
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "openapi.json"
            source.write_text(strict_json.write(readable(self.spec.document)), encoding="utf-8")
            config = generator_config(PACKAGE, source, Path(folder) / "package")
            try:
                project = self._project(config)
                with contextlib.redirect_stdout(io.StringIO()):
                    refuse_warnings(project.build(), self.spec)
            except PipelineError:
                raise
            # The generator lets errors of any kind through for input that it did not expect.
            except Exception as error:
                raise PipelineError(
                    f"openapi.json: the generator failed on it: {type(error).__name__}: {error}. "
                    "Correct the spec in openapi/overlay.yaml."
                ) from error
            # Laid out first: in an `__init__.py` the formatter would keep imports that nothing uses.
            package = Path(folder) / "laid-out"
            replace_atomically({package: _kept(read_tree(project.package_dir))})
            if formatted:
                _format(package)
            return _compiled(read_tree(package))

    def _project(self, config: Config) -> Project:
        parsed = GeneratorData.from_dict(readable(self.spec.document), config=config)
        if isinstance(parsed, GeneratorError):
            raise PipelineError(
                f"openapi.json: the generator can't read it: {parsed.header}: {parsed.detail}. "
                "Correct the spec in openapi/overlay.yaml."
            )
        collections = parsed.endpoint_collections_by_tag.values()
        refuse_warnings(
            [*parsed.errors, *(problem for found in collections for problem in found.parse_errors)], self.spec
        )
        check_nothing_lost(parsed, self.spec, self._locations())
        project = Project(openapi=parsed, config=config, custom_template_path=self.templates)
        self._equip(project, parsed)
        return project

    def _locations(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Where each operation is, by path and method, per resource and name as the generator has them."""
        locations: dict[tuple[str, str], tuple[str, str]] = {}
        for path, method, found in operations(self.spec.document):
            tag = PythonIdentifier(found["tags"][0], "tag")
            name = PythonIdentifier(found["operationId"], "field_")
            locations[str(tag), str(name)] = (path, method)
        return locations

    def _class_of(self, resource: str) -> str:
        """The class of a resource; a model that was published under its name keeps it."""
        name = resource_class(resource)
        return f"{name}Class" if name in self.spec.classes.values() else name

    def _equip(self, project: Project, parsed: GeneratorData) -> None:
        """Give the templates what they ask for."""
        document = self.spec.document
        models = list(parsed.models)
        seen: set[int] = set()
        for collection in parsed.endpoint_collections_by_tag.values():
            for endpoint in collection.endpoints:
                held = [body.prop for body in endpoint.bodies]
                for property_ in [*held, *(answer.prop for answer in endpoint.responses.patterns)]:
                    complete(property_, {str(model.class_info.name): model for model in models}, seen)
        name_attributes(models)
        discriminators = discriminators_in(document)
        uses = {str(model.class_info.name): model_uses(model) for model in models}
        properties = {
            schema["title"]: properties_in(document, schema)
            for schema in document["components"].get("schemas", {}).values()
            if "title" in schema
        }
        siblings = {(path, method): found["operationId"] for path, method, found in operations(document)}
        locations = self._locations()

        sent = {
            reached
            for collection in parsed.endpoint_collections_by_tag.values()
            for endpoint in collection.endpoints
            for body in endpoint.bodies
            for name in classes_in(body.prop)
            for reached in reachable([name], lambda used: uses.get(used, ()))
        }

        def context_of(model: ModelProperty) -> ModelContext:
            name = str(model.class_info.name)
            circles = {
                other for other in uses[name] if name in reachable([other], lambda used: uses.get(used, ()))
            }
            return model_context(
                model, properties.get(name, {}), circles, document, discriminators, sent=name in sent
            )

        problems: list[str] = []
        views: dict[str, list[OperationContext]] = {}
        order = {name: number for number, name in enumerate(siblings.values())}
        for tag, collection in parsed.endpoint_collections_by_tag.items():
            views[str(tag)] = []
            for endpoint in collection.endpoints:
                at = locations[str(tag), str(endpoint.name)]
                own: list[str] = []
                with collected(own):
                    views[str(tag)].append(
                        operation_context(endpoint, at, document, siblings, discriminators)
                    )
                problems.extend(
                    f"{location(('paths', *at), self.spec.origins)}: {problem}" for problem in own
                )
            views[str(tag)].sort(key=lambda view: order[view.name])
            with collected(problems):
                _check_methods(views[str(tag)])
        for model in models:
            with collected(problems):
                context_of(model)
        refuse_all(problems)

        texts = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
        deprecated = deprecated_classes(document)
        project.env.filters.update(
            any_deprecated=lambda names: any(name in deprecated for name in names),
            literal=repr,
            prose=prose,
            quoted=lambda name: f"`{name}`",
            attribute_of=lambda attribute: f"self.{attribute}",
            in_full=lambda annotation: re.sub(r"\blist\[", "builtins.list[", annotation),
            used_models=lambda views: sorted({name for view in views for name in view.models}),
        )
        project.env.globals.update(
            context_of=context_of,
            contexts_of=lambda collection: views[str(collection.tag)],
            module_name=module_name,
            class_of=self._class_of,
            deprecated_classes=deprecated,
            resource_text=lambda resource: _resource_text(resource, views[resource], str(texts[resource])),
            resources=lambda: [tag["name"] for tag in document["tags"]],
            environments=environments(document),
            needs_tenant=lambda: all("{tenantUid}" in path for path in document["paths"]),
        )


def _resource_text(resource: str, views: list[OperationContext], described: str) -> str:
    methods = ", ".join(f"`{view.method}`" for view in views)
    text = f"The operations of `flow.{resource}`: {methods}."
    # Of most tags the reference says no more than the name of the entity.
    return f"{text}\n\n{described}" if len(described.split()) > 1 else text


def _check_methods(views: list[OperationContext]) -> None:
    streams = {f"{view.method}_stream": view.name for view in views if view.batch}
    for view in views:
        if view.method in streams:
            raise PipelineError(
                f"{view.name}: {streams[view.method]} has a method of that name, too. "
                "Give one of them another name in generator-config.yaml: method_overrides."
            )


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


def _kept(output: dict[str, str]) -> dict[str, str]:
    """Lay out the package: of what the generator always writes, only what serves."""
    kept: dict[str, str] = {"py.typed": ""}
    for path, text in output.items():
        parts = path.split("/")
        if path in {"__init__.py", "client.py"} or parts[0] == "models":
            kept[path] = text
        elif path == "api/__init__.py":
            kept["resources/__init__.py"] = text
        elif parts[0] == "api" and len(parts) == 3 and parts[2] == "__init__.py":
            kept[f"resources/{parts[1]}.py"] = text
    return dict(sorted(kept.items()))
