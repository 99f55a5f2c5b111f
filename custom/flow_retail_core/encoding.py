"""From a model to the bytes of a request."""

from typing import Any

import orjson

from flow_retail_core.model import Model, jsonable


def encode(body: object, *, operation: str) -> bytes:
    """Write the body of a request as JSON.

    Args:
        body: A model, or anything that JSON knows.
        operation: The operation it is for, for messages.

    Returns:
        The body, in bytes, UTF-8.

    Raises:
        TypeError: Something in it has no JSON form. The value itself stays out of the message.
    """
    content: Any = body.to_dict() if isinstance(body, Model) else jsonable(body)
    try:
        return orjson.dumps(content)
    except orjson.JSONEncodeError as error:
        raise TypeError(f"the body of {operation} can't be written as JSON: {error}") from None
