"""Draws results.json as SVG: one plot a measure, and one of all for the project's README.

Runs in an environment of its own, with matplotlib: `python -m benchmarks.plots FOLDER`.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from benchmarks.goals import GOALS, Cell
from benchmarks.measures import BY_NAME as MEASURE_BY_NAME
from benchmarks.measures import MEASURES
from benchmarks.measures.measure import Figure, Measure
from benchmarks.peers import BY_NAME, HTTPX, OURS, PEERS, STOCK
from benchmarks.report import RESULTS, number
from benchmarks.results import Results, Run, Spread
from benchmarks.theme import BARS, CARD, GOAL, GRID, HIGHLIGHT, SETTINGS, TEXT, with_dark_twin

# In the plotting environment alone, so no type checker knows it.
_matplotlib = import_module("matplotlib")
_Figure = import_module("matplotlib.figure").Figure
_FancyBboxPatch = import_module("matplotlib.patches").FancyBboxPatch

_OURS = frozenset(name for name in BY_NAME if name.startswith(OURS))
_WIDTH = 4.6
"""Inches; at the 360 pixels that a phone leaves, text of 9.5 points is still 10 pixels high."""
_OUT_OF_SCALE = frozenset({"construct", "per_window", "growth"})
"""Figures that are told in the tables alone: bars of theirs would say nothing beside the others."""


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: At its left.
        spread: How long it is, and the span of its error bar.
        ours: Whether it is highlighted.
    """

    label: str
    spread: Spread
    ours: bool


@dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        title: Above it.
        note: Beside that: the unit, and which way is good.
        bars: From the top.
        goal: Where a line is drawn, if anywhere.
    """

    title: str
    note: str
    bars: Sequence[Bar]
    goal: float | None = None


def draw_all(results: Results, folder: Path) -> list[Path]:
    """Draw what was measured.

    Args:
        results: All of a run.
        folder: Where the files go.

    Returns:
        The files.
    """
    drawn: list[Path] = []
    for name, wanted in {"overview": overview(results), **_by_measure(results)}.items():
        panels = [panel for panel in wanted if panel.bars]
        if panels:
            drawn.append(folder / f"{name}.svg")
            drawn[-1].write_text(draw(panels))
    return drawn


def overview(results: Results) -> list[Panel]:
    """The four figures that say most, as multiples of what users would have otherwise."""
    return [
        _multiples(results, "Decode: time", "× stock", Cell("decode", "time"), STOCK),
        _multiples(results, "Decode: memory", "× stock", Cell("memory", "memory"), STOCK),
        _multiples(results, "Encode: time", "× stock", Cell("encode", "time"), STOCK),
        _multiples(results, "50 calls at once", "× bare httpx", Cell("calls", "rate_50"), HTTPX),
    ]


def draw(panels: Sequence[Panel]) -> str:
    """Draw panels as one SVG, narrow enough for a phone; the same panels always give the same text."""
    with _matplotlib.rc_context(SETTINGS):
        heights = [0.37 * len(panel.bars) + 0.95 for panel in panels]
        figure = _Figure(figsize=(_WIDTH, sum(heights) + 0.1), layout="constrained")
        figure.patch.set_alpha(0)
        figure.add_artist(
            _FancyBboxPatch(
                (0.006, 0.008),
                0.988,
                0.984,
                boxstyle="round,pad=0,rounding_size=0.015",
                transform=figure.transFigure,
                facecolor=CARD,
                edgecolor=GRID,
                zorder=-10,
            )
        )
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.15)
        axes = figure.subplots(len(panels), squeeze=False, height_ratios=heights)
        for axis, panel in zip(axes.flat, panels, strict=True):
            _draw_panel(axis, panel)
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return with_dark_twin(text.getvalue())


def _draw_panel(axis: Any, panel: Panel) -> None:
    medians = [bar.spread.median for bar in panel.bars]
    longest = max([bar.spread.high for bar in panel.bars] + ([panel.goal] if panel.goal else []))
    places = range(len(panel.bars))
    axis.barh(places, medians, color=[HIGHLIGHT if bar.ours else BARS for bar in panel.bars], height=0.42)
    low = [bar.spread.median - bar.spread.low for bar in panel.bars]
    high = [bar.spread.high - bar.spread.median for bar in panel.bars]
    if any(low + high):
        axis.errorbar(medians, places, xerr=(low, high), fmt="none", ecolor=TEXT, elinewidth=1, capsize=2.5)
    for place, bar in enumerate(panel.bars):
        weight = "bold" if bar.ours else "normal"
        axis.text(0, place - 0.31, bar.label, weight=weight, color=TEXT)
        axis.text(
            bar.spread.high + longest * 0.015,
            place,
            number(bar.spread.median),
            va="center",
            weight=weight,
            color=TEXT,
            bbox={"facecolor": CARD, "edgecolor": "none", "pad": 0.8},
        )
    axis.set_yticks([])
    axis.locator_params(axis="x", nbins=6)
    if panel.goal is not None:
        axis.axvline(panel.goal, color=GOAL, linewidth=1.4, linestyle=(0, (4, 2)))
        axis.text(panel.goal, -0.87, "goal", color=GOAL, va="bottom", ha="center", fontsize=8.5)
    axis.set_xlim(0, longest * 1.18)
    axis.set_ylim(len(panel.bars) - 0.6, -0.85)
    axis.set_title(panel.title, loc="left", weight="bold", fontsize=10.5, pad=30)
    axis.annotate(
        panel.note, (0, 1), (0, 17), xycoords="axes fraction", textcoords="offset points", fontsize=8.5
    )
    axis.tick_params(length=0)
    axis.xaxis.grid(visible=True, color=GRID, linewidth=0.7)
    axis.set_axisbelow(True)
    axis.xaxis.set_major_formatter("{x:,g}")
    for side in ("top", "right", "bottom", "left"):
        axis.spines[side].set_visible(False)


def _by_measure(results: Results) -> dict[str, list[Panel]]:
    special: dict[str, Callable[[Results], list[Panel]]] = {
        "first_call": lambda results: [_ours_by_figure(results, "first_call", goal=5.0)],
        "pages": _pages,
        "page_memory": lambda results: [_ours_by_figure(results, "page_memory")],
        "batch": lambda results: [_ours_by_figure(results, "batch")],
    }
    return {
        measure.NAME: special.get(measure.NAME, lambda results, measure=measure: _peers(results, measure))(
            results
        )
        for measure in MEASURES
    }


def _peers(results: Results, measure: Measure) -> list[Panel]:
    panels: list[Panel] = []
    for figure in measure.FIGURES:
        bars = _bars(results, Cell(measure.NAME, figure.name), None)
        goal = next(
            (
                goal.bound
                for goal in GOALS
                if goal.of == Cell(measure.NAME, figure.name) and goal.over is None
            ),
            None,
        )
        title = f"{measure.TITLE}: {figure.title}" if len(measure.FIGURES) == 1 else figure.title.capitalize()
        panels.append(Panel(title, _note(figure.unit, figure), bars, goal))
    return panels


def _note(unit: str, figure: Figure) -> str:
    return f"{unit}, {'more' if figure.more_is_better else 'less'} is better"


def _multiples(results: Results, title: str, unit: str, cell: Cell, reference: str) -> Panel:
    over = Cell(cell.measure, cell.figure, reference)
    goal = next(goal.bound for goal in GOALS if goal.of == cell and goal.over == over)
    return Panel(title, _note(unit, _figure(cell)), _bars(results, cell, over), goal)


def _bars(results: Results, cell: Cell, over: Cell | None) -> list[Bar]:
    bars: list[Bar] = []
    for peer in PEERS:
        spread = results.spread(Cell(cell.measure, cell.figure, peer.name), over)
        if spread is not None:
            bars.append(Bar(peer.title, spread, peer.name in _OURS))
    return sorted(bars, key=lambda bar: bar.spread.median, reverse=_figure(cell).more_is_better)


def _figure(cell: Cell) -> Figure:
    return next(figure for figure in MEASURE_BY_NAME[cell.measure].FIGURES if figure.name == cell.figure)


def _pages(results: Results) -> list[Panel]:
    bars: list[Bar] = []
    for peer in (STOCK, OURS):
        for figure in MEASURE_BY_NAME["pages"].FIGURES:
            spread = results.spread(Cell("pages", figure.name, peer))
            if spread is not None:
                bars.append(Bar(f"{BY_NAME[peer].title}, {figure.title}", spread, peer == OURS))
    return [Panel("100 pages of 100 customers, 50 ms each", "s, less is better", bars)]


def _ours_by_figure(results: Results, name: str, goal: float | None = None) -> Panel:
    measure = MEASURE_BY_NAME[name]
    unit = measure.FIGURES[0].unit
    bars: list[Bar] = []
    for figure in measure.FIGURES:
        spread = results.spread(Cell(name, figure.name))
        if spread is not None and figure.unit == unit and figure.name not in _OUT_OF_SCALE:
            bars.append(Bar(figure.title, spread, ours=True))
    return Panel(measure.TITLE, f"{unit}, less is better", bars, goal)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for file in draw_all(Run.from_dict(json.loads((target / RESULTS).read_text())).first, target):
        print(f"  drawn: {file.name}")
