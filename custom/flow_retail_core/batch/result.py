"""What became of the items of a batch."""

from typing import Any, Generic, Literal, TypeVar

from attrs import define, field, frozen

from flow_retail_core.errors import BatchError

T = TypeVar("T")

BatchStatus = Literal["succeeded", "failed", "unknown"]


@frozen
class BatchOutcome(Generic[T]):
    """What became of one item.

    Attributes:
        action: The list that it was given in: create, update, upsert or delete.
        index: Its position in that list, from 0.
        item: The very object that was given.
        uid: Its uid; None if it was given without one.
        status: `succeeded`, `failed` (it was not applied) or `unknown` (it may have been).
        error_code: Why it did not succeed: the server's code, or one of ours (see `docs/batch.md`).
        message: The same in words.
        attempts: Times that it was sent, or tried to be sent; 0 if it never was.
    """

    action: str
    index: int
    # Items and messages may hold personal data, so no repr shows them.
    item: T = field(repr=False)
    uid: str | None
    status: BatchStatus
    error_code: str | None = None
    message: str | None = field(default=None, repr=False)
    attempts: int = field(default=0, repr=False)


@frozen
class BatchProgress:
    """How far a batch has come.

    Attributes:
        succeeded: Items that were applied.
        failed: Items that were not.
        unknown: Items that may have been.
        total: Items in all; None if an input does not know its length.
    """

    succeeded: int
    failed: int
    unknown: int
    total: int | None

    @property
    def completed(self) -> int:
        """Items that have an outcome."""
        return self.succeeded + self.failed + self.unknown


@define(repr=False)
class BatchResult(Generic[T]):
    """What became of the items of a batch.

    Each item is in exactly one of the three lists, which keep the order of the inputs.

    Attributes:
        operation: The operation's name, such as `customers.batch`.
        succeeded: Items that were applied.
        failed: Items that were not applied.
        unknown: Items that may have been: there was no response, or it contradicts itself.
    """

    operation: str = "batch"
    succeeded: list[BatchOutcome[T]] = field(factory=list[BatchOutcome[Any]])
    failed: list[BatchOutcome[T]] = field(factory=list[BatchOutcome[Any]])
    unknown: list[BatchOutcome[T]] = field(factory=list[BatchOutcome[Any]])

    def raise_for_errors(self) -> None:
        """Raise if anything failed or is unknown.

        Raises:
            BatchError: With this result as `result`.
        """
        if self.failed or self.unknown:
            codes = sorted({outcome.error_code or "none" for outcome in (*self.failed, *self.unknown)})
            shown = ", ".join(codes[:5]) + (", ..." if len(codes) > 5 else "")
            raise BatchError(
                f"{self.operation}: {len(self.failed)} items failed, {len(self.unknown)} are unknown, "
                f"{len(self.succeeded)} succeeded (codes: {shown})",
                result=self,
                operation=self.operation,
            )

    def __len__(self) -> int:
        return len(self.succeeded) + len(self.failed) + len(self.unknown)

    def __bool__(self) -> bool:
        # An empty batch is still a result; without this, `if result` would ask for the length.
        return True

    def __repr__(self) -> str:
        return (
            f"<BatchResult of {self.operation}: {len(self.succeeded)} succeeded, {len(self.failed)} failed, "
            f"{len(self.unknown)} unknown>"
        )
