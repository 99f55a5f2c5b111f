"""Generates the peers that are generated, each by its own generator in an environment of its own."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import ROOT
from benchmarks.environment import BUILD, Environment, run

SPEC = ROOT / "openapi" / "openapi.json"
GENERATED = BUILD / "generated"
_PLAIN_SPEC = BUILD / "spec-without-patterns.json"


class NotRun(Exception):  # noqa: N818  # not an error of ours: the report tells it
    """A peer can't be generated on this machine; the message says why."""


@dataclass(frozen=True)
class Generator:
    """One generator.

    Attributes:
        peers: The peers that it makes.
        environment: Where it runs.
        generate: Writes packages into `GENERATED`.
    """

    peers: tuple[str, ...]
    environment: Environment
    generate: Callable[[Environment], None]


def _stock(environment: Environment) -> None:
    config = BUILD / "stock.yaml"
    # The hooks format code; what runs is the same.
    config.write_text("post_hooks: []\n")
    command = [str(environment.scripts / "openapi-python-client"), "generate", "--path", str(SPEC)]
    folder = GENERATED / "peer_stock"
    run([*command, "--meta", "none", "--output-path", str(folder), "--overwrite", "--config", str(config)])


def _openapi_generator(environment: Environment) -> None:
    if shutil.which("java") is None:
        raise NotRun("there is no Java on this machine, which OpenAPI Generator needs")
    output = BUILD / "openapi-generator"
    package = "peer_openapi_generator"
    command = [
        str(environment.scripts / "openapi-generator-cli"),
        "generate",
        "-g",
        "python",
        "-i",
        str(SPEC),
    ]
    run([*command, "-o", str(output), "--package-name", package, "--library", "httpx"])
    shutil.copytree(output / package, GENERATED / package)


def _pyopenapi_gen(environment: Environment) -> None:
    command = [str(environment.scripts / "pyopenapi-gen"), str(SPEC), "--project-root", str(GENERATED)]
    run([*command, "--output-package", "peer_pyopenapi_gen", "--force", "--no-postprocess"])


def _models(environment: Environment) -> None:
    """Models for msgspec and pydantic: dates parsed and, as in ours, no patterns checked in answers."""
    _PLAIN_SPEC.write_text(json.dumps(_without_patterns(json.loads(SPEC.read_text()))))
    for kind, name in (("msgspec.Struct", "peer_msgspec"), ("pydantic_v2.BaseModel", "peer_pydantic")):
        command = [str(environment.scripts / "datamodel-codegen"), "--input", str(_PLAIN_SPEC)]
        command += ["--input-file-type", "openapi", "--output-model-type", kind]
        command += ["--output", str(GENERATED / f"{name}.py"), "--target-python-version", "3.11"]
        command += ["--snake-case-field", "--strict-nullable", "--collapse-root-models"]
        run([*command, "--output-datetime-class", "datetime", "--formatters", "builtin"])


def _without_patterns(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_patterns(member)
            for key, member in value.items()
            if not (key == "pattern" and isinstance(member, str))
        }
    return [_without_patterns(member) for member in value] if isinstance(value, list) else value


GENERATORS = (
    # Typer is the one package on which two generators don't agree.
    Generator(("stock",), Environment("stock", ("openapi-python-client", "typer==0.27.3")), _stock),
    Generator(
        ("openapi_generator",),
        Environment("openapi-generator", ("openapi-generator-cli",)),
        _openapi_generator,
    ),
    Generator(
        ("pyopenapi_gen",),
        # It asks for Python 3.12 and runs on 3.11, and so does what it emits.
        Environment("pyopenapi-gen", ("pyopenapi-gen", "typer==0.29.2"), ("--ignore-requires-python",)),
        _pyopenapi_gen,
    ),
    Generator(
        ("pydantic_models", "msgspec_structs"),
        Environment("datamodel-code-generator", ("datamodel-code-generator",)),
        _models,
    ),
)


def generate_peers() -> dict[str, str]:
    """Generate every peer anew.

    Returns:
        Why not, for those that could not be.
    """
    not_run: dict[str, str] = {}
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir(parents=True)
    for generator in GENERATORS:
        try:
            generator.environment.make()
            print(f"  generating {', '.join(generator.peers)}", flush=True)
            generator.generate(generator.environment)
        except NotRun as reason:
            not_run |= dict.fromkeys(generator.peers, str(reason))
        except subprocess.CalledProcessError as error:
            command = Path(error.cmd[0]).name
            not_run |= dict.fromkeys(generator.peers, f"{command} ended with status {error.returncode}")
    return not_run
