"""What became of a request, told from the exception that it ended with."""

import ssl
from typing import cast

import httpx

from flow_retail_core.reasons import causes, library, reason_of
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


def lost(error: Exception, outgoing: Outgoing, *, answering: bool) -> Lost:
    """Describe the loss of an answer.

    Args:
        error: What sending or reading raised.
        outgoing: The request.
        answering: Whether the head of the answer had been read.
    """
    if library(error.__cause__) == "aiohttp":
        # httpx-aiohttp calls every broken connection a ConnectTimeout, the one after a create as well.
        error = cast("Exception", error.__cause__)
    certificate_refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error))
    return Lost(
        reason_of(error, outgoing.timeouts, answering=answering),
        timed_out=isinstance(error, httpx.TimeoutException | TimeoutError),
        sent=_sent(error, outgoing),
        passing=(isinstance(error, _PASSING) or library(error) in _PASSING_LIBRARIES)
        and not isinstance(error, _HOPELESS)
        and not certificate_refused,
    )


def _sent(error: Exception, outgoing: Outgoing) -> bool:
    if library(error) == "aiohttp":
        return _AIOHTTP_NEVER_SENT.isdisjoint(cls.__name__ for cls in type(error).__mro__)
    # By its type and not by `outgoing.sent`: a head that failed half-way may have been whole for the server.
    return not isinstance(error, _NEVER_SENT) and (outgoing.sent or isinstance(error, httpx.RequestError))
