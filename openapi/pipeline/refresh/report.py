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

Note = tuple[str, tuple[str, ...]]
"""A text with `{}` for each of its values."""


@frozen
class Report:
    """What a refresh found."""

    changes: Sequence[Change]
    notes: Sequence[Note]  # what people should know besides
    bump: Bump  # what it is worth
    version: str
    suggestion: str  # the version as it should become

    def text(self) -> str:
        """The report for a terminal."""
        return self._lines(heading="{}:", item="  {}", show=printable)

    def markdown(self) -> str:
        """The report as Markdown."""
        return self._lines(heading="\n### {}\n", item="- {}", show=code)

    def _lines(self, *, heading: str, item: str, show: Callable[[str], str]) -> str:
        lines = [_MEANING[self.bump]]
        if self.suggestion != self.version:
            lines.append(f"Suggested version: {self.suggestion} (now {self.version}).")
            if self.version.startswith("0."):
                lines.append("Before 1.0, what breaks is a new minor version, and everything else a patch.")
        sections: list[tuple[str, list[Note]]] = [
            (
                title,
                [
                    (f"{{}}: {change.text}", (change.subject, *change.values))
                    for change in self.changes
                    if change.impact is impact
                ],
            )
            for impact, title in _HEADINGS.items()
        ]
        for title, notes in [*sections, ("Reference", list(self.notes))]:
            if notes:
                lines.append(heading.format(title))
            lines += [item.format(text.format(*map(show, values))) for text, values in notes[:MOST]]
            if len(notes) > MOST:
                lines.append(item.format(f"and {len(notes) - MOST} more"))
        return "\n".join(lines) + "\n"


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
