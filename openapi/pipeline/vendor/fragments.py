"""The vendored fragments: `fragments/<page>/<operation>.json`, in the order that `order.txt` keeps."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.text import strict_json
from pipeline.vendor.pages import Fragment, slug, split

ORDER = "order.txt"
"""Beside the fragments of a page: their names in the order of the page, one a line."""

_AGAIN = "Vendor the page again."


def fragment_files(fragments: Iterable[Fragment]) -> dict[str, str]:
    """Lay out the fragments of one page as files, numbered where ids make one file name."""
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


def read_fragments(folder: Path) -> list[Fragment]:
    """Read the vendored fragments of a page, in its order; those without a place in it come last."""
    page = folder.name
    files = sorted(folder.glob("*.json"))
    order = folder / ORDER
    names = strict_json.read_file(order, remedy=_AGAIN).split() if order.exists() else []
    for name in names:
        if not (folder / name).exists():
            raise PipelineError(f"{page}/{name}: listed in {page}/{ORDER}, but not there. {_AGAIN}")
    rank = {name: position for position, name in enumerate(names)}
    found: list[Fragment] = []
    for file in sorted(files, key=lambda file: rank.get(file.name, len(rank))):
        where = f"{page}/{file.name}"
        parts = split(strict_json.read(strict_json.read_file(file, remedy=_AGAIN), where=where), where=where)
        if len(parts) > 1:
            raise PipelineError(f"{where}: {len(parts)} operations in one fragment. {_AGAIN}")
        found.extend(parts)
    return found
