"""NDJSON: a JSON object a line. The one format that keeps every difference."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from flow_retail_cli.files import Row, Scan
from flow_retail_cli.files.text import TextRejects, digest
from flow_retail_records.intake import REJECT


class NdjsonSource:
    """Rows of an NDJSON file; empty lines are none.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def scan(self) -> Scan:
        """See `Source`."""
        summary = digest(self.path, "utf-8-sig")
        with self.path.open("rb") as file:
            return Scan(sum(1 for line in file if line.strip()), summary)

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        index = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = line.removeprefix(b"\xef\xbb\xbf").strip()
                if text:
                    yield _row(index, number, text)
                    index += 1

    def rejects(self, path: Path) -> "NdjsonRejects":
        """See `Source`."""
        return NdjsonRejects(path.with_name(path.name + ".ndjson"))


def _row(index: int, number: int, text: bytes) -> Row:
    place = f"line {number}"
    try:
        data: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return Row(
            index, place, {"text": text.decode()}, None, f"not JSON: {error.msg} at column {error.colno}"
        )
    if not isinstance(data, dict):
        return Row(
            index, place, {"text": text.decode()}, None, "not a JSON object: write one in braces a line"
        )
    return Row(index, place, data, data)  # pyright: ignore[reportUnknownArgumentType]  # JSON


class NdjsonRejects(TextRejects):
    """Rows with their reasons as NDJSON."""

    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """See `Rejects`."""
        self.write(orjson.dumps({REJECT: reason, **row.raw}, default=str).decode() + "\n")
