"""`make refresh`: fetch the pages, vendor them, generate, and tell what changed for users.

All or nothing: everything happens in a folder apart; only when all of it is right, the tree is exchanged.
"""

import tempfile
import tomllib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve
from markdown_it import MarkdownIt

from pipeline.commands import OVERLAY, SPEC, Project
from pipeline.errors import PipelineError, refuse
from pipeline.generate.package import PACKAGE
from pipeline.refresh.api_diff import python_changes
from pipeline.refresh.api_members import read_api
from pipeline.refresh.changes import Change, bump_of, next_version
from pipeline.refresh.fetch import LIMITS, Limits, fetch
from pipeline.refresh.report import Report
from pipeline.refresh.vanished import without_actions
from pipeline.refresh.wire_diff import directions, wire_changes
from pipeline.text import strict_json
from pipeline.text.files import Tree, read, read_bytes, replace_atomically
from pipeline.vendor.fragments import fragment_files
from pipeline.vendor.page_list import FILE, read_sources
from pipeline.vendor.pages import Fragment, read_page

Pages = Mapping[str, Sequence[Fragment]]


def refresh(
    root: Path, *, markdown: Path | None = None, accept_vanished: bool = False, limits: Limits = LIMITS
) -> Report:
    """Take over the pages as they are published now."""
    folder = root / "openapi"
    sources = read_sources(folder / FILE)
    fetched = _read({source.name: fetch(source, limits) for source in sources})
    before = Project.read(root)
    after = before.with_pages(fetched)
    gone = _vanished(before.pages, after.pages)
    if not accept_vanished:
        _check_losses(before.pages, fetched, gone)
    overlay, dropped = without_actions(read_bytes(folder / OVERLAY), gone)
    actions = [action for action in before.overlay["actions"] if action["target"] not in dropped]
    built = evolve(after, overlay={**before.overlay, "actions": actions}).build()
    notes = _notes(before.pages, after.pages, [source.name for source in sources], dropped)
    report = _report(root, built, notes)
    contents: dict[Path, str | Tree] = {
        **{folder / "fragments" / name: fragment_files(found) for name, found in fetched.items()},
        **({folder / OVERLAY: overlay} if dropped else {}),
        **{root / path: content for path, content in built.items()},
        **({markdown: report.markdown()} if markdown else {}),
    }
    replace_atomically({place: content for place, content in contents.items() if read(place) != content})
    return report


def _read(texts: Mapping[str, str]) -> dict[str, list[Fragment]]:
    pages: dict[str, list[Fragment]] = {}
    with tempfile.TemporaryDirectory() as place:
        for name, text in texts.items():
            file = Path(place) / f"{name}.md"
            file.write_text(text, encoding="utf-8", newline="")
            if _is_cut_short(text):
                raise PipelineError(
                    f"{file.name}: the page ends inside a block: it is cut short. Try again later."
                )
            pages[name] = read_page(file)
    return pages


def _is_cut_short(text: str) -> bool:
    lines = text.splitlines()
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "fence" and token.map and token.level == 0:
            last = lines[token.map[1] - 1].strip() if token.map[1] <= len(lines) else ""
            if token.map[1] - token.map[0] < 2 or set(last) != {token.markup[0]}:
                return True
    return False


def _operations(pages: Pages) -> dict[tuple[str, str], Fragment]:
    return {(found.path, found.method): found for fragments in pages.values() for found in fragments}


def _vanished(before: Pages, after: Pages) -> list[tuple[str, str]]:
    there = _operations(after)
    return [at for at in _operations(before) if at not in there]


def _check_losses(before: Pages, fetched: Pages, gone: Collection[tuple[str, str]]) -> None:
    """Refuse a page that lost more operations than a reference does between two looks at it."""
    problems: list[str] = []
    for name in fetched:
        had = before.get(name, ())
        lost = [found for found in had if (found.path, found.method) in gone]
        if len(lost) > 1 and len(lost) * 3 > len(had):
            problems.append(f"{name}: {len(lost)} of its {len(had)} operations are not there any more.")
    refuse(
        "pages lost so much that they may not be whole; if they are, say so (make refresh VANISHED=accept):",
        problems,
    )


def _report(
    root: Path, built: Mapping[str, str | Tree], notes: Sequence[tuple[str, tuple[str, ...]]]
) -> Report:
    changes: list[Change] = []
    old_spec = root / SPEC
    if old_spec.exists():
        old = strict_json.read(strict_json.read_file(old_spec, remedy="Restore it from git."), where=SPEC)
        new = strict_json.read(str(built[SPEC]), where=SPEC)
        ways = directions(old)
        for name, found in directions(new).items():
            ways.setdefault(name, set()).update(found)
        with tempfile.TemporaryDirectory() as place:
            replace_atomically({Path(place) / PACKAGE: built[PACKAGE]})
            python = python_changes(read_api(root), read_api(Path(place)), ways)
        wire = wire_changes(old, new, {change.subject for change in python})
        # A renamed operation is reported with both of its names.
        operations = {name for change in wire for name in (change.subject, *change.values)}
        # Of an operation that came or went the wire diff reports more.
        changes = [
            *wire,
            *(each for each in python if each.subject not in operations or each.text not in _WHOLE),
        ]
    bump = bump_of(changes, package_differs=read(root / PACKAGE) != built[PACKAGE])
    version = _version(root / "pyproject.toml")
    return Report(
        changes=sorted(dict.fromkeys(changes), key=lambda change: change.subject),
        notes=notes,
        bump=bump,
        version=version,
        suggestion=next_version(version, bump) if version else None,
    )


_WHOLE = frozenset({"new", "removed"})


def _version(file: Path) -> str | None:
    if not file.exists():
        return None
    project: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    return project.get("version")


def _notes(
    before: Pages, after: Pages, fetched: Collection[str], dropped: Collection[str]
) -> list[tuple[str, tuple[str, ...]]]:
    notes: list[tuple[str, tuple[str, ...]]] = []
    old, new = _operations(before), _operations(after)
    for name in fetched:
        had = {(found.path, found.method) for found in before.get(name, ())}
        has = {(found.path, found.method) for found in after[name]}
        came, went = len(has - had), len(had - has)
        notes.append((f"{{}}: {len(has)} operations ({came} came, {went} went)", (name,)))
    notes.extend(
        ("the page {} is not listed in openapi/pages.txt: it stays as it was", (name,))
        for name in after
        if name not in fetched
    )
    for at, fragment in new.items():
        known = old.get(at)
        if known is not None and known.operation_id != fragment.operation_id:
            text = "{} was published as {}, and is as {} now"
            values = (f"{at[1].upper()} {at[0]}", known.operation_id, fragment.operation_id)
            notes.append((text, values))
    notes.extend(
        ("an action of openapi/overlay.yaml lost its operation and was taken out: {}", (each,))
        for each in dropped
    )
    return notes
