"""`flow-retail export`: a list into a file, resumable, and never half a file."""

import os
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from attrs import frozen

from flow_retail_cli.checkpoint import check_same, discard, load, save
from flow_retail_cli.errors import CommandError, ExitCode
from flow_retail_cli.output import say
from flow_retail_cli.progress import Meter
from flow_retail_client import FlowRetail, Page, Pager
from flow_retail_core.models.model import Model
from flow_retail_records.resources import Kind, Listing


@frozen
class Staging:
    """The files beside the one that is to be written.

    Records are collected as NDJSON, whatever the target is: it can be appended to and read again, so that an
    export goes on where it was, which a Parquet file can't.

    Attributes:
        part: The records so far.
        checkpoint: How far it has come.
        fresh: The target while it is being written.
    """

    part: Path
    checkpoint: Path
    fresh: Path

    @classmethod
    def beside(cls, target: Path) -> "Staging":
        """The staging of a target.

        Args:
            target: The file that is to be written.
        """
        return cls(*(target.with_name(f"{target.name}.{word}") for word in ("part", "checkpoint", "new")))

    def clear(self) -> None:
        """Remove what an export left behind."""
        discard(self.checkpoint, self.part, self.fresh)

    def lines(self) -> Iterator[bytes]:
        """The records so far, as JSON."""
        with self.part.open("rb") as file:
            for line in file:
                yield line[:-1]


@frozen
class Begun:
    """What an earlier run did.

    Attributes:
        items: Records that it wrote.
        length: Bytes of the part that count.
        first: The number of the first page; None if the server does not number pages.
        last: The number of the last page that was written whole.
        page_size: Records a page, as it was asked for.
    """

    items: int
    length: int
    first: int | None
    last: int | None
    page_size: int


def begun(staging: Staging, job: dict[str, Any]) -> Begun | None:
    """Find out what an earlier run did.

    Args:
        staging: Its files.
        job: What is asked for now, by name.

    Returns:
        How far it came; None if there is nothing to go on with.

    Raises:
        CommandError: It was asked for something else.
    """
    state = load(staging.checkpoint)
    if state is None:
        return None
    check_same(staging.checkpoint, state, job)
    length = int(state["length"])
    if not staging.part.exists() or staging.part.stat().st_size < length:
        say(f"{staging.part} is not what the checkpoint says; beginning anew.", style="yellow")
        return None
    return Begun(
        items=int(state["items"]),
        length=length,
        first=state["first"],
        last=state["last"],
        page_size=int(state["page_size"]),
    )


class ExportRun:
    """One run of an export, from the beginning or from a checkpoint.

    Args:
        flow: The client.
        kind: The resource.
        listing: Its list.
        arguments: Arguments of the list, by name.
        staging: Where records are collected.
        job: What identifies the export, by name.
        meter: Shows progress.
        page_size: Records a page.
        prefetch: Page requests in flight.
    """

    def __init__(
        self,
        flow: FlowRetail,
        kind: Kind,
        listing: Listing,
        arguments: dict[str, str],
        staging: Staging,
        job: dict[str, Any],
        meter: Meter,
        *,
        page_size: int,
        prefetch: int,
    ) -> None:
        self._resource = kind.of(flow)
        self._listing = listing
        self._arguments = arguments
        self._staging = staging
        self._job = job
        self._meter = meter
        self._page_size = page_size
        self._prefetch = prefetch
        self._known: set[object] = set()
        self._first: int | None = None
        self.items = 0

    async def run(self, before: Begun | None) -> None:
        """Read the list, or the rest of it.

        Args:
            before: What an earlier run did.

        Raises:
            FlowRetailError: A request failed; the checkpoint tells how far it came.
            OSError: The part can't be written.
        """
        key = self._listing.key_name
        if before is None or key is None:
            # Records without an identity could come twice where two runs meet, so they are read anew.
            discard(self._staging.checkpoint)
            with self._staging.part.open("wb") as part:
                await self._copy(self._pager(None).pages(), part)
            return
        os.truncate(self._staging.part, before.length)
        self.items, self._first, self._page_size = before.items, before.first, before.page_size
        self._known = {orjson.loads(line).get(key) for line in self._staging.lines()}
        with self._staging.part.open("ab") as part:
            await self._go_on(before.last, part)

    async def _go_on(self, last: int | None, part: BinaryIO) -> None:
        """Read on from the page that was written last, or from before it if records have moved there.

        The order of records that stay is stable, so what stands before a known record was written: reading on
        from a page that holds one skips nothing.
        """
        while True:
            start = None if last is None or self._first is None or last <= self._first else last
            async with aclosing(cast("Any", self._pager(start).pages())) as pages:
                page = await anext(pages, None)
                if start is None or (page is not None and any(self._knows(item) for item in page.items)):
                    if page is not None:
                        self._write(page, part)
                        await self._copy(pages, part)
                    return
            last = start - 1

    async def _copy(self, pages: Any, part: BinaryIO) -> None:
        async with aclosing(pages):
            async for page in pages:
                self._write(page, part)

    def _write(self, page: Page[Model], part: BinaryIO) -> None:
        fresh = [item for item in page.items if not self._knows(item)]
        part.writelines(orjson.dumps(item.to_dict()) + b"\n" for item in fresh)
        part.flush()
        self.items += len(fresh)
        if self._first is None:
            self._first = page.page_number
        save(
            self._staging.checkpoint,
            {
                **self._job,
                "items": self.items,
                "length": part.tell(),
                "first": self._first,
                "last": page.page_number,
                "page_size": page.page_size or self._page_size,
            },
        )
        self._meter.update(self.items, page.total_count)

    def _pager(self, page_number: int | None) -> Pager[Model]:
        return cast(
            "Pager[Model]",
            self._resource.list(
                **self._arguments,
                page_number=page_number,
                page_size=self._page_size,
                prefetch=self._prefetch,
            ),
        )

    def _knows(self, item: Model) -> bool:
        return bool(self._known) and getattr(item, str(self._listing.key), None) in self._known


def read_arguments(listing: Listing, given: list[str]) -> dict[str, str]:
    """Read `--param NAME=VALUE`.

    Args:
        listing: The list that they are arguments of.
        given: As they were typed.

    Returns:
        The values by name.

    Raises:
        CommandError: One is unknown, or one is missing.
    """
    possible = (*listing.required, *listing.options)
    told = f"Possible: {', '.join(possible) or 'none'}."
    arguments: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name.replace("-", "_") not in possible:
            raise CommandError(
                f"There is no --param {name}." if equals else f"--param {text} has no =.", told
            )
        arguments[name.replace("-", "_")] = value
    missing = [name for name in listing.required if name not in arguments]
    if missing:
        raise CommandError(f"This list needs {', '.join(missing)}.", f"Pass --param {missing[0]}=... {told}")
    return arguments


def check_target(target: Path) -> None:
    """Make sure that a file can be made where it is wanted, before anything is asked for.

    Args:
        target: The file.

    Raises:
        CommandError: It can't.
    """
    folder = target.parent
    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.", "Make it first, or give another --out.")
    if target.is_dir() or not os.access(folder, os.W_OK):
        raise CommandError(f"{target} can't be written.", "Give another --out.", code=ExitCode.USAGE)
