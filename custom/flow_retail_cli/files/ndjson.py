"""NDJSON: one JSON object per line; the only lossless format."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from flow_retail_cli.errors import CommandError
from flow_retail_cli.files import Rejects, Row, Scan, read_row
from flow_retail_cli.files.text import is_utf_16
from flow_retail_records.exact_json import decode, encode
from flow_retail_records.item_builder import REJECT

_BOM = b"\xef\xbb\xbf"


class NdjsonSource:
    """Rows of an NDJSON file; empty lines are none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def scan(self) -> Scan:
        """See `Source`."""
        summary = hashlib.sha256()
        rows = 0
        with self.path.open("rb") as file:
            for line in file:
                if not rows and is_utf_16(line):
                    raise CommandError(f"{self.path} is UTF-16; NDJSON is UTF-8.", "Save the file as UTF-8.")
                summary.update(line)
                rows += bool(_text(line))
        return Scan(rows, summary.hexdigest())

    def rows(self) -> Iterator[Row]:
        """See `Source`."""
        index = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = _text(line)
                if text:
                    yield _row(index, number, text)
                    index += 1

    def rejects(self, word: str) -> "NdjsonRejects":
        """See `Source`."""
        return NdjsonRejects(self.path.with_name(f"{self.path.name}.{word}.ndjson"))


def _text(line: bytes) -> bytes:
    return line.removeprefix(_BOM).strip()


def _row(index: int, number: int, text: bytes) -> Row:
    return read_row(index, f"line {number}", text, lambda: _object(text))


def _object(text: bytes) -> dict[str, Any]:
    found = decode(text)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object: write one in braces a line")  # noqa: TRY004  # the row's
    return cast("dict[str, Any]", found)


class NdjsonRejects(Rejects):
    """Rejected rows as NDJSON; a line that is no JSON object is kept as text."""

    def add(self, row: Row, reason: dict[str, Any]) -> None:
        """See `Rejects`."""
        content = _readable(row)
        content.pop(REJECT, None)
        self.write(encode({REJECT: reason, **content}).decode() + "\n")


def _readable(row: Row) -> dict[str, Any]:
    if not isinstance(row.raw, bytes):
        # Rows of Parquet may hold values without a JSON form.
        return _object(encode(row.raw, str))
    try:
        return _object(row.raw)
    except ValueError:
        return {"text": row.raw.decode("utf-8", "backslashreplace")}
