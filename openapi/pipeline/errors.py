"""What stops the pipeline."""

from collections.abc import Sequence


class PipelineError(Exception):
    """Input that the pipeline refuses; the message names the file, the place and the remedy."""


def refuse(what: str, faults: Sequence[str]) -> None:
    """Raise an error that lists all faults; with none, do nothing.

    Raises:
        PipelineError: There are faults.
    """
    if faults:
        raise PipelineError("\n  ".join([what, *dict.fromkeys(faults)]))
