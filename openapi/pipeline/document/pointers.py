"""JSON Pointers, and how a message says where a part of the merged document came from."""

from collections.abc import Mapping

Pointer = tuple[str | int, ...]


def json_pointer(pointer: Pointer) -> str:
    """Write a JSON Pointer (RFC 6901) as a URI fragment."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)


def location(pointer: Pointer, origins: Mapping[Pointer, str]) -> str:
    """Say where a part of the merged document is: its fragment, if one is known, and its pointer."""
    found = next(
        (origins[pointer[:end]] for end in range(len(pointer), 0, -1) if pointer[:end] in origins), None
    )
    return f"{found}: {json_pointer(pointer)}" if found else f"openapi.json: {json_pointer(pointer)}"
