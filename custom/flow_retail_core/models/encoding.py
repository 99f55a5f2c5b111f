"""From a model to JSON, and to the bytes of a request."""

import datetime
from typing import Any, cast

import orjson

from flow_retail_core.models.codec import codec_of, send
from flow_retail_core.models.decoders import NOT_AS_SPECIFIED, decoder_for, record_model
from flow_retail_core.models.jsonable import jsonable

# Models are dataclasses to FastAPI; orjson would write their attributes.
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS


def encode(body: object, *, operation: str, expected: Any = None) -> bytes:
    """Write the body of a request as JSON, unless it is not what the operation takes."""
    if expected is None or type(body) is expected or _holds_records(body, expected):
        try:
            return orjson.dumps(body, send, _OPTIONS)
        # What is out of the ordinary is found below.
        except NOT_AS_SPECIFIED:
            pass
    return orjson.dumps(jsonable(body, decoder_for(expected), operation))


def check_body(body: object, *, operation: str, expected: Any) -> None:
    """Refuse a body that is not what the operation takes, as `encode` does."""
    jsonable(body, decoder_for(expected), operation, writable=False)


def dumps(value: object) -> bytes:
    """Write a model, or anything that JSON knows, whatever it holds."""
    try:
        return orjson.dumps(value, _send_any, _OPTIONS)
    except NOT_AS_SPECIFIED:
        return orjson.dumps(jsonable(value))


def to_dict(model: object) -> dict[str, Any]:
    """Turn a model into what JSON knows, whatever it holds."""
    try:
        return cast("dict[str, Any]", orjson.loads(orjson.dumps(model, _send_any, _OPTIONS)))
    except NOT_AS_SPECIFIED:
        return cast("dict[str, Any]", jsonable(model, writable=False))


def _send_any(value: Any) -> dict[str, Any]:
    """What orjson writes for a model that may hold anything."""
    codec = codec_of(value.__class__)
    try:
        return codec.send(value)
    except NOT_AS_SPECIFIED:
        written = dict(value.additional_properties)
        for field, each in codec.set_in(value):
            written[field.name] = each.isoformat() if isinstance(each, datetime.date) else each
        return written


def _holds_records(body: Any, expected: Any) -> bool:
    model = record_model(decoder_for(expected))
    return model is not None and type(body) is list and all(type(each) is model for each in cast("Any", body))
