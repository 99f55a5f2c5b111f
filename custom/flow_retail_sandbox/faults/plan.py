"""The faults that are planned, and a record of every one that happened."""

import threading
from collections import Counter, deque
from collections.abc import Sequence
from difflib import get_close_matches
from random import Random
from typing import Any, Final, NamedTuple

from flow_retail_sandbox.faults.fault import Fault, Injected, Stage, check_options
from flow_retail_sandbox.spec.document import load_spec, operation_names
from flow_retail_sandbox.spec.json_values import is_list

KEPT: Final = 100_000
"""How many of the latest faults that happened are kept; counts go on."""

KEPT_OF_A_DETAIL: Final = 100
"""How many UIDs of one fault are kept."""

LARGEST_PLAN: Final = 10_000
"""How many faults and steps of scripts may be planned at once."""


class FaultSequence:
    """A fault or none for each request: the next step of a script or, with a rate, any of them by chance."""

    def __init__(self, steps: Sequence[Fault | None], **options: Any) -> None:
        check_options(options)
        self.steps = list(steps)
        self.operation: str | None = options.get("operation")
        self._rate: float | None = options.get("rate")
        self._random = Random(options.get("seed"))

    def __repr__(self) -> str:
        how = "script" if self._rate is None else f"random, rate={self._rate!r}"
        return f"FaultSequence({self.steps!r}, operation={self.operation!r}, {how})"

    def next_step(self, operation: str, path: str) -> Fault | None:
        """Return what happens to a request, and take the step if it is one of a script."""
        if not self.steps or self.operation not in {None, operation, path}:
            return None
        if self._rate is None:
            return self.steps.pop(0)
        return self._random.choice(self.steps) if self._random.random() < self._rate else None


class RequestFaults(NamedTuple):
    """The faults that one request takes along from its start: steps of sequences, and single ones."""

    operation: str
    request: int
    steps: Sequence[Fault]
    due: Sequence[Fault]


class Faults:
    """The faults of a sandbox. Every method may be called from any thread.

    Args:
        operations: What can be called: operations' names, and their methods with path templates. By default
            those of the document that the client was generated from.
    """

    def __init__(self, operations: frozenset[str] | None = None) -> None:
        self._operations = operation_names(load_spec()) if operations is None else operations
        self._lock = threading.Lock()
        self._single: list[Fault] = []
        self._sequences: list[FaultSequence] = []
        self._injected: deque[Injected] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def injected(self) -> list[Injected]:
        """The latest 100,000 faults that happened, oldest first."""
        with self._lock:
            return list(self._injected)

    def add(self, *faults: Fault | FaultSequence) -> None:
        """Let something go wrong from now on; all of it, or nothing if an error is raised.

        Args:
            *faults: The faults; more than one can happen to the same request.

        Raises:
            ValueError: If there is no such operation, or more than 10,000 would be planned at once.
        """
        single = [fault for fault in faults if isinstance(fault, Fault)]
        sequences = [fault for fault in faults if isinstance(fault, FaultSequence)]
        steps = [step for sequence in sequences for step in sequence.steps]
        # A fault of an operation that does not exist would never happen.
        for name in {fault.operation for fault in (*faults, *steps) if fault} - {None, *self._operations}:
            alike = get_close_matches(str(name), self._operations, n=1)
            hint = f"; did you mean {alike[0]!r}?" if alike else ""
            raise ValueError(f"no operation is called {name!r}{hint}")
        with self._lock:
            self._forget_used()
            planned = len(self._single) + sum(len(sequence.steps) for sequence in self._sequences)
            if planned + len(single) + len(steps) > LARGEST_PLAN:
                raise ValueError(f"{LARGEST_PLAN:,} faults can be planned at once, and {planned:,} are")
            self._single += single
            self._sequences += sequences

    def script(self, steps: Sequence[Fault | None], *, operation: str | None = None) -> None:
        """Let things go wrong in an exact sequence: each request takes the next step.

        Args:
            steps: A fault a request, None for a request that goes well.
            operation: The operation that the script is for, None for all.

        Raises:
            ValueError: If there is no such operation, or more than 10,000 faults would be planned at once.
        """
        self.add(FaultSequence(steps, operation=operation))

    def random(
        self, faults: Sequence[Fault], *, seed: int, rate: float, operation: str | None = None
    ) -> None:
        """Let things go wrong by chance, the same way for the same seed and sequence of requests.

        Args:
            faults: What can go wrong; their counts do not matter.
            seed: What chance depends on.
            rate: How likely a request is hit, from 0 to 1.
            operation: The operation to hit, None for all.

        Raises:
            ValueError: If there is no such operation, the rate is impossible, or more than 10,000 faults
                would be planned at once.
        """
        self.add(FaultSequence(faults, operation=operation, seed=seed, rate=rate))

    def clear(self) -> None:
        """Let everything go well again; what happened stays recorded."""
        with self._lock:
            self._single.clear()
            self._sequences.clear()

    def forget(self) -> None:
        """Forget what happened."""
        with self._lock:
            self._injected.clear()
            self._counts.clear()

    def active(self) -> list[str]:
        """Describe what can still go wrong.

        Returns:
            A line a fault.
        """
        with self._lock:
            self._forget_used()
            return [repr(planned) for planned in (*self._single, *self._sequences)]

    def count(self, fault_type: str | None = None, operation: str | None = None) -> int:
        """Count the faults that happened.

        Args:
            fault_type: Only these, None for all.
            operation: Only those of this operation, None for all.

        Returns:
            How many there were.
        """
        with self._lock:
            return sum(
                times
                for (happened, where), times in self._counts.items()
                if fault_type in {None, happened} and operation in {None, where}
            )

    def start(self, operation: str, path: str, request: int) -> RequestFaults:
        """Decide what a request takes along: counts it, and takes a step of each script that concerns it."""
        with self._lock:
            steps = [sequence.next_step(operation, path) for sequence in self._sequences]
            due = [fault for fault in self._single if fault.due(operation, path)]
            return RequestFaults(operation, request, [step for step in steps if step], due)

    def take(self, taken: RequestFaults, stage: Stage) -> list[Fault]:
        """Return the faults that may happen to a request now; `happened` records which of them did."""
        if not (taken.due or taken.steps):
            return []
        with self._lock:
            self._forget_used()
            # Of the single ones not those that have been cleared meanwhile, or have happened to others.
            here = [*taken.steps, *(fault for fault in taken.due if fault in self._single)]
        return [fault for fault in here if fault.stage == stage]

    def happened(self, taken: RequestFaults, fault: Fault, detail: Any = None) -> None:
        """Record a fault."""
        if is_list(detail):
            detail = detail[:KEPT_OF_A_DETAIL]
        with self._lock:
            if fault.remaining:
                fault.remaining -= 1
            self._counts[fault.type, taken.operation] += 1
            self._injected.append(Injected(fault.type, taken.operation, taken.request, detail))

    def _forget_used(self) -> None:
        self._single = [fault for fault in self._single if fault.remaining != 0]
        self._sequences = [sequence for sequence in self._sequences if sequence.steps]
