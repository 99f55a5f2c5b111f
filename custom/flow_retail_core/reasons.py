"""Why there was no whole answer, in a user's words.

Told from the exception's class and the system's error number alone: its own text may hold anything that was
sent. Classes go by name, since most belong to libraries that stand under the one we call, or may not be
installed; that library's successor will have few other names.
"""

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final, cast

_STEPS: Final = ("connect", "read", "write", "pool")
_LOST = "connection lost before the answer was complete"
_NO_HTTP = "the answer was not valid HTTP"
_NO_CONNECTION = "no connection"
_NO_PROXY = "no connection through the proxy"
_UNUSABLE_URL = "the URL can't be used"
_TIMED_OUT = "timed out"

_WORDS: Final = {
    "ConnectTimeout": "no connection {connect} (connect timeout)",
    "ConnectionTimeoutError": "no connection {connect} (connect timeout)",
    "ReadTimeout": "nothing received {read} (read timeout)",
    "SocketTimeoutError": "nothing received {read} (read timeout)",
    "WriteTimeout": "nothing sent {write} (write timeout)",
    "PoolTimeout": "no free connection {pool} (pool timeout)",
    "TimeoutException": _TIMED_OUT,
    "ServerTimeoutError": _TIMED_OUT,
    "TimeoutError": _TIMED_OUT,
    "ConnectError": _NO_CONNECTION,
    "ClientConnectorError": _NO_CONNECTION,
    "ConnectionNotAvailable": _NO_CONNECTION,
    "ConnectionRefusedError": _NO_CONNECTION,
    "ProxyError": _NO_PROXY,
    "ClientProxyConnectionError": _NO_PROXY,
    "ClientHttpProxyError": _NO_PROXY,
    "NetworkError": _LOST,
    "RemoteProtocolError": _LOST,
    "ClientConnectionError": _LOST,
    "ClientPayloadError": _LOST,
    "BrokenResourceError": _LOST,
    "ClosedResourceError": _LOST,
    "EndOfStream": _LOST,
    "ConnectionError": _LOST,
    "EOFError": _LOST,
    "OSError": "the connection failed",
    "ProtocolError": _NO_HTTP,
    "ClientResponseError": _NO_HTTP,
    "HttpProcessingError": _NO_HTTP,
    "DecodingError": "the answer's compression is broken",
    "LocalProtocolError": "the request can't be written as HTTP",
    "InvalidURL": _UNUSABLE_URL,
    "UnsupportedProtocol": _UNUSABLE_URL,
    "NonHttpUrlClientError": _UNUSABLE_URL,
}
"""What each class means; for others that of the nearest class that they derive from."""


def reason_of(error: Exception, timeouts: Mapping[str, float | None], *, answering: bool) -> str:
    """Say why there was no whole answer.

    Args:
        error: What sending or reading raised.
        timeouts: The limits that applied, in seconds, under `connect`, `read`, `write` and `pool`.
        answering: Whether the head of an answer had been read.

    Returns:
        A few words without URL, credentials and data, such as `no connection: connection refused`.
    """
    words = next((_WORDS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in _WORDS), None)
    if words is None:
        # No way that connections fail, so a mistake in a transport or hook that someone wrote.
        return f"the transport raised {type(error).__name__}"
    if words is _LOST and not answering and any(library(cause) == "h11" for cause in causes(error)):
        # Before the head has been read, only the parser's refusal of what came is told by the parser.
        words = _NO_HTTP
    detail = _detail(error)
    told = words.format_map(
        {step: _limit(timeouts.get(step)) for step in ("connect", "read", "write", "pool")}
    )
    return f"{told}: {detail}" if detail else told


def library(error: BaseException | None) -> str:
    """The top-level package that an exception's class comes from."""
    return type(error).__module__.partition(".")[0]


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it; of a group, what its members say."""
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
    for cause in causes(error):
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
        said: str = getattr(error, "verify_message", "").rstrip(".")
        return f"TLS certificate not accepted: {_uncapitalised(said)}" if said else ""
    # A class of aiohttp's has no `reason` at all.
    reason: str | None = getattr(error, "reason", None)
    return f"TLS failed: {reason.replace('_', ' ').lower()}" if reason else ""


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
