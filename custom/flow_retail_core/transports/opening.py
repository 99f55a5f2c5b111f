"""The transport that a client's arguments ask for."""

import sys
from typing import Any

from flow_retail_core.transports.httpx_transport import HttpxClientTransport, HttpxTransport, open_httpx
from flow_retail_core.transports.transport import HttpClient, Transport, TransportOption
from flow_retail_core.validation import type_name


def open_transport(
    base_url: str, http_client: HttpClient | None, transport: TransportOption | None
) -> Transport:
    """Open the transport that a client's arguments ask for."""
    # httpx2 is imported if anything of it was passed, and need not be installed if not.
    libraries: list[Any] = [sys.modules[name] for name in ("httpx", "httpx2") if name in sys.modules]
    if http_client is not None and transport is not None:
        raise ValueError("pass http_client or transport, not both")
    if http_client is not None:
        for library in libraries:
            if isinstance(http_client, library.AsyncClient):
                return HttpxClientTransport(http_client, library.__name__)
        raise TypeError(
            f"http_client must be an httpx.AsyncClient or an httpx2.AsyncClient, not {type_name(http_client)}"
        )
    if transport is None:
        return open_httpx(base_url)
    if transport == "aiohttp":
        try:
            # Here, because aiohttp is an extra.
            from flow_retail_core.transports.aiohttp_transport import AiohttpTransport  # noqa: PLC0415
        except ImportError as error:
            raise ValueError(
                f'transport="aiohttp" needs the package {error.name}: install flow-retail-client[aiohttp]'
            ) from None
        return AiohttpTransport(base_url)
    for library in libraries:
        if isinstance(transport, library.AsyncBaseTransport):
            return HttpxTransport(transport, library.Request)
    if isinstance(transport, Transport):
        return _Borrowed(transport)
    choices = '"aiohttp", an httpx transport or a Transport'
    if not isinstance(transport, str):
        raise TypeError(f"transport must be {choices}, not {type_name(transport)}")
    raise ValueError(f"transport must be {choices}, not {transport!r}")


class _Borrowed:
    """A transport of the user's, which stays theirs to close."""

    def __init__(self, transport: Transport) -> None:
        self.send = transport.send
        self.stats = transport.stats

    async def aclose(self) -> None:
        """See `Transport`."""
