"""Where pages come from: single requests, and leafing from one page to the next."""

from typing import Generic, TypeVar

from attrs import field, frozen

from flow_retail_core.errors import DecodeError, FlowRetailError
from flow_retail_core.page import Fetch, Page, Sheet, read_sheet

T = TypeVar("T")


@frozen
class Place:
    """Where in a list a page lies.

    Attributes:
        number: The number to count on from.
        covered: Records up to and including this page, as far as can be told.
        opening: Whether it is the page that reading began with, so that the numbering is still to be proven.
    """

    number: int
    covered: int
    opening: bool = False


@frozen
class PageSource(Generic[T]):
    """One list of one operation.

    Attributes:
        operation: The operation's name, such as `customers.list`.
        key: The attribute that identifies a record; None if records have no identity.
    """

    operation: str
    key: str | None
    _fetch: Fetch[T] = field(repr=False)

    async def ask(self, number: int | None, size: int | None) -> Sheet[T]:
        """Send one request.

        Args:
            number: The page to ask for; None to leave it to the server.
            size: Records a page; None to leave it to the server.

        Raises:
            FlowRetailError: The request failed; `page_number` is the number asked for.
        """
        try:
            envelope = await self._fetch(number, size)
            return read_sheet(envelope, key=self.key, operation=self.operation)
        except FlowRetailError as error:
            error.page_number = number
            raise

    async def open(self, number: int | None, size: int | None) -> Page[T]:
        """Ask for the page that reading begins with.

        Args:
            number: Its number; None for the first page of the list.
            size: Records a page; None to leave it to the server.

        Raises:
            FlowRetailError: The request failed.
        """
        sheet = await self.ask(number, size)
        start, before = opening_place(sheet, number, size)
        return self.page(sheet, Place(start, before + len(sheet.items), opening=True), size)

    def page(
        self, sheet: Sheet[T], place: Place, size: int | None, *, fresh: tuple[T, ...] | None = None
    ) -> Page[T]:
        """Make a page for the caller.

        Args:
            sheet: What the server answered.
            place: Where it lies.
            size: Records a page that were asked for.
            fresh: The records to show, if not all.
        """
        return Page(
            items=sheet.items if fresh is None else fresh,
            total_count=sheet.total,
            page_number=sheet.number,
            page_size=sheet.size,
            has_next=bool(sheet.items) and place.covered != sheet.total,
            # Bound to this page and no reader, so that a page kept by the caller keeps nothing else alive.
            follow=lambda: self._leaf(sheet, place, size),
        )

    async def _leaf(self, sheet: Sheet[T], place: Place, size: int | None) -> Page[T]:
        size = sheet.size or size
        number = place.number + 1
        following = await self.ask(number, size)
        if place.opening and misnumbered(sheet, following):
            number += 1
            following = await self.ask(number, size)
        if following.repeats(sheet):
            if place.covered != sheet.total:
                raise repeated_page(self.operation, number)
            # Past the end some servers answer with the last page.
            following = Sheet((), (), following.total, None, following.size)
        return self.page(following, Place(number, place.covered + len(following.items)), size)


def opening_place(sheet: Sheet[T], number: int | None, size: int | None) -> tuple[int, int]:
    """Where the first page that was read lies.

    Args:
        sheet: That page.
        number: The number that the caller asked for.
        size: Records a page that were asked for.

    Returns:
        The number to count on from, and how many records lie before the page. Whether numbering starts at 0
        or 1 is unknown; the smaller of the two counts can only cost a request, the larger could cost records.
    """
    presumed = 0 if number is None else number
    start = presumed if sheet.number is None else sheet.number
    before = 0 if number is None else max(0, start - 1) * (sheet.size or size or len(sheet.items))
    return start, before


def misnumbered(opening: Sheet[T], following: Sheet[T]) -> bool:
    """Whether the second page is the first again because its number was wrong, not its content.

    So it is where the first page came without a number and numbering starts at 1, not at 0 as presumed, or
    where the numbers that come back run one behind those that are asked for.
    """
    unproven = opening.number is None or following.number == opening.number
    return unproven and following.repeats(opening) and not outgrown(following, opening.total)


def outgrown(sheet: Sheet[T], total: int | None) -> bool:
    """Whether so many records came in that all of this page may have been on the page before."""
    return sheet.total is not None and total is not None and sheet.total - total >= len(sheet.items)


def repeated_page(operation: str, number: int | None) -> DecodeError:
    """The error for a server that gives the same page again."""
    error = DecodeError(
        f"{operation}: the server answered page {number} with the records of an earlier page",
        path="$.items",
        operation=operation,
    )
    error.page_number = number
    return error
