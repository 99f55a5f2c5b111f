"""Tells the results: on the terminal, as Markdown, as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.goals import Cell, Goal
from benchmarks.measures import MEASURES
from benchmarks.measures.measure import Figure, Measure
from benchmarks.peers import BY_NAME, OURS, PEERS
from benchmarks.results import Run, Verdict

RESULTS = "results.json"
_BEGIN = "<!-- results: written by `make bench`, not by hand -->"
_END = "<!-- end of results -->"
_UNTITLED = f"# Benchmarks\n\n{_BEGIN}\n{_END}\n"


def as_text(run: Run) -> str:
    """All figures and goals for a terminal."""
    parts: list[str] = []
    for measure in _measured(run):
        parts.append(f"\n{measure.TITLE}")
        parts += [f"{title}\n{_aligned([header, *rows])}" for title, header, rows in _tables(run, measure)]
    parts += ["", *(f"not run: {line}" for line in not_run(run))]
    parts.append(f"\nGoals\n{_aligned([_goal_header(run), *_goal_rows(run)])}")
    return "\n".join(parts)


def as_markdown(run: Run) -> str:
    """All figures and goals for docs/benchmarks/README.md."""
    pythons = ", ".join(results.about["python"] for results in run.by_python.values())
    lines = [
        f"Measured on {run.machine['cpu']}, {run.machine['cores']} cores, {run.machine['os']}, "
        f"with {pythons}. Medians of the rounds; their quartiles are in results.json and in the plots, which "
        "show the first of these Pythons. `×` is a multiple of flow-retail-client.",
        "",
        "### Goals",
        "",
        *_markdown_table(_goal_header(run), _goal_rows(run)),
    ]
    for measure in _measured(run):
        plot = f"![{measure.TITLE}]({measure.NAME}.svg)"
        lines += ["", f"### {measure.TITLE}", "", measure.HOW, "", plot]
        for title, header, rows in _tables(run, measure):
            lines += ["", title, "", *_markdown_table(header, rows)]
    versions = run.first.about["versions"]
    lines += [
        "",
        "### Versions",
        "",
        ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
    ]
    lines += ["", *[f"- Not run: {line}." for line in not_run(run)]]
    return "\n".join(lines).rstrip() + "\n"


def write(run: Run, folder: Path) -> None:
    """Write results.json, and the tables between the markers of README.md.

    Args:
        run: What to write.
        folder: Where; made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).write_text(json.dumps(run.as_dict(), indent=1, ensure_ascii=False) + "\n")
    page = folder / "README.md"
    text = page.read_text() if page.exists() else _UNTITLED
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n\n{as_markdown(run)}\n{_END}{after}")


def not_run(run: Run) -> list[str]:
    """What was not measured, and why."""
    lines = [f"Python {minor}: {reason}" for minor, reason in run.missing.items()]
    for minor, results in run.by_python.items():
        lines += [
            f"{BY_NAME[name].title}, Python {minor}: {reason}" for name, reason in results.not_run.items()
        ]
        for measure, failed in results.failed.items():
            lines += [
                f"{BY_NAME[name].title} ({measure}), Python {minor}: {reason}"
                for name, reason in failed.items()
            ]
    return lines


def number(value: float) -> str:
    """A value with three significant digits or so."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _measured(run: Run) -> list[Measure]:
    return [measure for measure in MEASURES if run.first.rounds.get(measure.NAME)]


def _tables(run: Run, measure: Measure) -> Iterator[tuple[str, Sequence[str], list[Sequence[str]]]]:
    """One table a figure, with a column for each Python; where only ours is measured, one for all figures."""
    figures = [figure for figure in measure.FIGURES if figure.name in run.first.rounds[measure.NAME]]
    peers = [
        peer for peer in PEERS if any(any(_cells(run, measure, figure, peer.name)) for figure in figures)
    ]
    if len(peers) == 1:
        rows = [
            (figure.title, figure.unit, *_cells(run, measure, figure, peers[0].name)) for figure in figures
        ]
        yield "", ("figure", "unit", *run.by_python), list(rows)
        return
    for figure in figures:
        title = f"{figure.title[0].upper()}{figure.title[1:]}, {figure.unit}:"
        found = [(peer.title, *_cells(run, measure, figure, peer.name)) for peer in peers]
        yield title, ("peer", *run.by_python), [row for row in found if any(row[1:])]


def _cells(run: Run, measure: Measure, figure: Figure, peer: str) -> list[str]:
    """One value for each Python, and its multiple of ours."""
    cell = Cell(measure.NAME, figure.name, peer)
    texts: list[str] = []
    for results in run.by_python.values():
        spread = results.spread(cell)
        text = "" if spread is None else number(spread.median)
        if peer != OURS and (multiple := results.spread(cell, Cell(measure.NAME, figure.name))):
            text += f" ({multiple.median:.2f} ×)"
        texts.append(text)
    return texts


def _goal_header(run: Run) -> Sequence[str]:
    return ("goal", "reach", *run.by_python)


def _goal_rows(run: Run) -> Iterator[Sequence[str]]:
    """One goal a row, with what came of it with each Python."""
    for verdicts in zip(*(results.verdicts() for results in run.by_python.values()), strict=True):
        yield (verdicts[0].goal.title, _reach(verdicts[0].goal), *map(_outcome, verdicts))


def _reach(goal: Goal) -> str:
    sign = "≥" if goal.at_least else "≤"
    further = "" if goal.further is None else f" (better: {goal.further:g})"
    return f"{sign} {goal.bound:g} {goal.unit}{further}"


def _outcome(verdict: Verdict) -> str:
    return verdict.word if verdict.spread is None else f"{number(verdict.spread.median)} {verdict.word}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in header[1:])]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]
