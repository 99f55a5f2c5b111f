"""From a model to JSON, and to the bytes of a request."""

from typing import Any, cast

import orjson

from flow_retail_core.models.checking import find_problem
from flow_retail_core.models.codec import codec_of, send
from flow_retail_core.models.decoders import NOT_AS_SPECIFIED, Decoder, decoder_for
from flow_retail_core.models.jsonable import jsonable
from flow_retail_core.models.schema_drift import json_path

# Models are dataclasses to FastAPI; orjson would write their attributes.
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS


def encode(body: object, *, operation: str, expected: Any = None) -> bytes:
    """Write the body of a request as JSON."""
    if expected is None or type(body) is expected or _is_expected(body, decoder_for(expected)):
        try:
            return orjson.dumps(body, send, _OPTIONS)
        # What is out of the ordinary is found below.
        except NOT_AS_SPECIFIED:
            pass
    # Of what the spec does not describe nothing is known.
    if expected is not None:
        check_body(body, operation=operation, expected=expected)
    return orjson.dumps(jsonable(body, operation))


def check_body(body: object, *, operation: str, expected: Any) -> None:
    """Refuse a body that is not what the operation takes."""
    problem = find_problem(body, decoder_for(expected))
    if problem is not None:
        raise problem.error(
            f"{operation}: {json_path(problem.location).replace('$', 'body', 1)} {problem.text}"
        )


def dumps(value: object) -> bytes:
    """Write a model, or anything that JSON knows, whatever it holds."""
    try:
        return orjson.dumps(value, _write, _OPTIONS)
    except NOT_AS_SPECIFIED:
        return orjson.dumps(jsonable(value, "a request"))


def to_dict(model: object) -> dict[str, Any]:
    """Turn a model into what JSON knows, whatever it holds."""
    try:
        return cast("dict[str, Any]", orjson.loads(orjson.dumps(model, _write, _OPTIONS)))
    except NOT_AS_SPECIFIED:
        return cast("dict[str, Any]", jsonable(model))


def _is_expected(body: Any, decoder: Decoder[Any]) -> bool:
    if decoder.object_model is not None:
        return isinstance(body, decoder.object_model)
    records = decoder.record_model
    if records is None:
        return find_problem(body, decoder) is None
    return isinstance(body, list | tuple) and all(
        isinstance(each, records) for each in cast("list[Any]", body)
    )


def _write(value: Any) -> dict[str, Any]:
    """What orjson writes for any model."""
    codec = codec_of(value.__class__)
    try:
        return codec.send(value)
    except NOT_AS_SPECIFIED:
        return codec.written(value)
