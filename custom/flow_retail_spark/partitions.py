"""Division of a list into partitions, planned from its first page."""

from math import ceil

from attrs import frozen
from pyspark.sql.datasource import InputPartition


@frozen(slots=False)
class PageRange(InputPartition):
    """The pages of one partition.

    Attributes:
        run: Identifies this read in reports.
        number: Its position among the partitions, from 0.
        partitions: How many there are.
        first: Its first page, counted from 0 whatever the server calls it.
        pages: How many pages; None for all that follow.
        base: The server's number of the first page; None if it does not number pages.
        page_size: Records per page.
        total: Records in the list when it was divided; None if the server does not say.
    """

    run: str
    number: int
    partitions: int
    first: int
    pages: int | None
    base: int | None
    page_size: int
    total: int | None

    @property
    def end(self) -> int | None:
        """The page before which it ends; None for the end of the list."""
        return None if self.pages is None else self.first + self.pages


def divide(
    *,
    run: str,
    total: int | None,
    base: int | None,
    page_size: int | None,
    asked_size: int,
    pages_per_partition: int,
) -> list[PageRange]:
    """Divide a list."""
    partitions = 1
    if total is not None and base is not None and page_size is not None:
        partitions = max(1, ceil(ceil(total / page_size) / pages_per_partition))
    return [
        PageRange(
            run=run,
            number=number,
            partitions=partitions,
            first=number * pages_per_partition,
            pages=None if number == partitions - 1 else pages_per_partition,
            base=base,
            page_size=page_size or asked_size,
            total=total,
        )
        for number in range(partitions)
    ]
