"""A house with nothing in it, to vendor invented pages into; everything through the commands."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openapi_python_client
import pytest
from attrs import frozen
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

# Helper modules stand beside the tests that use them, and importlib mode puts no folder of tests on the path.
sys.path.append(str(Path(__file__).parent))

import documents
import hostile
import invented
import invented_products

from pipeline.__main__ import main


class _Compiled(BytecodeCache):
    """Compiled templates, kept over the generations of a test run: compiling is half of what one costs."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self.kept.get(bucket.key + bucket.checksum)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _templates_are_compiled_once():
    """Same templates, same output, in half the time."""
    with pytest.MonkeyPatch.context() as patch:
        compiled = _Compiled()
        patch.setattr(
            openapi_python_client,
            "Environment",
            lambda **settings: Environment(bytecode_cache=compiled, **settings),  # noqa: S701  # no HTML
        )
        yield


REPOSITORY = Path(__file__).resolve().parents[2]


@frozen
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


@frozen
class House:
    """A repository in a folder of its own."""

    root: Path

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        return file

    def run(self, *arguments: str | Path) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["--root", str(self.root), *map(str, arguments)])
        return Outcome(code, out.getvalue(), err.getvalue())

    def vendor(self, name: str, text: str | bytes) -> Outcome:
        return self.run("vendor", self.write(f"../{self.root.name}-pages/{name}.md", text))

    def snapshot(self) -> dict[str, bytes | None]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() if path.is_file() else None
            for path in sorted(self.root.rglob("*"))
        }

    def done(self, *arguments: str | Path) -> Outcome:
        outcome = self.run(*arguments)
        assert outcome.code == 0, outcome.err
        assert not outcome.err
        return outcome

    def refused(self, *arguments: str | Path) -> str:
        """Run a command that must refuse: one error, and not a byte changed."""
        before = self.snapshot()
        outcome = self.run(*arguments)
        assert outcome.code == 1, outcome.out
        assert outcome.err.startswith("error: ")
        assert outcome.err.count("error: ") == 1, outcome.err
        assert "Traceback" not in outcome.err
        assert not outcome.out
        assert self.snapshot() == before
        return outcome.err

    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = json.loads((self.root / "openapi/openapi.json").read_bytes())
        return spec

    def names(self) -> dict[str, str]:
        names: dict[str, str] = json.loads((self.root / "openapi/names.json").read_bytes())["classes"]
        return names

    def text(self, path: str) -> str:
        return (self.root / "flow_retail_client" / path).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def api() -> SimpleNamespace:
    """The invented pages and what makes such."""
    return SimpleNamespace(**{**vars(documents), **vars(invented_products), **vars(invented)})


def _furnish(root: Path) -> House:
    house = House(root)
    shutil.copytree(REPOSITORY / "openapi/templates", root / "openapi/templates")
    house.write("openapi/overlay.yaml", "overlay: 1.0.0\nactions: []\n")
    house.write("generator-config.yaml", "{}\n")
    house.write("pyproject.toml", '[project]\nversion = "0.1.0"\n')
    return house


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A repository without pages."""
    return _furnish(tmp_path / "house")


@pytest.fixture(scope="session")
def new_house(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], House]:
    """Make repositories that several tests look at."""
    return lambda name: _furnish(tmp_path_factory.mktemp(name) / "house")


@pytest.fixture(scope="session")
def fourth(new_house: Callable[[str], House]) -> House:
    """Everything generated from the invented pages; to look at only."""
    house = new_house("fourth")
    for name, page in invented.PAGES.items():
        outcome = house.vendor(name, documents.markdown(*page))
        assert outcome.code == 0, outcome.err
    house.done("generate")
    return house


@pytest.fixture(scope="session")
def trial(new_house: Callable[[str], House]) -> hostile.Trial:
    """A house to try hostile pages in."""
    house = new_house("untrusted")
    for name, page in invented.PAGES.items():
        house.vendor(name, documents.markdown(*page))
    house.done("generate")
    for name in invented.PAGES:
        shutil.rmtree(house.root / "openapi/fragments" / name)
    return hostile.Trial(house)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A copy of this repository's own input, generated; to look at only."""
    root = tmp_path_factory.mktemp("real") / "house"
    shutil.copytree(
        REPOSITORY / "openapi", root / "openapi", ignore=shutil.ignore_patterns("pipeline", "__pycache__")
    )
    for name in ("generator-config.yaml", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, root)
    house = House(root)
    house.done("generate")
    return house


@pytest.fixture
def made(house: House, api: SimpleNamespace) -> Callable[..., House]:
    """Vendor and generate a page of one operation that takes and returns a schema."""

    def make(
        schema: Any,
        *,
        media: str = "application/json",
        operation: Any = (),
        path: str = "/things",
        method: str = "post",
        **schemas: Any,
    ) -> House:
        body = {} if method == "get" else {"requestBody": api.content(schema, media)}
        given = {"responses": {"200": api.answer(schema, media)}, **body, **dict(operation)}
        document = api.document(
            path,
            method,
            api.operation("x", tags=["Thing"], **given),
            schemas=schemas,
            parameters=api.PAGE_PARAMETERS,
        )
        house.done("vendor", house.write("../page.md", api.markdown(document)))
        house.done("generate")
        return house

    return make


@pytest.fixture
def check_types(tmp_path: Path) -> Callable[[House], None]:
    """Hold the package of a house to mypy's strict mode."""

    def check(house: House) -> None:
        command = ["mypy", "--strict", "--explicit-package-bases", "-p", "flow_retail_client"]
        done = subprocess.run(
            [sys.executable, "-m", *command, "--cache-dir", str(tmp_path), "--config-file", os.devnull],
            cwd=house.root,
            env={**os.environ, "MYPYPATH": os.pathsep.join([str(REPOSITORY / "custom"), str(house.root)])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    return check
