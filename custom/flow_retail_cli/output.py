"""What people and programs see: messages on standard error, data on standard output."""

import os
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.text import Text

from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_records.exact_json import encode

_PIPED_WIDTH = 160
_NAMED = 8


_drawn_on: list[Console] = []


def messages() -> Console:
    """The console for messages: standard error, in colour only on a terminal."""
    if _drawn_on:
        return _drawn_on[-1]
    # Created on demand, because tests replace the stream. The terminal wraps lines, so that file names and
    # commands can be copied.
    return Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def drawing() -> Generator[Console]:
    """Send all messages through one console, so that they do not overwrite a progress bar."""
    console = messages()
    _drawn_on.append(console)
    try:
        yield console
    finally:
        _drawn_on.pop()


def print_message(text: str, *, style: str = "") -> None:
    """Write one message."""
    messages().print(Text(text, style=style))


def print_error(sentence: str, remedy: str = "") -> None:
    """Report an error and its remedy."""
    messages().print(Text.assemble(("Error: ", "bold red"), sentence))
    if remedy:
        messages().print(Text.assemble(("Next: ", "bold"), remedy))


def is_interactive() -> bool:
    """Whether progress is shown: on a terminal, unless NO_COLOR asks for plain output."""
    return messages().is_terminal and not os.environ.get("NO_COLOR")


def write_json(document: Any) -> None:
    """Write one JSON document on a line of its own to standard output."""
    write_out(encode(document) + b"\n")


def print_table(table: Any) -> None:
    """Write a Rich table to standard output."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(highlight=False, width=_PIPED_WIDTH)
    try:
        with console.capture() as captured:
            console.print(table)
    except OSError as error:
        # Rich writes an empty string to the stream even while it captures.
        raise _not_written(error) from None
    write_out(captured.get().encode(console.encoding, "replace"))


def write_out(data: bytes) -> None:
    """Write bytes to standard output, whatever encoding the locale sets."""
    # None if the process was started without standard output.
    stream: Any = sys.stdout
    try:
        if stream is None:
            raise BrokenPipeError
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    except OSError as error:
        raise _not_written(error) from None


def _not_written(error: OSError) -> CommandError:
    if sys.stdout is not None:
        # Discard what is buffered, or it fails again when the interpreter exits.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    reason = "it is closed" if isinstance(error, BrokenPipeError) else error.strerror
    return CommandError(
        f"Standard output can't be written to: {reason}.",
        "What was written so far is not all.",
        code=ExitCode.SOME_FAILED,
    )


def print_left_out(names: Iterable[str]) -> None:
    """Report the fields that were not sent."""
    if names:
        print_message(f"Left out, because the API sets them itself: {join_names(sorted(names))}.")


def plural(count: int, noun: str) -> str:
    """A number and its noun: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def join_names(names: Iterable[str]) -> str:
    """Names with commas, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
