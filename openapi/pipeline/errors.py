"""What stops the pipeline."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class PipelineError(Exception):
    """Input that the pipeline refuses; the message names the file, the location and the remedy."""


def refuse(what: str, problems: Sequence[str]) -> None:
    """Raise an error that lists all problems; with none, do nothing."""
    if problems:
        raise PipelineError("\n  ".join([what, *dict.fromkeys(problems)]))


@contextmanager
def collected(problems: list[str]) -> Iterator[None]:
    """Go on after a refusal, and keep what it says."""
    try:
        yield
    except PipelineError as error:
        problems.append(str(error))


def refuse_all(problems: Sequence[str]) -> None:
    """Raise what several steps refused, as one error."""
    if problems:
        raise PipelineError("\n".join(dict.fromkeys(problems)))
