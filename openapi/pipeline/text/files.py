"""Folders and files of text: compared whole, replaced whole."""

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

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
    return [
        f"{'missing' if path not in there else 'stale' if path not in wanted else 'different'}: {path}"
        for path in sorted({*wanted, *there})
        if wanted.get(path) != there.get(path)
    ]


def _flat(contents: Mapping[str, str | Tree]) -> dict[str, str]:
    return {
        f"{path}/{name}".rstrip("/"): text
        for path, content in contents.items()
        for name, text in ({"": content} if isinstance(content, str) else content).items()
    }


def replace_atomically(contents: Mapping[Path, str | Tree]) -> None:
    """Replace files and folders whole, all or none, so that no stale file stays.

    Everything is written into a workshop beside its place first; only then are old and new exchanged, by
    renaming. When a step fails, those before it are taken back. What does not change keeps its time stamps.
    """
    workshops: dict[Path, Path] = {}
    with contextlib.ExitStack() as cleanup:
        for place, content in contents.items():
            if place.exists() and read(place) == content:
                continue
            for folder in [each for each in place.parents if not each.exists()][::-1]:
                folder.mkdir()
                cleanup.callback(_remove_if_empty, folder)
            workshops[place] = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
            cleanup.callback(shutil.rmtree, workshops[place], ignore_errors=True)
            _write(workshops[place] / "new", content)
        begun: list[Path] = []
        try:
            for place, workshop in workshops.items():
                begun.append(place)
                if place.exists():
                    place.rename(workshop / "old")
                (workshop / "new").rename(place)
        except BaseException as error:
            stuck = [line for place in reversed(begun) for line in _put_back(place, workshops[place])]
            if stuck:
                # What could not be put back is in the workshops.
                cleanup.pop_all()
                raise PipelineError("\n  ".join([f"files could not be put back: {error}", *stuck])) from error
            raise


def _write(place: Path, content: str | Tree) -> None:
    """Write a file, or a folder of files."""
    if not isinstance(content, str):
        place.mkdir()
    for path, text in {"": content}.items() if isinstance(content, str) else content.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape"))


def _put_back(place: Path, workshop: Path) -> list[str]:
    """Take an exchange back, however far it came; what is to be said if that fails."""
    try:
        if place.exists() and not (workshop / "new").exists():
            place.rename(workshop / "new")
        if (workshop / "old").exists():
            (workshop / "old").rename(place)
    except OSError as error:
        return [f"{place.name}: {error.strerror}; what it was is in {workshop / 'old'}. Move it back."]
    return []


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
