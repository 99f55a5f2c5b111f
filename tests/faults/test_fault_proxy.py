"""The proxy itself: it knows which connections are open, however they end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from fault_proxy import run_proxy


@asynccontextmanager
async def new_connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that the proxy can be handed as if it had just come in; its other end stays open."""

    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(stay, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        yield await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize("order", ["just before", "just after"])
def test_a_connection_that_comes_as_the_proxy_stops_listening_does_not_stay_open(order):
    async def accept_and_stop() -> None:
        async with new_connection() as streams:
            # Nothing in between: the task that would serve the connection gets no turn.
            if order == "just before":
                proxy._accept(*streams)
                await proxy._stop_listening()
            else:
                await proxy._stop_listening()
                proxy._accept(*streams)

    with run_proxy("http://127.0.0.1:9/v2") as proxy:
        proxy._call(accept_and_stop())
        proxy.wait(lambda proxy: proxy.open == 0)
        assert proxy.accepted == 1
        assert not proxy._clients


def test_a_connection_whose_end_is_cut_short_does_not_stay_open():
    async def accept_and_cancel() -> None:
        async with new_connection() as streams:
            proxy._accept(*streams)
            (task,) = proxy._clients.values()
            streams[0].feed_eof()
            while not streams[1].is_closing():
                await asyncio.sleep(0)
            # It waits for the connection to be closed now.
            task.cancel()

    with run_proxy("http://127.0.0.1:9/v2") as proxy:
        proxy._call(accept_and_cancel())
        proxy.wait(lambda proxy: proxy.open == 0)
        assert not proxy._clients
