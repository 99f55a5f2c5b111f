"""How far long work has come: items, rate and time left, on a terminal."""

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


class _RateColumn(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        """Write the rate of one task."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="progress.data.speed")


class ProgressBar:
    """One bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def update(self, done: int, total: int | None = None) -> None:
        """Tell how far the work has come."""
        self._progress.update(self._task, completed=done, total=total, note="")

    def note(self, text: str) -> None:
        """Say what it is waiting for; gone with the next update."""
        self._progress.update(self._task, note=text)


@contextmanager
def meter(description: str, *, total: int | None = None, done: int = 0) -> Generator[ProgressBar]:
    """Show a bar until the block is left; nothing where nobody would see it move."""
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
        # Older versions of Rich write an empty line where a bar that is not shown would have ended.
        with progress if is_interactive() else nullcontext():
            yield ProgressBar(progress, progress.add_task(description, total=total, completed=done, note=""))
