"""What a pager reports about a list that changed while it was read."""

from attrs import define


@define
class ListChanges:
    """How a list changed while a pager read it: counts over all its uses so far.

    False while nothing was seen.

    Attributes:
        repeated_records: Records that came again and were left out.
        reread_pages: Pages that were asked for again, because records might have moved past them or because
            the response did not fit its own `totalCount`.
        total_changes: How often `totalCount` differed from that of the response before.
        inconsistent_totals: How often more records came than `totalCount` allows.
        unverified_boundaries: Boundaries between two pages where the list kept changing until the pager gave
            up reading them again. Only there may a record have been skipped.
        missing_records: How many records the server counts but did not return, although it was asked again;
            of the iteration that came to its end last.
    """

    repeated_records: int = 0
    reread_pages: int = 0
    total_changes: int = 0
    inconsistent_totals: int = 0
    unverified_boundaries: int = 0
    missing_records: int = 0

    def __bool__(self) -> bool:
        return self != ListChanges()
