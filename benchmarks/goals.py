"""What is to be reached, as data. A goal is a figure of one peer, alone or as a multiple of another."""

from dataclasses import dataclass

from benchmarks.peers import (
    AIOHTTP,
    HTTPX,
    HTTPX2,
    ORJSON,
    OURS,
    OURS_AT_ONCE,
    OURS_ON_AIOHTTP,
    OURS_ON_HTTPX_AT_ONCE,
    STOCK,
)


@dataclass(frozen=True)
class Cell:
    """One value of the results: a figure of a measure, of one peer."""

    measure: str
    figure: str
    peer: str = OURS


@dataclass(frozen=True)
class Goal:
    """One figure to reach.

    Attributes:
        title: What readers see.
        unit: Of the value that is compared.
        of: What is looked at.
        bound: What it has to reach.
        over: What `of` is divided by, round by round; None to take it as it is.
        at_least: Whether more is better.
        further: What would be better still; told, and never held against a run.
    """

    title: str
    unit: str
    of: Cell
    bound: float
    over: Cell | None = None
    at_least: bool = False
    further: float | None = None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What it needs to have been measured."""
        return (self.of,) if self.over is None else (self.of, self.over)

    def reached(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value >= self.bound if self.at_least else value <= self.bound


GOALS = (
    Goal(
        "Decode: time", "× stock", Cell("decode", "time"), 0.37, Cell("decode", "time", STOCK), further=0.30
    ),
    Goal("Decode: time", "× orjson's dicts", Cell("decode", "time"), 2.0, Cell("decode", "time", ORJSON)),
    Goal("Decode: memory", "× stock", Cell("memory", "memory"), 0.65, Cell("memory", "memory", STOCK)),
    Goal("Encode: time", "× stock", Cell("encode", "time"), 0.12, Cell("encode", "time", STOCK)),
    *(
        Goal(
            f"Calls, {tasks} at a time{extra}",
            f"× {over_title}",
            Cell("calls", f"rate_{tasks}", of),
            bound,
            Cell("calls", f"rate_{tasks}", over),
            at_least=True,
        )
        for tasks, of, extra, bound, over, over_title in (
            (1, OURS, "", 0.90, HTTPX, "bare httpx"),
            (50, OURS, "", 2.5, HTTPX, "bare httpx"),
            (1, OURS, "", 1.1, HTTPX2, "bare httpx2"),
            (50, OURS, "", 1.6, HTTPX2, "bare httpx2"),
            (50, OURS_ON_AIOHTTP, ", extra `aiohttp`", 3.2, HTTPX, "bare httpx"),
            (1, OURS_ON_AIOHTTP, ", extra `aiohttp`", 0.70, AIOHTTP, "bare aiohttp"),
            (50, OURS_ON_AIOHTTP, ", extra `aiohttp`", 0.60, AIOHTTP, "bare aiohttp"),
        )
    ),
    Goal(
        "Calls, 1,000 at a time",
        "× ours at 50",
        Cell("calls", "rate_1000"),
        1.0,
        Cell("calls", "rate_50"),
        at_least=True,
    ),
    Goal(
        "Calls, 50 at a time: CPU time of our own part",
        "× bare aiohttp",
        Cell("calls", "cpu_50", OURS_AT_ONCE),
        0.42,
        Cell("calls", "cpu_50", AIOHTTP),
    ),
    # As measured at the start of the second round; nothing gets slower than that.
    Goal(
        "Calls, 1 at a time: CPU time",
        "× bare httpx2",
        Cell("calls", "cpu_1"),
        0.99,
        Cell("calls", "cpu_1", HTTPX2),
    ),
    Goal(
        "Calls, 50 at a time: CPU time",
        "× bare httpx2",
        Cell("calls", "cpu_50"),
        0.71,
        Cell("calls", "cpu_50", HTTPX2),
    ),
    Goal(
        "Calls, 50 at a time: CPU time of our own part and httpx's types",
        "× bare aiohttp",
        Cell("calls", "cpu_50", OURS_ON_HTTPX_AT_ONCE),
        1.31,
        Cell("calls", "cpu_50", AIOHTTP),
    ),
    Goal("Import", "× import httpx", Cell("import", "time"), 1.25, Cell("import", "time", HTTPX)),
    Goal("First call, stall of the event loop: get", "ms", Cell("first_call", "stall_get"), 5.0),
    Goal("First call, stall of the event loop: list", "ms", Cell("first_call", "stall_list"), 5.0),
    Goal("First call, stall of the event loop: batch", "ms", Cell("first_call", "stall_batch"), 5.0),
    Goal(
        "Pages, prefetch=8",
        "× sequential stock",
        Cell("pages", "sequential", STOCK),
        6.5,
        Cell("pages", "prefetch_8"),
        at_least=True,
    ),
    Goal(
        "Pages, prefetch=16",
        "× sequential stock",
        Cell("pages", "sequential", STOCK),
        12.5,
        Cell("pages", "prefetch_16"),
        at_least=True,
    ),
    Goal(
        "Pages: memory for each further page in the window", "pages", Cell("page_memory", "per_window"), 1.25
    ),
    Goal("Pages: growth of memory, a list twice as long", "pages", Cell("page_memory", "growth"), 1.0),
    Goal("Batch: own cost of an item", "× its encoding", Cell("batch", "own"), 2.0, Cell("batch", "encode")),
    Goal("Batch: growth over a million items", "MiB", Cell("batch_memory", "growth"), 50.0),
)
