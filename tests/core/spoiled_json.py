"""JSON of any model, as a server may send it, and what may be wrong with it."""

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

from flow_retail_core.models.decoders import (
    BOOLEAN,
    DATE,
    DATE_TIME,
    INTEGER,
    NULL,
    NUMBER,
    STRING,
    EnumDecoder,
    ListDecoder,
    ModelDecoder,
    UnionDecoder,
)

MOMENT = "2026-03-01T10:20:30+01:00"

ODD: tuple[Any, ...] = (
    None, True, 0, 1.5, "", "NEWER", "2026-13-01", "2026-W09-7T10:20:30Z", [], [None], ["x"], [[]], {},
    {"a": 1},
)  # fmt: skip


def spoil(value: Any, random: Random, times: int) -> None:
    """Change so many things in a JSON value, anywhere."""
    for _ in range(times):
        full = [each for each in holders(value) if each]
        if not full:
            return
        holder = random.choice(full)
        key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        match random.randrange(3):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[random.choice(("new", "e", "æ"))] = copy.deepcopy(random.choice(ODD))
            case _:
                holder[key] = copy.deepcopy(random.choice(ODD))


def holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holders(inner)


def dated(value: Any) -> Any:
    """JSON with each date as one text for each instant, however it was written."""
    if isinstance(value, dict):
        return {key: dated(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [dated(inner) for inner in value]
    return "2026-03-01T10:20:30+00:00" if value == "2026-W09-7T10:20:30Z" else value


def example(decoder: Any, random: Random, depth: int = 4) -> Any:
    """A value as the spec has it."""
    match decoder:
        case EnumDecoder():
            return random.choice([*decoder.known])
        case ListDecoder():
            return [
                example(decoder.item, random, depth - 1)
                for _ in range(random.randrange(3) if depth > 0 else 0)
            ]
        case UnionDecoder():
            return example(random.choice(decoder.options), random, depth)
        case ModelDecoder():
            fields = decoder.model.__codec__().fields
            return {
                field.name: example(field.decoder, random, depth - 1)
                for field in fields
                if field.required or (depth > 0 and random.random() < 0.7)
            }
        case _:
            values = {STRING: "æ", INTEGER: 7, NUMBER: 1.5, BOOLEAN: True, NULL: None, DATE: "2026-03-01"}
            return MOMENT if decoder is DATE_TIME else values.get(decoder, {"any": [1]})
