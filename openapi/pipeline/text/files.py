"""Folders and files of text: compared whole, replaced whole."""

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import define

from pipeline.errors import PipelineError

IGNORED = "__pycache__"

Tree = Mapping[str, str]
"""Relative POSIX paths and what stands in each file."""


def read_tree(folder: Path) -> dict[str, str]:
    """Read every file below a folder; a folder that is not there is empty."""
    return {
        file.relative_to(folder).as_posix(): read_bytes(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and IGNORED not in file.parts
    }


def read_bytes(file: Path) -> str:
    """Read a file so that no byte is lost, whatever it holds: line endings stay, too."""
    return file.read_bytes().decode("utf-8", "surrogateescape")


def read(place: Path) -> str | Tree:
    """Read a file, or a folder; what is not there is an empty folder."""
    return read_bytes(place) if place.is_file() else read_tree(place)


def differences(expected: Mapping[str, str | Tree], actual: Mapping[str, str | Tree]) -> list[str]:
    """Compare files and folders both ways."""
    wanted, there = _flat(expected), _flat(actual)
    lines: list[str] = []
    for path in sorted({*wanted, *there}):
        if path not in there:
            lines.append(f"missing: {path}")
        elif path not in wanted:
            lines.append(f"stale: {path}")
        elif wanted[path] != there[path]:
            lines.append(f"different: {path}")
    return lines


def _flat(contents: Mapping[str, str | Tree]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for path, content in contents.items():
        inner = {"": content} if isinstance(content, str) else content
        flat |= {f"{path}/{name}".rstrip("/"): text for name, text in inner.items()}
    return flat


def replace_atomically(contents: Mapping[Path, str | Tree]) -> None:
    """Replace files and folders whole, all or none, so that no stale file stays.

    Everything is written beside its place first; only then are old and new exchanged, by renaming. When a
    step fails, those before it are taken back.
    """
    exchanges: list[_Exchange] = []
    made: list[Path] = []
    try:
        for place, content in contents.items():
            made.extend(_make_folder(place.parent))
            workshop = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
            exchanges.append(_Exchange(place, workshop))
            exchanges[-1].write(content)
        for exchange in exchanges:
            exchange.run()
    except BaseException as error:
        stuck = [line for exchange in reversed(exchanges) for line in exchange.undo()]
        if stuck:
            raise PipelineError("\n  ".join([f"files could not be put back: {error}", *stuck])) from error
        _sweep(exchanges)
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    _sweep(exchanges)


@define
class _Exchange:
    """One place and the folder beside it where its new content waits and its old one is kept."""

    place: Path
    workshop: Path
    begun: bool = False

    @property
    def new(self) -> Path:
        return self.workshop / "new"

    @property
    def old(self) -> Path:
        return self.workshop / "old"

    def write(self, content: str | Tree) -> None:
        if isinstance(content, str):
            self.new.write_bytes(content.encode("utf-8", "surrogateescape"))
            return
        self.new.mkdir()
        for path, text in content.items():
            file = self.new / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8", "surrogateescape"))

    def run(self) -> None:
        self.begun = True
        if self.place.exists():
            self.place.rename(self.old)
        self.new.rename(self.place)

    def undo(self) -> list[str]:
        if not self.begun:
            return []
        try:
            if self.place.exists() and not self.new.exists():
                self.place.rename(self.new)
            if self.old.exists():
                self.old.rename(self.place)
        except OSError as error:
            return [f"{self.place.name}: {error.strerror}; what it was is in {self.old}. Move it back."]
        return []


def _make_folder(folder: Path) -> list[Path]:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _sweep(exchanges: list[_Exchange]) -> None:
    for exchange in exchanges:
        shutil.rmtree(exchange.workshop, ignore_errors=True)
