"""The retry budget: what keeps a thousand callers from hammering a server that is down."""

from flow_retail_core.defaults import RETRY_EARNED


class RetryBudget:
    """A bucket of retries, shared by all calls of a client.

    It starts full. A retry takes one out; an answer that needs no retry puts half a one back. A server that
    is down therefore gets `capacity` retries in all rather than three a call, and random faults, even at one
    in three, never empty the bucket.

    Args:
        capacity: How many retries fit, and are there at the start; None for no limit.
    """

    __slots__ = ("_capacity", "_left")

    def __init__(self, capacity: int | None) -> None:
        self._capacity = capacity
        self._left = float(capacity or 0)

    def spend(self) -> bool:
        """Take one retry out.

        Returns:
            Whether there was one.
        """
        if self._capacity is None:
            return True
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def earn(self) -> None:
        """Put back what an answer that needs no retry earns."""
        if self._capacity is not None:
            self._left = min(self._capacity, self._left + RETRY_EARNED)

    def __repr__(self) -> str:
        if self._capacity is None:
            return "<RetryBudget: unlimited>"
        return f"<RetryBudget: {self._left:g} of {self._capacity} retries left>"
