"""From the exceptions of HTTP libraries to a `TransportFailure`.

Decided by the exception's class and the system's error number alone: its own text may hold anything that was
sent. Classes go by name, because most belong to libraries under the one that is called, or may not be
installed.
"""

import errno
import http
import os
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final, NamedTuple, cast

from flow_retail_core.messages import Request
from flow_retail_core.transports.body import OversizedBodyError, UnreadableBodyError, UnsendableBodyError
from flow_retail_core.transports.transport import TransportFailure


class _Meaning(NamedTuple):
    """What a class means: in words, and whether the request may have been sent and may be sent again."""

    words: str
    sent: bool = True
    transient: bool = True
    timed_out: bool = False


_LOST: Final = _Meaning("connection lost before the response was complete")
_NO_HTTP: Final = _Meaning("the response was not valid HTTP")
_NO_CONNECTION: Final = _Meaning("no connection", sent=False)
_CONNECT_TIMEOUT: Final = _Meaning("no connection {connect} (connect timeout)", sent=False, timed_out=True)
_READ_TIMEOUT: Final = _Meaning("nothing received {read} (read timeout)", timed_out=True)
_TIMED_OUT: Final = _Meaning("timed out", timed_out=True)
_NO_PROXY: Final = _Meaning("no connection through the proxy", sent=False)
_UNUSABLE_URL: Final = _Meaning("the URL can't be used", sent=False, transient=False)

_MEANINGS: Final = {
    # httpx and httpx2
    "ConnectTimeout": _CONNECT_TIMEOUT,
    "ReadTimeout": _READ_TIMEOUT,
    "WriteTimeout": _Meaning("nothing sent {write} (write timeout)", timed_out=True),
    "PoolTimeout": _Meaning("no free connection {pool} (pool timeout)", sent=False, timed_out=True),
    "TimeoutException": _TIMED_OUT,
    "ConnectError": _NO_CONNECTION,
    "ProxyError": _NO_PROXY,
    "NetworkError": _LOST,
    "RemoteProtocolError": _LOST,
    "LocalProtocolError": _Meaning("the request can't be written as HTTP", sent=False, transient=False),
    "ProtocolError": _NO_HTTP,
    "DecodingError": _Meaning("the response's compression is broken"),
    "InvalidURL": _UNUSABLE_URL,
    "UnsupportedProtocol": _UNUSABLE_URL,
    # aiohttp
    "ConnectionTimeoutError": _CONNECT_TIMEOUT,
    "SocketTimeoutError": _READ_TIMEOUT,
    "ServerTimeoutError": _TIMED_OUT,
    "ClientConnectorError": _NO_CONNECTION,
    "ClientProxyConnectionError": _NO_PROXY,
    "ClientHttpProxyError": _NO_PROXY,
    "ClientConnectionError": _LOST,
    "ClientPayloadError": _LOST,
    "ClientResponseError": _NO_HTTP,
    "HttpProcessingError": _NO_HTTP,
    "NonHttpUrlClientError": _UNUSABLE_URL,
    # anyio and httpcore, seen where a transport of the user's lets them through
    "ConnectionNotAvailable": _NO_CONNECTION,
    "BrokenResourceError": _LOST,
    "ClosedResourceError": _LOST,
    "EndOfStream": _LOST,
    # the standard library
    "TimeoutError": _TIMED_OUT,
    "ConnectionRefusedError": _NO_CONNECTION,
    "ConnectionError": _LOST,
    "EOFError": _LOST,
    "OSError": _Meaning("the connection failed"),
}
"""What each class means; for others that of the nearest class that they derive from."""

_STATUS: Final = re.compile(r"[1-5][0-9]{2}\b")
_CLOSED: Final = "Cannot write to closing transport"
"""aiohttp's text for a part of the request that was never handed to the system."""


def to_failure(error: BaseException, request: Request, *, has_head: bool) -> TransportFailure:
    """Describe why there is no complete response; a cancellation is raised again.

    Described and not raised, and raised without its traceback: an HTTP library's errors and frames hold the
    Authorization.
    """
    if not isinstance(error, Exception):
        raise error.with_traceback(None)
    if isinstance(error, OversizedBodyError):
        return TransportFailure(
            f"the response is larger than max_response_bytes ({request.max_response_bytes} bytes)",
            transient=False,
            oversized=True,
        )
    if isinstance(error, UnreadableBodyError):
        return TransportFailure(str(error))
    for cause in _causes(error):
        if isinstance(cause, UnsendableBodyError):
            return TransportFailure(str(cause), sent=cause.sent, incomplete=not cause.sent, transient=False)
    if library(error) != "aiohttp" and library(error.__cause__) == "aiohttp":
        # httpx-aiohttp turns every broken connection into a ConnectTimeout, the one after a create as well.
        error = cast("Exception", error.__cause__)
    meaning = next(
        (_MEANINGS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in _MEANINGS), None
    )
    if meaning is None:
        # A mistake in a transport or hook that someone wrote.
        return TransportFailure(
            f"the transport raised {type(error).__name__}", sent=request.sent, transient=False
        )
    words, sent, transient, timed_out = meaning
    if meaning is _LOST and not has_head and any(library(cause) == "h11" for cause in _causes(error)):
        # Before the head has been read, only a parser that refuses what came is the cause.
        words = _NO_HTTP.words
    detail = _detail(error)
    if meaning is _NO_PROXY and (status := _refusal(error)) is not None:
        detail = f"it responded with {_named(status)}"
        transient = status >= 500 or status in {408, 429}
    reason = words.format_map({step: _limit(seconds) for step, seconds in request.timeouts.items()})
    incomplete = not has_head and _is_incomplete(error)
    return TransportFailure(
        f"{reason}: {detail}" if detail else reason,
        timed_out=timed_out,
        sent=sent and not incomplete and (request.sent or not request.has_stream),
        incomplete=incomplete,
        transient=transient
        and not any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)),
    )


def library(error: BaseException | None) -> str:
    """The top-level package that an exception's class comes from."""
    return type(error).__module__.partition(".")[0]


def _is_incomplete(error: Exception) -> bool:
    """Whether a part of the request never reached the server: a write failed, not a read.

    EPIPE comes from writing alone: the system refused bytes that the server would need.
    """
    return any(
        (isinstance(cause, OSError) and cause.errno == errno.EPIPE) or cause.args == (_CLOSED,)
        for cause in _causes(error)
    )


def _refusal(error: Exception) -> int | None:
    """The status with which a proxy refused a tunnel."""
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return status
    found = _STATUS.match(str(error))
    return int(found[0]) if found else None


def _named(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it; of a group, its members too."""
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        cause = pending.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending.append(cause.__cause__ or cause.__context__)
        if isinstance(cause, BaseExceptionGroup):
            pending.extend(cast("BaseExceptionGroup[BaseException]", cause).exceptions)


def _limit(seconds: float | None) -> str:
    return "in time" if seconds is None else f"within {seconds:g} s"


def _detail(error: Exception) -> str:
    """What the system or OpenSSL says, from their own tables."""
    about = ""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            # aiohttp's own class says nothing, but its cause does. The errno of both is OpenSSL's, and means
            # something else to the system.
            about = about or _about_tls(cause)
        elif isinstance(cause, socket.gaierror):
            unknown = cause.errno == socket.EAI_NONAME
            return "the host's name is not known" if unknown else "the host's name can't be looked up"
        # Below 0 is the resolver's, whose own error comes further down.
        elif isinstance(cause, OSError) and cause.errno and cause.errno > 0 and not about:
            return _uncapitalised(os.strerror(cause.errno))
    return about


def _about_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        message: str = getattr(error, "verify_message", "").rstrip(".")
        return f"TLS certificate not accepted: {_uncapitalised(message)}" if message else ""
    # A class of aiohttp's has no `reason` at all.
    reason: str | None = getattr(error, "reason", None)
    return f"TLS failed: {reason.replace('_', ' ').lower()}" if reason else ""


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
