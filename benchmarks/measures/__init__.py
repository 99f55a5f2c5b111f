"""The measures, in the order in which they run and are told."""

from benchmarks.measures import (
    batch,
    batch_memory,
    calls,
    decode,
    encode,
    first_call,
    imports,
    memory,
    page_memory,
    pages,
)
from benchmarks.measures.measure import Measure

MEASURES: tuple[Measure, ...] = (
    decode,
    memory,
    encode,
    calls,
    imports,
    first_call,
    pages,
    page_memory,
    batch,
    batch_memory,
)
BY_NAME = {measure.NAME: measure for measure in MEASURES}
