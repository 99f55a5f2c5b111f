"""What became of a request, told from the exception that it ended with."""

import os
import socket
import ssl
from collections.abc import Iterator
from typing import cast

import httpx

from flow_retail_core.transport import Lost, Outgoing

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
# A body whose compression is broken was damaged on its way, like one cut short.
_PASSING = (httpx.TransportError, httpx.DecodingError, OSError, EOFError)
# Raised by what stands under httpx; seen only where a custom transport lets them through.
_PASSING_LIBRARIES = frozenset({"aiohttp", "anyio", "h11", "httpcore"})
# By name, because aiohttp is imported only where it is used.
_AIOHTTP_NEVER_SENT = frozenset({"ClientConnectorError", "ConnectionTimeoutError", "ClientHttpProxyError"})


def lost(error: Exception, outgoing: Outgoing) -> Lost:
    """Describe the loss of an answer.

    Args:
        error: What sending or reading raised.
        outgoing: The request.
    """
    if _library(error.__cause__) == "aiohttp":
        # httpx-aiohttp calls every broken connection a ConnectTimeout, the one after a create as well.
        error = cast("Exception", error.__cause__)
    certificate_refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
    return Lost(
        _reason(error),
        timed_out=isinstance(error, httpx.TimeoutException | TimeoutError),
        sent=_sent(error, outgoing),
        passing=(isinstance(error, _PASSING) or _library(error) in _PASSING_LIBRARIES)
        and not isinstance(error, _HOPELESS)
        and not certificate_refused,
    )


def _sent(error: Exception, outgoing: Outgoing) -> bool:
    if _library(error) == "aiohttp":
        return _AIOHTTP_NEVER_SENT.isdisjoint(cls.__name__ for cls in type(error).__mro__)
    # By its type and not by `outgoing.sent`: a head that failed half-way may have been whole for the server.
    return not isinstance(error, _NEVER_SENT) and (outgoing.sent or isinstance(error, httpx.RequestError))


def _library(error: BaseException | None) -> str:
    return type(error).__module__.partition(".")[0]


def _reason(error: Exception) -> str:
    """Say what happened without the error's own text, which may hold anything that was sent."""
    name = type(error).__name__
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError) and cause.args:
            return f"{name}: certificate not accepted: {getattr(cause, 'verify_message', '')}"
        if isinstance(cause, socket.gaierror):
            return f"{name}: host name not resolved"
        # Below 0 is the resolver's, whose own error comes further down.
        if isinstance(cause, OSError) and cause.errno and cause.errno > 0:
            return f"{name}: {os.strerror(cause.errno)}"
    return name


def _causes(error: BaseException) -> Iterator[BaseException]:
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
