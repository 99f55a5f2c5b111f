"""JSON as httpx writes it for `json=...`: what clients on httpx do unless they say otherwise."""

import json


def write_json(value: object) -> bytes:
    """Write a value with the settings of httpx."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
