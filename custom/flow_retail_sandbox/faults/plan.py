"""The faults that are planned, and a record of every one that happened."""

import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from random import Random
from typing import Any, Final

from flow_retail_sandbox.faults.fault import Fault, Injected, Stage, check_options
from flow_retail_sandbox.spec.document import load_spec, operation_names
from flow_retail_sandbox.spec.json_values import is_list

KEPT: Final = 100_000
"""How many of the latest faults that happened are kept; counts go on."""

KEPT_OF_A_DETAIL: Final = 100
"""How many UIDs of one fault are kept."""

LARGEST_PLAN: Final = 10_000
"""How many faults and steps of scripts may be planned at once."""


@dataclass(slots=True)
class _Script:
    steps: list[Fault | None]
    operation: str | None


@dataclass(slots=True)
class _Chance:
    random: Random
    rate: float
    faults: Sequence[Fault]
    operation: str | None


@dataclass(slots=True)
class RequestFaults:
    """The faults that one request takes along from its start."""

    operation: str
    path: str
    request: int
    carried: list[Fault] = field(default_factory=list[Fault])
    due: list[Fault] = field(default_factory=list[Fault])


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
        self._scripts: list[_Script] = []
        self._chances: list[_Chance] = []
        self._injected: deque[Injected] = deque(maxlen=KEPT)
        self._counts: Counter[tuple[str, str]] = Counter()

    def check(self, faults: Sequence[Fault | None], operation: str | None = None) -> None:
        """Raise ValueError for an operation that does not exist: such a fault would never happen."""
        for name in (operation, *(fault.operation for fault in faults if fault is not None)):
            if name is not None and name not in self._operations:
                alike = get_close_matches(name, self._operations, n=1)
                hint = f"; did you mean {alike[0]!r}?" if alike else ""
                raise ValueError(f"no operation is called {name!r}{hint}")

    @property
    def injected(self) -> list[Injected]:
        """The latest 100,000 faults that happened, oldest first."""
        with self._lock:
            return list(self._injected)

    def _make_room(self, wanted: int) -> None:
        """Forget what has been used up; called with the lock held."""
        self._single = [fault for fault in self._single if fault.remaining != 0]
        self._scripts = [script for script in self._scripts if script.steps]
        planned = len(self._single) + sum(len(script.steps) for script in self._scripts)
        planned += sum(len(chance.faults) for chance in self._chances)
        if planned + wanted > LARGEST_PLAN:
            raise ValueError(f"{LARGEST_PLAN:,} faults can be planned at once, and {planned:,} are")

    def add(self, *faults: Fault) -> None:
        """Let something go wrong from now on.

        Args:
            *faults: The faults; more than one can happen to the same request.

        Raises:
            ValueError: If there is no such operation, or more than 10,000 would be planned at once.
        """
        self.check(faults)
        with self._lock:
            self._make_room(len(faults))
            self._single.extend(faults)

    def script(self, steps: Sequence[Fault | None], *, operation: str | None = None) -> None:
        """Let things go wrong in an exact sequence: each request takes the next step.

        Args:
            steps: A fault a request, None for a request that goes well.
            operation: The operation that the script is for, None for all.

        Raises:
            ValueError: If there is no such operation, or more than 10,000 faults would be planned at once.
        """
        self.check(steps, operation)
        with self._lock:
            self._make_room(len(steps))
            self._scripts.append(_Script(list(steps), operation))

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
        check_options({"seed": seed, "rate": rate})
        self.check(faults, operation)
        with self._lock:
            self._make_room(len(faults))
            self._chances.append(_Chance(Random(seed), rate, tuple(faults), operation))

    def clear(self) -> None:
        """Let everything go well again; what happened stays recorded."""
        with self._lock:
            self._single.clear()
            self._scripts.clear()
            self._chances.clear()

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
            lines = [repr(fault) for fault in self._single if fault.remaining != 0]
            lines += [f"script({s.steps!r}, operation={s.operation!r})" for s in self._scripts if s.steps]
            lines += [
                f"random({list(c.faults)!r}, rate={c.rate!r}, operation={c.operation!r})"
                for c in self._chances
            ]
        return lines

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
        taken = RequestFaults(operation, path, request)
        if not (self._single or self._scripts or self._chances):
            return taken
        with self._lock:
            for script in self._scripts:
                if script.steps and script.operation in {None, operation, path}:
                    step = script.steps.pop(0)
                    if step is not None:
                        taken.carried.append(step)
            for chance in self._chances:
                if chance.operation in {None, operation, path} and chance.random.random() < chance.rate:
                    taken.carried.append(chance.random.choice(chance.faults))
            taken.due = [fault for fault in self._single if fault.due(operation, path)]
        return taken

    def take(self, taken: RequestFaults, stage: Stage) -> list[Fault]:
        """Return the faults that may happen to a request now; `happened` records which of them did."""
        if not (taken.due or taken.carried):
            return []
        with self._lock:
            self._single = [fault for fault in self._single if fault.remaining != 0]
            carried = [fault for fault in taken.carried if fault.stage == stage]
            # Not those that have been cleared meanwhile, or have happened to others.
            here = [fault for fault in taken.due if fault.stage == stage and fault in self._single]
        return carried + here

    def happened(self, taken: RequestFaults, fault: Fault, detail: Any = None) -> None:
        """Record a fault."""
        if is_list(detail):
            detail = detail[:KEPT_OF_A_DETAIL]
        with self._lock:
            fault.used()
            self._counts[fault.type, taken.operation] += 1
            self._injected.append(Injected(fault.type, taken.operation, taken.request, detail))
