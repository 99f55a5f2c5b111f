"""Tells the results: on the terminal, as Markdown, as JSON."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.goals import Cell, Goal
from benchmarks.measures import MEASURES
from benchmarks.measures.measure import Figure, Measure
from benchmarks.peers import BY_NAME, OURS, PEERS
from benchmarks.results import Results, Spread, Verdict

RESULTS = "results.json"
_BEGIN = "<!-- results: written by `make bench`, not by hand -->"
_END = "<!-- end of results -->"
_UNTITLED = f"# Benchmarks\n\n{_BEGIN}\n{_END}\n"


def as_text(results: Results) -> str:
    """All figures and goals for a terminal."""
    parts: list[str] = []
    for measure, header, rows in _tables(results):
        parts.append(f"\n{measure.TITLE}\n{_aligned([header, *rows])}")
    parts += ["", *(f"not run: {line}" for line in not_run(results))]
    parts.append(f"\nGoals\n{_aligned([_GOAL_HEADER, *map(_goal_row, results.verdicts())])}")
    return "\n".join(parts)


def as_markdown(results: Results) -> str:
    """All figures and goals for docs/benchmarks/README.md."""
    machine, versions = results.about["machine"], results.about["versions"]
    lines = [
        f"Measured on {machine['cpu']}, {machine['cores']} cores, {machine['os']}, {machine['python']}. "
        "Medians of the rounds; behind them in brackets the quartiles.",
        "",
        "### Goals",
        "",
        *_markdown_table(_GOAL_HEADER, map(_goal_row, results.verdicts())),
    ]
    for measure, header, rows in _tables(results):
        plot = f"![{measure.TITLE}]({measure.NAME}.svg)"
        lines += ["", f"### {measure.TITLE}", "", measure.HOW, "", plot, "", *_markdown_table(header, rows)]
    lines += [
        "",
        "### Versions",
        "",
        ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
    ]
    lines += ["", *[f"Not run: {line}." for line in not_run(results)]]
    return "\n".join(lines).rstrip() + "\n"


def write(results: Results, folder: Path) -> None:
    """Write results.json, and the tables between the markers of README.md.

    Args:
        results: What to write.
        folder: Where; made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).write_text(json.dumps(results.as_dict(), indent=1, ensure_ascii=False) + "\n")
    page = folder / "README.md"
    text = page.read_text() if page.exists() else _UNTITLED
    before, _, rest = text.partition(_BEGIN)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{_BEGIN}\n\n{as_markdown(results)}\n{_END}{after}")


def not_run(results: Results) -> list[str]:
    """Who was not measured, and why."""
    lines = [f"{BY_NAME[name].title}: {reason}" for name, reason in results.not_run.items()]
    for measure, failures in results.failed.items():
        lines += [f"{BY_NAME[name].title} ({measure}): {reason}" for name, reason in failures.items()]
    return lines


def number(value: float) -> str:
    """A value with three significant digits or so."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _tables(results: Results) -> Iterable[tuple[Measure, Sequence[str], list[Sequence[str]]]]:
    """One table a measure: peers down, figures across, each with its multiple of ours where both have one."""
    for measure in MEASURES:
        if not results.rounds.get(measure.NAME):
            continue
        figures = [figure for figure in measure.FIGURES if figure.name in results.rounds[measure.NAME]]
        peers = [peer for peer in PEERS if any(_spread(results, measure, f, peer.name) for f in figures)]
        if len(peers) == 1:
            # Ours alone: figures down.
            rows: list[Sequence[str]] = [
                (figure.title, _cell(_spread(results, measure, figure, peers[0].name)), figure.unit)
                for figure in figures
            ]
            yield measure, ("figure", "value", "unit"), rows
            continue
        header = ["peer"]
        for figure in figures:
            header += [f"{figure.title}, {figure.unit}", "× ours"]
        rows = []
        for peer in peers:
            row = [peer.title]
            for figure in figures:
                cell = Cell(measure.NAME, figure.name, peer.name)
                multiple = results.spread(cell, Cell(measure.NAME, figure.name, OURS))
                row += [
                    _cell(_spread(results, measure, figure, peer.name)),
                    "" if multiple is None else f"{multiple.median:.2f}",
                ]
            rows.append(row)
        yield measure, header, rows


_GOAL_HEADER = ("goal", "reach", "measured", "unit", "")


def _goal_row(verdict: Verdict) -> Sequence[str]:
    goal = verdict.goal
    return (goal.title, _reach(goal), _cell(verdict.spread), goal.unit, verdict.word)


def _reach(goal: Goal) -> str:
    sign = "≥" if goal.at_least else "≤"
    further = "" if goal.further is None else f" (better: {goal.further:g})"
    return f"{sign} {goal.bound:g}{further}"


def _spread(results: Results, measure: Measure, figure: Figure, peer: str) -> Spread | None:
    return results.spread(Cell(measure.NAME, figure.name, peer))


def _cell(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.low == spread.high:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.low)} to {number(spread.high)})"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    rule = ["---", *("---:" for _ in header[1:])]
    return [f"| {' | '.join(row)} |" for row in (header, rule, *rows)]
