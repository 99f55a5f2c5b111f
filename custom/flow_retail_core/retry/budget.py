"""The retry budget: it stops a thousand callers from overloading a server that is down."""

from flow_retail_core.constants import RETRY_REFUND


class RetryBudget:
    """A bucket of retries, shared by all calls of a client; a retry costs 1, a clean response refunds 0.5.

    A server that is down gets `capacity` retries in all instead of three a call, and random failures, even of
    a third of all requests, never empty the bucket.
    """

    __slots__ = ("_capacity", "spent")

    def __init__(self, capacity: int | None) -> None:
        self._capacity = capacity
        self.spent = 0.0
        """Retries that were charged and not yet refunded."""

    def spend(self) -> bool:
        """Charge one retry; False if none is left."""
        if self._capacity is None:
            return True
        if self.spent > self._capacity - 1:
            return False
        self.spent += 1
        return True

    def refund(self) -> None:
        """Refund what a clean response refunds."""
        self.spent = max(0.0, self.spent - RETRY_REFUND)

    def __repr__(self) -> str:
        if self._capacity is None:
            return "<RetryBudget: unlimited>"
        return f"<RetryBudget: {self._capacity - self.spent:g} of {self._capacity} retries left>"
