"""What stops the pipeline."""

from collections.abc import Sequence


class PipelineError(Exception):
    """Input that the pipeline refuses; the message names the file, the location and the remedy."""


def refuse(what: str, problems: Sequence[str]) -> None:
    """Raise an error that lists all problems; with none, do nothing.

    Raises:
        PipelineError: There are problems.
    """
    if problems:
        raise PipelineError("\n  ".join([what, *dict.fromkeys(problems)]))
