"""The report of a refresh: for a terminal, and as Markdown for a pull request.

Every name and text of the reference is data here: no character of it steers a terminal, and in Markdown it
stands in a code span, where it can't be markup, a link, a mention or the end of anything.
"""

import re
from collections.abc import Callable, Sequence

from attrs import frozen

from pipeline.refresh.changes import Bump, Change, Impact

LONGEST = 200
"""Characters of one text that are shown."""

MOST = 100
"""Changes of one kind that are shown: what forges take as the text of a pull request is limited."""

_HEADINGS = {Impact.BREAKING: "Breaking changes", Impact.ADDED: "Additions", Impact.CHANGED: "Other changes"}

_MEANING = {
    Bump.NONE: "Nothing changed for users: no release is needed.",
    Bump.PATCH: "Only texts or inner code changed (SemVer: patch).",
    Bump.MINOR: "There is something new, and nothing breaks (SemVer: minor).",
    Bump.MAJOR: "Something breaks (SemVer: major).",
}

_Show = Callable[[str], str]


@frozen
class Report:
    """What a refresh found."""

    changes: Sequence[Change]
    # What people should know besides: text with `{}` for each of its values.
    notes: Sequence[tuple[str, tuple[str, ...]]]
    bump: Bump  # what it is worth
    version: str | None
    suggestion: str | None  # the version as it should become

    def text(self) -> str:
        """The report for a terminal."""
        return _lines(self, heading="{}:", item="  {}", subject="{}: {}", show=printable)

    def markdown(self) -> str:
        """The report as Markdown."""
        return _lines(self, heading="\n### {}\n", item="- {}", subject="{}: {}", show=code)


def printable(text: str, *, longest: int = LONGEST) -> str:
    """A text that steers no terminal: one line, what can't be printed escaped, cut where it is long."""
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return shown if len(shown) <= longest else f"{shown[:longest]}..."


def code(text: str) -> str:
    """A text as a code span that it can't end."""
    shown = printable(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    # Spaces at both ends belong to the fence (CommonMark 6.1): without them a backtick would join it.
    return f"{fence} {shown} {fence}" if "`" in shown or shown.strip() != shown or not shown else f"`{shown}`"


def _lines(report: Report, *, heading: str, item: str, subject: str, show: _Show) -> str:
    lines = [_MEANING[report.bump]]
    if report.version is not None and report.suggestion not in {None, report.version}:
        lines.append(f"Suggested version: {report.suggestion} (now {report.version}).")
        if report.version.startswith("0."):
            lines.append("Before 1.0, what breaks is a new minor version, and everything else a patch.")
    for impact in Impact:
        found = [change for change in report.changes if change.impact is impact]
        if found:
            lines.append(heading.format(_HEADINGS[impact]))
        lines.extend(
            item.format(
                subject.format(
                    show(change.subject), change.text.format(*(show(value) for value in change.values))
                )
            )
            for change in found[:MOST]
        )
        if len(found) > MOST:
            lines.append(item.format(f"and {len(found) - MOST} more"))
    if report.notes:
        lines.append(heading.format("Reference"))
        lines.extend(
            item.format(text.format(*(show(value) for value in values)))
            for text, values in report.notes[:MOST]
        )
        if len(report.notes) > MOST:
            lines.append(item.format(f"and {len(report.notes) - MOST} more"))
    return "\n".join(lines) + "\n"
