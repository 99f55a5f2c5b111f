"""A client for tests, which may run it on any event loop and need not close it."""

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from flow_retail_client import FlowRetail, Retry

if TYPE_CHECKING:
    from flow_retail_sandbox import RunningSandbox


class _SandboxClient(FlowRetail):
    def finish(self) -> None:
        """Close the client where its loop may be closed already; it keeps no connection."""
        self._lease.close_without_loop()


@contextmanager
def client_of(sandbox: "RunningSandbox") -> Generator[FlowRetail]:
    """Bind a client to a sandbox.

    Args:
        sandbox: The sandbox.

    Yields:
        A client whose retries wait hundredths of a second; it is closed when the block is left.
    """
    # Each connection ends with its response. The loop that it belongs to may have been closed long before the
    # block is left, too late to close a connection that was kept.
    http_client = httpx.AsyncClient(
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # for http alone: reading certificates takes long
    )
    client = _SandboxClient(
        tenant=sandbox.tenant,
        token=sandbox.token,
        base_url=sandbox.base_url,
        retry=Retry(base_delay=0.01, max_delay=0.05),
        http_client=http_client,
    )
    try:
        yield client
    finally:
        client.finish()
