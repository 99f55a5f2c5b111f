"""Our own connection pool inside httpx's stock transport.

The one module that relies on a private name of httpx: `AsyncHTTPTransport._pool`. httpx has no argument for
a pool of one's own, and a transport of another class would escape pytest-httpx, respx and OpenTelemetry,
which patch the stock one. Should a release of httpx move that attribute, every client without `http_client`
or `transport` says so when it is made.
"""

import ssl

import httpcore
import httpx

from flow_retail_core.pool import StackPool


class PooledTransport(httpx.AsyncHTTPTransport):
    """The stock transport over a `StackPool`; see there for the arguments.

    Raises:
        RuntimeError: The installed httpx is not made the way that this relies on.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext, max_idle: int, idle_expiry: float) -> None:
        super().__init__(verify=ssl_context)
        stock: object = getattr(self, "_pool", None)
        if type(stock) is not httpcore.AsyncConnectionPool:
            raise RuntimeError(
                f"{__name__} does not know httpx {httpx.__version__} with httpcore {httpcore.__version__}:"
                f" AsyncHTTPTransport._pool is {type(stock).__name__} and not AsyncConnectionPool. Install"
                " httpx 0.27 or 0.28, or pass transport=httpx.AsyncHTTPTransport()."
            )
        self._pool = StackPool(ssl_context=ssl_context, max_idle=max_idle, idle_expiry=idle_expiry)
