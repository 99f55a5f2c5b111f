"""The rounds: every measure in fresh processes, in turns, so that a busy minute hits all alike."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.children import run_module
from benchmarks.measures import BY_NAME, MEASURES
from benchmarks.measures.measure import Measure, Readings, Request
from benchmarks.peers import PEERS
from benchmarks.results import Results


@dataclass(frozen=True)
class Options:
    """What to run.

    Attributes:
        only: The measures, by name; all if empty.
        rounds: Of each measure; None for its own number.
        quick: Whether rough figures will do.
        batch_items: Items of the long batch.
        seed: For the order.
    """

    only: tuple[str, ...] = ()
    rounds: int | None = None
    quick: bool = False
    batch_items: int = 1_000_000
    seed: int = 1

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is asked for."""
        return tuple(BY_NAME[name] for name in self.only) or MEASURES

    @property
    def whole(self) -> bool:
        """Whether the figures may be published."""
        return not (self.only or self.quick or self.rounds or self.batch_items < Options.batch_items)

    def rounds_of(self, measure: Measure) -> int:
        """How many rounds a measure has."""
        return self.rounds or (1 if self.quick else measure.ROUNDS)


@dataclass(frozen=True)
class Bench:
    """One Python that is measured with.

    Attributes:
        python: Its interpreter.
        environment: Its environment variables.
        results: Takes what was read.
    """

    python: str
    environment: Mapping[str, str]
    results: Results


def run_rounds(options: Options, benches: Sequence[Bench]) -> None:
    """Run all rounds, each with every Python."""
    for bench in benches:
        for measure in options.measures:
            bench.results.rounds.setdefault(measure.NAME, {})
    total = max(map(options.rounds_of, options.measures))
    for number in range(total):
        started = time.monotonic()
        for measure in options.measures:
            if number < options.rounds_of(measure):
                for bench in benches:
                    bench.results.add(measure.NAME, _round(measure, number, options, bench))
        print(f"  round {number + 1} of {total}: {time.monotonic() - started:.0f} s", flush=True)


def _round(measure: Measure, number: int, options: Options, bench: Bench) -> Readings:
    peers = (peer.name for peer in PEERS if measure.NAME in peer.measures)
    taking_part = tuple(name for name in peers if bench.results.runs(name, measure.NAME))
    request = Request(taking_part, options.seed + number, options.quick, options.batch_items)
    read = run_module(
        "benchmarks.worker",
        measure.NAME,
        json.dumps(asdict(request)),
        python=bench.python,
        environment=bench.environment,
    )
    return Readings(**read)
