"""`make refresh`: fetch the pages, vendor them, generate, and tell what changed for users.

All or nothing: only when everything is right, the tree is exchanged.
"""

import tempfile
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pipeline.commands import PAGES, SPEC, Project, fragment_folders
from pipeline.document.operations import title_of
from pipeline.errors import collected, refuse, refuse_all
from pipeline.generate.package import PACKAGE
from pipeline.refresh.api_diff import python_changes
from pipeline.refresh.api_members import read_api
from pipeline.refresh.changes import Change, bump_of, next_version
from pipeline.refresh.fetch import LIMITS, Limits, fetch
from pipeline.refresh.report import Note, Report
from pipeline.refresh.wire_diff import directions, wire_changes
from pipeline.text import strict_json
from pipeline.text.files import Tree, read, replace_atomically
from pipeline.vendor.page_list import read_sources
from pipeline.vendor.pages import Fragment, read_page

Pages = Mapping[str, Sequence[Fragment]]


def refresh(
    root: Path, *, markdown: Path | None = None, accept_vanished: bool = False, limits: Limits = LIMITS
) -> None:
    """Take over the pages as they are published now, and report what changed."""
    fetched: dict[str, list[Fragment]] = {}
    problems: list[str] = []
    for source in read_sources(root / PAGES):
        with collected(problems):
            fetched[source.name] = read_page(fetch(source, limits), name=f"{source.name}.md")
    refuse_all(problems)
    before = Project.read(root)
    after = before.with_pages(fetched)
    if not accept_vanished:
        _check_losses(before.pages, after.pages)
    built = after.build()
    report = _report(root, built, _notes(before.pages, after.pages, fetched))
    replace_atomically(
        fragment_folders(root, fetched)
        | {root / path: content for path, content in built.items()}
        | ({markdown: report.markdown()} if markdown else {})
    )
    print(report.text(), end="")


def _operations(pages: Pages) -> dict[tuple[str, str], Fragment]:
    return {(found.path, found.method): found for fragments in pages.values() for found in fragments}


def _check_losses(before: Pages, after: Pages) -> None:
    """Refuse a page that lost more operations than a reference does between two looks at it."""
    there = _operations(after)
    problems: list[str] = []
    for name, had in before.items():
        lost = [found for found in had if (found.path, found.method) not in there]
        if len(lost) > 1 and len(lost) * 3 > len(had):
            problems.append(f"{name}: {len(lost)} of its {len(had)} operations are not there any more.")
    refuse(
        "pages lost so much that they may not be whole; if they are, say so (make refresh VANISHED=accept):",
        problems,
    )


def _report(root: Path, built: Mapping[str, str | Tree], notes: Sequence[Note]) -> Report:
    changes: list[Change] = []
    if (root / SPEC).exists():
        old = strict_json.read(strict_json.read_file(root / SPEC, remedy="Restore it from git."), where=SPEC)
        new = strict_json.read(str(built[SPEC]), where=SPEC)
        with tempfile.TemporaryDirectory() as place:
            replace_atomically({Path(place) / PACKAGE: built[PACKAGE]})
            python = python_changes(read_api(root), read_api(Path(place)), directions(old, new))
        wire = wire_changes(old, new, {change.subject for change in python})
        # A renamed operation is reported with both of its names.
        operations = {name for change in wire for name in (change.subject, *change.values)}
        # Of an operation that came or went the wire diff reports more.
        changes = [
            *wire,
            *(each for each in python if each.subject not in operations or each.text not in _WHOLE),
        ]
    bump = bump_of(changes, package_differs=read(root / PACKAGE) != built[PACKAGE])
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Report(
        changes=sorted(dict.fromkeys(changes), key=lambda change: change.subject),
        notes=notes,
        bump=bump,
        version=project["version"],
        suggestion=next_version(project["version"], bump),
    )


_WHOLE = frozenset({"new method", "removed"})


def _notes(before: Pages, after: Pages, fetched: Collection[str]) -> list[Note]:
    notes: list[Note] = []
    for name in after:
        if name in fetched:
            had, has = (set(_operations({name: pages.get(name, ())})) for pages in (before, after))
            text = f"{{}}: {len(has)} operations ({len(has - had)} came, {len(had - has)} went)"
        else:
            text = (
                "the page {} is not listed in openapi/pages.txt: it stays as it was, until its folder is "
                "removed from openapi/fragments"
            )
        notes.append((text, (name,)))
    old = _operations(before)
    for at, fragment in _operations(after).items():
        if at in old and old[at].operation_id != fragment.operation_id:
            values = (title_of(*at), old[at].operation_id, fragment.operation_id)
            notes.append(("{} was published as {}, and is as {} now", values))
    return notes
