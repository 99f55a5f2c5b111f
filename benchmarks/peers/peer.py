"""What a peer can do, as far as the benchmarks ask for it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Get = Callable[[str], Awaitable[object]]
"""Reads the customer of a UID from the server and gives it in the form that the peer gives to its users."""


class Codec(Protocol):
    """Bytes to objects and back."""

    def decode(self, page: bytes) -> object:
        """Read the body of a page of customers."""
        ...

    def body(self, items: Sequence[dict[str, Any]]) -> Any:
        """Make the body of a batch that upserts these, as objects."""
        ...

    def encode(self, body: Any) -> bytes:
        """Write it as JSON."""
        ...


class Caller(Protocol):
    """Calls over HTTP."""

    def connected(self, base_url: str) -> AbstractAsyncContextManager[Get]:
        """Open a client with the number of connections that it has unless told otherwise."""
        ...


class PageReader(Protocol):
    """Lists over HTTP."""

    async def read_all(self, base_url: str, pages: int, prefetch: int) -> int:
        """Read all pages of customers and look at every customer.

        Args:
            base_url: Where the server is.
            pages: How many there are.
            prefetch: Requests in flight, for peers that can have more than one.

        Returns:
            Customers that came.
        """
        ...


class Batcher(Protocol):
    """Batches over HTTP."""

    def item(self, index: int) -> Any:
        """Make one item of a batch."""
        ...

    async def upsert(self, base_url: str, items: Iterable[Any], *, wired: bool = True) -> int:
        """Upsert items from a stream, and count those that succeeded.

        Args:
            base_url: Where the server is.
            items: The stream.
            wired: Whether requests go to the server, or are answered in this process.
        """
        ...
