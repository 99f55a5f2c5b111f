"""A client for tests, which may run it on any event loop and need not close it."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from flow_retail_client import FlowRetail, Retry

if TYPE_CHECKING:
    from flow_retail_sandbox import RunningSandbox

_QUICK = Retry(base_delay=0.01, max_delay=0.05)
_LONGEST_CLOSE = 5.0
"""Seconds to wait for a loop of another thread."""


class _SandboxClient(FlowRetail):
    """A client that closes its connections before the event loop that they belong to ends.

    A fixture that is no coroutine learns of a test's loop only when the client is used, and runs again only
    when `asyncio.run` or the test runner has closed that loop, too late to close a connection. So each loop
    gets an async generator: whoever ends a loop has to end its generators first.
    """

    _loop: asyncio.AbstractEventLoop | None = None
    _guard: AsyncGenerator[None] | None = None

    def _assemble(self, state: Any) -> None:
        # Scoped copies are assembled too, and each of them uses the connections.
        super()._assemble(state)
        self._lease.on_join = self._join_loop

    def _join_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._guard = loop, self._leave_with_the_loop()
            with suppress(StopIteration):
                # As far as its yield, which it reaches without waiting: from here on the loop knows it.
                self._guard.asend(None).send(None)

    async def _leave_with_the_loop(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            self._loop = None
            await self._lease.leave()

    async def _finish(self) -> None:
        if self._guard is not None:
            await self._guard.aclose()
        await self.aclose()

    def finish(self) -> None:
        """Close the client from outside of any coroutine."""
        loop = self._loop
        if loop is None or loop.is_closed():
            self._lease.close_without_loop()
        elif not loop.is_running():
            loop.run_until_complete(self._finish())
        else:
            asyncio.run_coroutine_threadsafe(self._finish(), loop).result(_LONGEST_CLOSE)


@contextmanager
def client_of(sandbox: "RunningSandbox") -> Generator[FlowRetail]:
    """Bind a client to a sandbox.

    Args:
        sandbox: The sandbox.

    Yields:
        A client whose retries wait hundredths of a second; it is closed when the block is left.
    """
    client = _SandboxClient(
        tenant=sandbox.tenant, token=sandbox.token, base_url=sandbox.base_url, retry=_QUICK
    )
    try:
        yield client
    finally:
        client.finish()
