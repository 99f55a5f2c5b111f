"""Progress bars: items, rate and time left, on a terminal."""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from flow_retail_cli.output import drawing, is_interactive
from flow_retail_client import RetryEvent


class _RateColumn(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        """Render the rate of one task."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


class ProgressBar:
    """One bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def update(self, done: int, total: int | None = None) -> None:
        """Show how many items are done."""
        self._progress.update(self._task, completed=done, total=total, note="")

    def note(self, event: RetryEvent) -> None:
        """Show what it is waiting for, until the next update."""
        self._progress.update(self._task, note=f"waiting {event.wait:.0f} s: {event.reason}")


@contextmanager
def meter(description: str, *, total: int | None = None, done: int = 0) -> Generator[ProgressBar]:
    """Show a bar until the block is left, if this is a terminal."""
    with drawing() as console:
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[note]}", style="yellow"),
            console=console,
            transient=True,
            expand=True,
        )
        # Older versions of Rich write an empty line for a bar that is not shown.
        with progress if is_interactive() else nullcontext():
            yield ProgressBar(progress, progress.add_task(description, total=total, completed=done, note=""))
