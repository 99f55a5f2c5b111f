"""The vendored fragments: `fragments/<page>/<operation>.json`, in the order that `order.txt` keeps."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.text import strict_json
from pipeline.text.files import Tree
from pipeline.vendor.pages import Fragment, slug, split

ORDER = "order.txt"
"""Beside the fragments of a page: their names in the order of the page, one a line."""

_AGAIN = "Vendor the page again."


def page_name(page: Path) -> str:
    """The folder of a page: its file name without the ending, in lower case."""
    return slug(page.stem.lower(), otherwise="page")


def fragment_files(fragments: Iterable[Fragment]) -> dict[str, str]:
    """Lay out the fragments of one page as files.

    Two operation ids may make one file name; the later gets a number.
    """
    files: dict[str, str] = {}
    taken: set[str] = set()
    for fragment in fragments:
        name = base = slug(fragment.operation_id, otherwise="operation")
        number = 2
        while name.lower() in taken:
            name, number = f"{base}-{number}", number + 1
        taken.add(name.lower())
        files[f"{name}.json"] = strict_json.write(fragment.document)
    files[ORDER] = "".join(f"{name}\n" for name in files)
    return files


def load(page: str, files: Tree) -> list[Fragment]:
    """Read the vendored fragments of a page."""
    names = [name for name in files if name.endswith(".json")]
    order = files.get(ORDER, "").split("\n")
    for name in order:
        if name and name not in files:
            raise PipelineError(f"{page}/{name}: listed in {page}/{ORDER}, but not there. {_AGAIN}")
    rank = {name: position for position, name in enumerate(order)}
    found: list[Fragment] = []
    for name in sorted(names, key=lambda name: (rank.get(name, len(rank)), name)):
        where = f"{page}/{name}"
        parts = split(strict_json.read(files[name], where=where), where=where)
        if len(parts) > 1:
            raise PipelineError(f"{where}: {len(parts)} operations in one fragment. {_AGAIN}")
        found.extend(parts)
    return found


def read_pages(folder: Path) -> dict[str, dict[str, str]]:
    """Read the folder of fragments: per page, its files."""
    pages: dict[str, dict[str, str]] = {}
    for file in sorted(folder.glob("*/*")):
        if file.is_file() and (file.suffix == ".json" or file.name == ORDER):
            text = strict_json.read_file(file, remedy=_AGAIN)
            pages.setdefault(file.parent.name, {})[file.name] = text
    return pages
