"""An invented package to build, break and look into; nothing here needs a network."""

import io
import shutil
import sys
import zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from attrs import frozen

REPOSITORY = Path(__file__).resolve().parents[2]

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "invented-client"
version = "1.2.3"
description = "An invented package."
readme = "README.md"
requires-python = ">=3.11"
license = "Apache-2.0"
license-files = ["LICENSE"]
classifiers = ["Programming Language :: Python :: 3.11", "Programming Language :: Python :: 3.12"]
dependencies = ["attrs>=24.1", "httpx>=0.27,<1; python_version >= '3.11'"]

[project.optional-dependencies]
extra = ["Rich[jupyter]>=13; python_version >= '3.11'"]

[project.scripts]
invented = "invented.__main__:main"

[project.entry-points.pytest11]
invented = "invented"

[tool.hatch.build.targets.wheel]
packages = ["invented", "source/invented_core"]

[tool.hatch.build.targets.wheel.force-include]
"data/spec.json" = "invented/spec.json"

[tool.hatch.build.targets.sdist]
include = ["/invented", "/source", "/data", "/README.md", "/LICENSE", "/CHANGELOG.md"]
"""

FILES = {
    "pyproject.toml": PYPROJECT,
    "README.md": "# Invented\n",
    "LICENSE": "None of it is real.\n",
    "CHANGELOG.md": "# Changelog\n\n## 1.2.3\n\n- Invented.\n",
    "invented/__init__.py": '"""Invented."""\n',
    "invented/__main__.py": "def main() -> None: ...\n",
    "invented/py.typed": "",
    "source/invented_core/__init__.py": "",
    "source/invented_core/py.typed": "",
    "data/spec.json": "{}\n",
}


@pytest.fixture(scope="session", autouse=True)
def _wheelcheck_is_importable():
    """It is a program of the repository, in no package that is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(REPOSITORY / "release"))
        yield


@pytest.fixture(scope="session")
def furnished(tmp_path_factory):
    """The invented repository and what it gives; to copy only."""
    from wheelcheck.build import build
    from wheelcheck.project import Project

    root = tmp_path_factory.mktemp("invented") / "tree"
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    build(Project.read(root), root / "dist")
    return root


@frozen
class Tree:
    """A repository to break."""

    root: Path

    def project(self):
        from wheelcheck.project import Project

        return Project.read(self.root)

    @property
    def wheel(self) -> Path:
        return next((self.root / "dist").glob("*.whl"))

    @property
    def sdist(self) -> Path:
        return next((self.root / "dist").glob("*.tar.gz"))

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text()
        assert old in text
        (self.root / path).write_text(text.replace(old, new))

    def repack(self, change, *, record: bool = True) -> None:
        """Change the files of the wheel, and unless told otherwise its RECORD with them."""
        with zipfile.ZipFile(self.wheel) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        change(files)
        own = next((name for name in files if name.endswith("/RECORD")), None)
        if record and own:
            rows = [
                f"{name},sha256={digest(content)},{len(content)}"
                for name, content in files.items()
                if name != own
            ]
            files[own] = "\n".join([*rows, f"{own},,", ""]).encode()
        with zipfile.ZipFile(self.wheel, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)


def digest(content: bytes) -> str:
    return urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture
def tree(furnished, tmp_path):
    """A copy of it, built."""
    shutil.copytree(furnished, tmp_path / "tree")
    return Tree(tmp_path / "tree")


@pytest.fixture
def program(tmp_path):
    """Make a program that says and returns what it is told."""

    def make(path: str, says: str, code: int = 0, *, to: str = "stdout") -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        source = io.StringIO()
        print(f"#!{sys.executable} -I", file=source)
        print(f"import sys; sys.{to}.write({says!r}); sys.exit({code})", file=source)
        file.write_text(source.getvalue())
        file.chmod(0o755)
        return file

    return make
