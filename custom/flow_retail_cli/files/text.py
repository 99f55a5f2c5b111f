"""The encoding and the hash of a text file."""

import codecs
import hashlib
from pathlib import Path

from flow_retail_cli.errors import CommandError

_PIECE = 1 << 20


def check_encoding(name: str) -> str:
    """Check the name of an encoding."""
    try:
        "".encode(name)
        codecs.getincrementaldecoder(name)
    except (LookupError, ValueError):
        raise CommandError(
            f"There is no encoding {name!r}.", "Common ones: utf-8, utf-8-sig, cp1252, latin-1, utf-16."
        ) from None
    return name


def digest(path: Path, encoding: str) -> str:
    """Hash a text file, after checking its encoding throughout."""
    decoder = codecs.getincrementaldecoder(encoding)()
    summary = hashlib.sha256()
    lines = 0
    with path.open("rb") as file:
        first = True
        while piece := file.read(_PIECE):
            summary.update(piece)
            if first and is_utf_16(piece) and "16" not in encoding:
                raise CommandError(f"{path} is UTF-16, not {_shown(encoding)}.", "Pass --encoding utf-16.")
            first = False
            try:
                decoder.decode(piece)
            except UnicodeError as error:
                # Relative to the piece; negative for a character that began in the piece before.
                lines += piece[: max(getattr(error, "start", 0), 0)].count(b"\n") + 1
                raise CommandError(
                    f"{path} is not {_shown(encoding)}: line {lines} holds a character that can't be read.",
                    "Pass its --encoding: cp1252 for files of older Excel in Western Europe, else latin-1.",
                ) from None
            lines += piece.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise CommandError(
            f"{path} ends in the middle of a character: it was cut short, or is not {_shown(encoding)}.",
            "Create the file again, or pass its --encoding.",
        ) from None
    return summary.hexdigest()


def is_utf_16(start: bytes) -> bool:
    """Whether a file starts with a byte order mark of UTF-16."""
    return start[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}


def _shown(encoding: str) -> str:
    return "UTF-8" if encoding == "utf-8-sig" else encoding
