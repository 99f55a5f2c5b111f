"""Clients over each of the transports, all of which keep the same promises."""

import ssl
from typing import Any

import httpx
import pytest

from flow_retail_core.transports.aiohttp_transport import AiohttpTransport
from flow_retail_core.transports.httpx_transport import open_httpx


class Over:
    """Makes clients over one of the transports; they trust the certificates of `authority`."""

    def __init__(self, name: str, make_client: Any, context: ssl.SSLContext) -> None:
        self.name = name
        self.is_ours = name in {"own", "aiohttp"}
        """Whether the client opens and closes it."""
        self.is_client = name in {"http_client", "httpx2"}
        """Whether requests go through a client of the user's."""
        self.make_client = make_client
        self.context = context
        self.closing: list[Any] = []

    def __call__(self, **options: Any) -> Any:
        """Make a client; see `make_client` for the options, of which `transport` is one that was opened."""
        if "transport" in options:
            pass
        elif self.name == "aiohttp":
            options["transport"] = "aiohttp"
        elif self.name != "own":
            library = httpx
            if self.name == "httpx2":
                library = pytest.importorskip("httpx2", reason="the extra httpx2 is not installed")
            limits = library.Limits(max_keepalive_connections=options.get("max_concurrency", 50))
            if self.is_client:
                brought = library.AsyncClient(verify=self.context, limits=limits)
                options["http_client"] = brought
            else:
                brought = httpx.AsyncHTTPTransport(verify=self.context, limits=limits)
                options["transport"] = brought
            self.closing.append(brought)
        return self.make_client(**options)

    def open(self, base_url: str) -> Any:
        """Open a transport of ours that can be passed in, and looked at from outside."""
        transport = (AiohttpTransport if self.name == "aiohttp" else open_httpx)(base_url)
        self.closing.append(transport)
        return transport

    async def aclose(self) -> None:
        """Close what clients leave open."""
        for transport in self.closing:
            await transport.aclose()
