"""What a measure is: a name, figures, and a function that a fresh process runs once a round."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Protocol


@dataclass(frozen=True)
class Figure:
    """One figure of a measure.

    Attributes:
        name: Its name in the results.
        title: What readers see.
        unit: Of the values.
        more_is_better: Which way is good.
    """

    name: str
    title: str
    unit: str
    more_is_better: bool = False


@dataclass(frozen=True)
class Request:
    """One round of a measure.

    Attributes:
        peers: The peers to measure, by name.
        seed: For the order.
        quick: Whether a rough figure will do.
        batch_items: Items of the long batch.
    """

    peers: tuple[str, ...]
    seed: int
    quick: bool
    batch_items: int

    def shuffled(self, salt: object = 0) -> list[str]:
        """The peers in an order of its own for each salt."""
        return Random(f"{self.seed} {salt}").sample(self.peers, len(self.peers))


@dataclass
class Readings:
    """What one round gave.

    Attributes:
        values: Per figure, the value of each peer.
        failures: Per peer, why it has no value.
    """

    values: dict[str, dict[str, float]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, figure: str, peer: str, value: float) -> None:
        """Keep a value."""
        self.values.setdefault(figure, {})[peer] = value

    @contextmanager
    def guard(self, peer: str) -> Iterator[None]:
        """Note the failure of a peer; the others are measured all the same."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # a peer is foreign code and may fail in any way
            self.failures[peer] = f"{type(error).__name__}: {error}"[:200]

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self)


class Measure(Protocol):
    """A module of this package."""

    @property
    def NAME(self) -> str:
        """As in `--only`."""
        ...

    @property
    def TITLE(self) -> str:
        """What readers see."""
        ...

    @property
    def FIGURES(self) -> tuple[Figure, ...]:
        """What it gives."""
        ...

    @property
    def ROUNDS(self) -> int:
        """How many fresh processes, when not quick."""
        ...

    @property
    def HOW(self) -> str:
        """How it is measured, in a sentence or two for readers."""
        ...

    def measure(self, request: Request) -> Readings:
        """Measure one round, in this process."""
        ...


def settle() -> None:
    """Give every timing the same start: no garbage, and what is loaded out of the collector's sight.

    The collector stays on, as in users' programs. Without the freeze each full collection would walk the
    code of all peers, and leave the caches cold for the one that comes next.
    """
    gc.collect()
    gc.freeze()
