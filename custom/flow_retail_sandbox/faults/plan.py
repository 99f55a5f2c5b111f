"""Faults on demand: what goes wrong, for which operation, how often; and a record of every one that did."""

import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from random import Random
from typing import Any, Final, Literal, NamedTuple, get_args

from flow_retail_sandbox.spec.document import load_spec, operation_names
from flow_retail_sandbox.spec.json_values import is_list

Kind = Literal[
    "status",
    "html_error",
    "empty_error",
    "not_json",
    "latency",
    "reset_before",
    "reset_after",
    "truncate_body",
    "unknown_enum",
    "unexpected_null",
    "missing_field",
    "page_size_clamp",
    "page_base",
    "records_added",
    "records_removed",
    "batch_refusal",
]

Stage = Literal["early", "batch", "late"]

KEPT: Final = 100_000
"""How many of the latest faults that happened are kept; counts go on."""

KEPT_OF_A_DETAIL: Final = 100
"""How many UIDs of one fault are kept."""

LARGEST_PLAN: Final = 10_000
"""How many faults and steps of scripts may be planned at once."""

KINDS: Final[tuple[str, ...]] = get_args(Kind)

_BATCH: Final = frozenset({"batch_refusal"})
_LATE: Final = frozenset({"reset_after", "truncate_body", "unknown_enum", "unexpected_null", "missing_field"})

INSTEAD_OF_A_RESPONSE: Final = frozenset({"status", "html_error", "empty_error", "not_json", "reset_before"})
"""Kinds that leave the request undone: at most one of them happens to a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultOptions:
    """How a fault shows itself; every kind reads the options that concern it.

    Attributes:
        status: The HTTP status of `status` (503), `html_error` (502) and `empty_error` (502).
        retry_after: The Retry-After header of these three: seconds (`2`), an HTTP date that many seconds
            ahead (`"date:2"`), any other text as it is, None for no header.
        seconds: How long `latency` waits, in seconds.
        item: Which record of a list `unknown_enum`, `unexpected_null` and `missing_field` change, from 0.
        field: Which field they change; dots lead deeper (`contacts.0.role`). None for a fitting one.
        value: What `unknown_enum` puts there.
        part: How much of the body `truncate_body` sends, from 0 to 1.
        size: The largest page of `page_size_clamp`.
        base: The first page's number of `page_base`, 0 or 1.
        records: How many records `records_added` adds and `records_removed` deletes.
        where: Which end of the list `records_removed` deletes from, "start" or "end".
        uids: Which records `records_removed` deletes; which items `batch_refusal` refuses.
        items: How many items `batch_refusal` refuses when `uids` names none: the first ones.
        code: The `errorCode` of `batch_refusal`, the `code` of `status`.
        shape: What `batch_refusal` keys the response's errors by: "customer", "product" or "price"; None
            for what the document says.
        unmatched: Whether the errors of `batch_refusal` name UIDs that nobody sent.
        miscount: What `batch_refusal` adds to every `success`.
    """

    status: int | None = None
    retry_after: int | str | None = None
    seconds: float = 0.1
    item: int = 0
    field: str | None = None
    value: str = "SANDBOX_UNKNOWN"
    part: float = 0.5
    size: int = 10
    base: int = 1
    records: int = 1
    where: Literal["start", "end"] = "start"
    uids: tuple[str, ...] = ()
    items: int = 1
    code: str | None = None
    shape: Literal["customer", "product", "price"] | None = None
    unmatched: bool = False
    miscount: int = 0


class Fault:
    """Something that goes wrong.

    Args:
        kind: What, one of KINDS.
        operation: Where: an operation's name (`customers.list`), or method and path template
            (`GET /tenants/{tenantUid}/customers`); None for everywhere.
        count: How often; None for always.
        after: How many requests of that operation it lets pass first. All that begin once it is planned
            count, whatever becomes of them: also those that another fault hits, or that are refused.
        **options: How; see FaultOptions.

    Raises:
        ValueError: If there is no such kind or option.
    """

    def __init__(
        self,
        kind: str,
        *,
        operation: str | None = None,
        count: int | None = 1,
        after: int = 0,
        **options: Any,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"no fault is called {kind!r}; there are {', '.join(KINDS)}")
        try:
            self.options = FaultOptions(**options)
        except TypeError:
            known = ", ".join(FaultOptions.__dataclass_fields__)
            raise ValueError(f"{kind} got an option that no fault has; there are {known}") from None
        self.kind = kind
        self.operation = operation
        self.remaining = count
        self.after = after
        self._seen = 0

    @property
    def stage(self) -> Stage:
        """When in a request's life the fault happens."""
        if self.kind in _BATCH:
            return "batch"
        return "late" if self.kind in _LATE else "early"

    def __repr__(self) -> str:
        where, count = self.operation, self.remaining
        return f"Fault({self.kind!r}, operation={where!r}, count={count!r}, after={self.after!r})"

    def due(self, operation: str, path: str) -> bool:
        """Count a request, if the fault concerns it."""
        if self.operation not in {None, operation, path}:
            return False
        if self.kind in _BATCH and not operation.endswith(".batch") and not path.endswith("/batch"):
            return False
        self._seen += 1
        return self._seen > self.after

    def used(self) -> None:
        """Count one time that it happened."""
        if self.remaining:
            self.remaining -= 1


class Injected(NamedTuple):
    """A fault that happened.

    Attributes:
        kind: What went wrong.
        operation: The operation's name.
        request: The request's number, counting from 1.
        detail: More about it: a status, UIDs (the first 100), a field.
    """

    kind: str
    operation: str
    request: int
    detail: Any


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

    def check(self, operation: str | None) -> None:
        """Refuse a name that no operation has: a fault for it would never happen, and its test prove nothing.

        Args:
            operation: An operation's name, or method and path template; None for every operation.

        Raises:
            ValueError: If there is no such operation.
        """
        if operation is None or operation in self._operations:
            return
        alike = get_close_matches(operation, self._operations, n=1)
        hint = f"; did you mean {alike[0]!r}?" if alike else ""
        raise ValueError(f"no operation is called {operation!r}{hint}")

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
        for fault in faults:
            self.check(fault.operation)
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
        for name in (operation, *(fault.operation for fault in steps if fault is not None)):
            self.check(name)
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
            ValueError: If there is no such operation, or more than 10,000 faults would be planned at once.
        """
        for name in (operation, *(fault.operation for fault in faults)):
            self.check(name)
        with self._lock:
            self._make_room(len(faults))
            self._chances.append(_Chance(Random(seed), rate, tuple(faults), operation))  # noqa: S311  # repeatable

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

    def count(self, kind: str | None = None, operation: str | None = None) -> int:
        """Count the faults that happened.

        Args:
            kind: Only these, None for all.
            operation: Only those of this operation, None for all.

        Returns:
            How many there were.
        """
        with self._lock:
            return sum(
                times
                for (happened, where), times in self._counts.items()
                if kind in {None, happened} and operation in {None, where}
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
        """Give the faults that may happen to a request now; tell `happened` which of them did."""
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
            self._counts[fault.kind, taken.operation] += 1
            self._injected.append(Injected(fault.kind, taken.operation, taken.request, detail))
