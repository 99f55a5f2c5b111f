"""Requests over aiohttp's own client session, for the extra `aiohttp`."""

import asyncio
import base64
from contextvars import ContextVar
from typing import Any

import aiohttp
from yarl import URL

from flow_retail_core.constants import KEEPALIVE_EXPIRY
from flow_retail_core.messages import Headers, Request, Response, Secret
from flow_retail_core.transports.body import PART, RequestBody, read_body
from flow_retail_core.transports.failures import to_failure
from flow_retail_core.transports.proxies import environment_proxy
from flow_retail_core.transports.tls import tls_context
from flow_retail_core.transports.transport import ConnectionStats, TransportFailure

_HEAD = 100 * 1024
"""Bytes of a response's head that are read, as many as the default transport reads."""
_SHORTEST_HEADER = 4

_in_flight: ContextVar[Request] = ContextVar("flow_retail_request_in_flight")


class AiohttpTransport:
    """Sends requests over one aiohttp session; the client bounds the number of connections."""

    def __init__(self, proxy: URL | None = None, proxy_authorization: Secret | None = None) -> None:
        if "_retry_connection" not in getattr(aiohttp.ClientSession, "ATTRS", ()):
            raise RuntimeError(
                f"{__name__} does not know aiohttp {aiohttp.__version__}: install an earlier version, or"
                ' leave transport="aiohttp" out'
            )
        self._proxy = proxy
        self._proxy_authorization = proxy_authorization
        self._ssl_context = tls_context()
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response | TransportFailure:
        """See `Transport`."""
        has_head = False
        reset = _in_flight.set(request)
        writing = _write_timeout(request)
        try:
            async with writing:
                response = await self._start(request, writing.body or request.content)
            has_head = True
            async with response:
                headers = Headers(response.raw_headers)
                content = await read_body(
                    response.content.iter_any(), headers, request.max_response_bytes, response.status
                )
            return Response(response.status, headers, content, request.operation)
        except BaseException as error:  # noqa: BLE001  # the one place where foreign errors become ours
            return to_failure(error, request, has_head=has_head)
        finally:
            _in_flight.reset(reset)
            if writing.body is not None:
                await writing.body.aclose()

    def _start(self, request: Request, body: Any) -> Any:
        session = self._session or self._open()
        timeouts, lines = request.timeouts, request.header_lines()
        return session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in lines],
            data=body,
            allow_redirects=False,
            proxy=self._proxy,
            # A new dict each time, because aiohttp writes into it.
            proxy_headers={"Proxy-Authorization": self._proxy_authorization.reveal()}
            if self._proxy_authorization
            else None,
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
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            auto_decompress=False,
            max_line_size=_HEAD,
            max_field_size=_HEAD,
            max_headers=_HEAD // _SHORTEST_HEADER,
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


def open_aiohttp(base_url: str) -> AiohttpTransport:
    """Open a transport over aiohttp."""
    found = environment_proxy(base_url, _proxy)
    if found is None:
        return AiohttpTransport()
    proxy, authorization = found
    if proxy.scheme not in {"http", "https"}:
        raise ValueError(
            f"the environment names a {proxy.scheme} proxy, which aiohttp can't use: leave"
            ' transport="aiohttp" out'
        )
    return AiohttpTransport(proxy, authorization)


def _proxy(address: str) -> tuple[URL, Secret | None]:
    """Split an address into the proxy's URL and the value of Proxy-Authorization."""
    url = URL(address)
    if url.user is None:
        return url, None
    credentials = f"{url.user}:{url.password or ''}".encode()
    return url.with_user(None), Secret("Basic " + base64.b64encode(credentials).decode("ascii"))


class _write_timeout:  # noqa: N801  # used like `asyncio.timeout`
    """Bounds the wait for the server to take a part of a long body, which aiohttp does not."""

    def __init__(self, request: Request) -> None:
        content = request.content
        self._seconds = request.timeouts["write"]
        self._timeout = asyncio.timeout(None)
        self._sending = False
        self.body: RequestBody | None = None
        if content is not None and not (isinstance(content, bytes) and len(content) <= PART):
            self.body = RequestBody(request, self._note_writing)

    async def __aenter__(self) -> None:
        if self.body is not None:
            self._sending = True
            await self._timeout.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        if self._sending:
            self._sending = False
            try:
                await self._timeout.__aexit__(*error)
            except TimeoutError:
                # Only this one: aiohttp has classes of its own.
                raise WriteTimeout from None

    def _note_writing(self, writing: bool) -> None:
        # A server may respond, and the request be over, before the whole body was sent. Between two parts the
        # program's own stream is read, and after the last the read timeout counts.
        if self._sending:
            until = asyncio.get_running_loop().time() + self._seconds if writing and self._seconds else None
            self._timeout.reschedule(until)


class WriteTimeout(TimeoutError):  # noqa: N818  # named like httpx's, for the same meaning
    """The server did not take a part of the body in time."""
