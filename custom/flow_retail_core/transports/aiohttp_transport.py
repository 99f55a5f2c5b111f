"""Requests over aiohttp's own client session, for the extra `aiohttp`."""

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import aiohttp
from yarl import URL

from flow_retail_core.constants import KEEPALIVE_EXPIRY
from flow_retail_core.messages import Headers, Request, Response
from flow_retail_core.transports.body import PART, read_body, request_parts
from flow_retail_core.transports.failures import to_failure
from flow_retail_core.transports.proxies import environment_proxy
from flow_retail_core.transports.tls import tls_context
from flow_retail_core.transports.transport import ConnectionStats, TransportFailure

_HEAD = 100 * 1024
"""Bytes of a response's head that are read, as many as the default transport reads."""

_in_flight: ContextVar[Request] = ContextVar("flow_retail_request_in_flight")


class AiohttpTransport:
    """Sends requests over one aiohttp session; the client bounds the number of connections."""

    def __init__(self, base_url: str) -> None:
        if "_retry_connection" not in getattr(aiohttp.ClientSession, "ATTRS", ()):
            raise RuntimeError(
                f"{__name__} does not know aiohttp {aiohttp.__version__}: install an earlier version, or"
                ' leave transport="aiohttp" out'
            )
        # No variable of its own, because tracebacks show those, and it may hold a password.
        self._proxy = environment_proxy(base_url, URL)
        if self._proxy is not None and self._proxy.scheme not in {"http", "https"}:
            raise ValueError(
                f"the environment names a {self._proxy.scheme} proxy, which aiohttp can't use: leave"
                ' transport="aiohttp" out'
            )
        self._ssl_context = tls_context()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response | TransportFailure:
        """See `Transport`."""
        has_head = False
        reset = _in_flight.set(request)
        # aiohttp has no timeout for a server that does not take a long body.
        writing = asyncio.timeout(None)
        content: Any = request.content
        is_long = request.has_stream or len(content or b"") > PART
        body = request_parts(request, writing) if is_long else None
        try:
            async with writing:
                response = await self._start(request, body or content)
                has_head = True
                async with response:
                    headers = Headers(response.raw_headers)
                    content = await read_body(
                        response.content.iter_any(), headers, response.status, request.max_response_bytes
                    )
            return Response(response.status, headers, content, request.operation)
        except BaseException as error:  # noqa: BLE001  # the one place where foreign errors become ours
            expired = isinstance(error, TimeoutError) and writing.expired()
            return to_failure(WriteTimeout() if expired else error, request, has_head=has_head)
        finally:
            _in_flight.reset(reset)
            if body is not None:
                # RuntimeError: a task of aiohttp's, just cancelled, still reads it, and its end closes it.
                with suppress(RuntimeError):
                    await body.aclose()

    def _start(self, request: Request, body: Any) -> Any:
        session = self._session or self._open()
        timeouts, lines = request.timeouts, request.header_lines()
        return session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in lines],
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=timeouts["connect"],
                sock_connect=timeouts["connect"],
                sock_read=timeouts["read"],
            ),
        )

    def _open(self) -> aiohttp.ClientSession:
        # With the first request, because a session belongs to the running event loop.
        self._session = session = aiohttp.ClientSession(
            connector=_Connector(limit=0, keepalive_timeout=KEEPALIVE_EXPIRY, ssl=self._ssl_context),
            proxy=self._proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            auto_decompress=False,
            max_line_size=_HEAD,
            max_field_size=_HEAD,
            # The shortest has four bytes.
            max_headers=_HEAD // 4,
        )
        # aiohttp would send some requests again by itself, uncounted; retries are the policy's.
        session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the only switch
        return session

    async def aclose(self) -> None:
        """See `Transport`."""
        if self._session is not None:
            await self._session.close()

    def stats(self) -> ConnectionStats:
        """See `Transport`."""
        connector = None if self._session is None else self._session.connector
        return connector.stats() if isinstance(connector, _Connector) else ConnectionStats(0, 0)


class _Connector(aiohttp.TCPConnector):
    """Notes when a request gets its connection: from then on the server may receive it."""

    async def connect(self, req: Any, traces: Any, timeout: aiohttp.ClientTimeout) -> Any:  # noqa: ASYNC109  # aiohttp's
        connection = await super().connect(req, traces, timeout)
        request = _in_flight.get()
        # Of a stream it is known more exactly.
        request.sent = not request.has_stream
        return connection

    def stats(self) -> ConnectionStats:
        """Count the open connections."""
        return ConnectionStats(len(self._acquired), sum(map(len, self._conns.values())))


class WriteTimeout(Exception):  # noqa: N818  # named like httpx's, for the same meaning
    """The server did not take a part of the body in time."""
