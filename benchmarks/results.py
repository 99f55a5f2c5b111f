"""What a run gave: every round of every figure with every Python, and the goals held against it."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from benchmarks.goals import GOALS, Cell, Goal
from benchmarks.measures.measure import Readings

_OWN = frozenset({"not_run", "failed", "goals", "rounds"})


@dataclass(frozen=True)
class Spread:
    """A median, and the quarter of the rounds on either side of it.

    Attributes:
        median: Of all rounds.
        low: The first quartile.
        high: The third quartile.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Summarize the rounds."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True)
class Verdict:
    """One goal against the results; `spread` is None if it was not measured."""

    goal: Goal
    spread: Spread | None

    @property
    def missed(self) -> bool:
        """Whether it was missed; what was not measured was not reached either."""
        return self.spread is None or not self.goal.reached(self.spread.median)

    @property
    def word(self) -> str:
        """What readers see."""
        if self.spread is None:
            return "not measured"
        return "missed" if self.missed else "reached"


@dataclass
class Results:
    """What was measured with one Python.

    Attributes:
        rounds: Per measure, figure and peer, the value of each round.
        not_run: Per peer, why it was not measured at all.
        failed: Per measure and peer, what went wrong; it is left out of the rounds that follow.
        about: The Python, and the versions of what was measured.
    """

    rounds: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    failed: dict[str, dict[str, str]] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def add(self, measure: str, readings: Readings) -> None:
        """Take in one round."""
        figures = self.rounds.setdefault(measure, {})
        for figure, values in readings.values.items():
            for peer, value in values.items():
                figures.setdefault(figure, {}).setdefault(peer, []).append(value)
        if readings.failures:
            self.failed.setdefault(measure, {}).update(readings.failures)

    def runs(self, peer: str, measure: str) -> bool:
        """Whether a peer takes part in a measure, as far as is known by now."""
        return peer not in self.not_run and peer not in self.failed.get(measure, {})

    def spread(self, cell: Cell, over: Cell | None = None) -> Spread | None:
        """A value, or a multiple of another, which is taken round by round: rounds are alike, runs are not.

        Returns:
            None if it was not measured.
        """
        values = self._values(cell)
        if over is not None and values:
            others = self._values(over)
            if len(others) != len(values):
                # A peer failed in some round, so that rounds can't be paired.
                return None
            values = [value / other for value, other in zip(values, others, strict=True)]
        return Spread.of(values) if values else None

    def verdicts(self) -> list[Verdict]:
        """The goals whose measures were asked for."""
        return [
            Verdict(goal, self.spread(goal.of, goal.over))
            for goal in GOALS
            if all(cell.measure in self.rounds for cell in goal.cells)
        ]

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            **self.about,
            "not_run": self.not_run,
            "failed": self.failed,
            "goals": [
                {
                    "title": verdict.goal.title,
                    "unit": verdict.goal.unit,
                    "bound": verdict.goal.bound,
                    "at_least": verdict.goal.at_least,
                    "median": None if verdict.spread is None else verdict.spread.median,
                    "verdict": verdict.word,
                }
                for verdict in self.verdicts()
            ],
            "rounds": self.rounds,
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Results":
        """Read what `as_dict` wrote."""
        about = {key: value for key, value in stored.items() if key not in _OWN}
        return cls(stored["rounds"], stored["not_run"], stored["failed"], about)

    def _values(self, cell: Cell) -> list[float]:
        return self.rounds.get(cell.measure, {}).get(cell.figure, {}).get(cell.peer, [])


@dataclass
class Run:
    """All of a run.

    Attributes:
        machine: What it ran on.
        by_python: Per version of Python, such as `3.11`, what was measured with it, the oldest first.
        missing: Per supported version that was not measured with, why.
    """

    machine: dict[str, str]
    by_python: dict[str, Results]
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def first(self) -> Results:
        """The results that plots show: those of the oldest Python."""
        return next(iter(self.by_python.values()))

    @property
    def missed(self) -> bool:
        """Whether a goal was missed with any Python."""
        return any(verdict.missed for results in self.by_python.values() for verdict in results.verdicts())

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "machine": self.machine,
            "missing": self.missing,
            "pythons": {minor: results.as_dict() for minor, results in self.by_python.items()},
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "Run":
        """Read what `as_dict` wrote."""
        by_python = {minor: Results.from_dict(results) for minor, results in stored["pythons"].items()}
        return cls(stored["machine"], by_python, stored["missing"])
