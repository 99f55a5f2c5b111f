"""From the exceptions of HTTP libraries to a `TransportFailure`.

Decided by the exception's class and the system's error number alone: its own text may hold anything that was
sent. Classes go by name, because most belong to libraries under the one that is called, or may not be
installed.
"""

import errno
import http.client
import os
import re
import socket
import ssl
from typing import Final, cast

from flow_retail_core.messages import Request
from flow_retail_core.transports.body import BodyError
from flow_retail_core.transports.transport import TransportFailure

_LOST: Final = "connection lost before the response was complete"
_NO_HTTP: Final = "the response was not valid HTTP"
_NO_PROXY: Final = "no connection through the proxy"

_MEANINGS: Final = {
    name: meaning
    for names, meaning in {
        "ConnectTimeout ConnectionTimeoutError": TransportFailure(
            "no connection {connect} (connect timeout)", sent=False, timed_out=True
        ),
        "ReadTimeout SocketTimeoutError": TransportFailure(
            "nothing received {read} (read timeout)", timed_out=True
        ),
        "WriteTimeout": TransportFailure("nothing sent {write} (write timeout)", timed_out=True),
        "PoolTimeout": TransportFailure(
            "no free connection {pool} (pool timeout)", sent=False, timed_out=True
        ),
        "TimeoutException ServerTimeoutError TimeoutError": TransportFailure("timed out", timed_out=True),
        "ConnectError ClientConnectorError ConnectionNotAvailable ConnectionRefusedError": TransportFailure(
            "no connection", sent=False
        ),
        "ProxyError ClientProxyConnectionError ClientHttpProxyError": TransportFailure(_NO_PROXY, sent=False),
        # The last three are anyio's, and come from a transport of the user's.
        "NetworkError RemoteProtocolError ClientConnectionError ClientPayloadError ConnectionError EOFError"
        " BrokenResourceError ClosedResourceError EndOfStream": TransportFailure(_LOST),
        "ProtocolError ClientResponseError HttpProcessingError": TransportFailure(_NO_HTTP),
        "DecodingError": TransportFailure("the response's compression is broken"),
        "LocalProtocolError": TransportFailure(
            "the request can't be written as HTTP", sent=False, transient=False
        ),
        "InvalidURL UnsupportedProtocol NonHttpUrlClientError": TransportFailure(
            "the URL can't be used", sent=False, transient=False
        ),
        "OSError": TransportFailure("the connection failed"),
    }.items()
    for name in names.split()
}
"""What classes mean, before the limits are filled in; others mean what the nearest of their bases does."""

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
    if _library(error) != "aiohttp" and _library(error.__cause__) == "aiohttp":
        # httpx-aiohttp turns every broken connection into a ConnectTimeout, the one after a create as well.
        error = cast("Exception", error.__cause__)
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, BodyError):
            return cause.failure
    meaning = next(
        (_MEANINGS[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in _MEANINGS), None
    )
    if meaning is None:
        # A mistake in a transport or hook that someone wrote.
        return TransportFailure(
            f"the transport raised {type(error).__name__}", sent=request.sent, transient=False
        )
    reason, transient = meaning.reason, meaning.transient
    detail = next((text for cause in causes if (text := _detail(cause))), "")
    if reason == _LOST and not has_head and any(_library(cause) == "h11" for cause in causes):
        # Before the head has been read, only a parser that refuses what came is the cause.
        reason = _NO_HTTP
    # What a proxy refused a tunnel with: aiohttp has it as a number, httpx at the start of the text.
    if reason == _NO_PROXY and (refusal := _STATUS.match(str(getattr(error, "status", error)))):
        status = int(refusal[0])
        detail = f"it responded with {status} {http.client.responses.get(status, '')}".rstrip()
        transient = status >= 500 or status in {408, 429}
    reason = reason.format_map(
        {
            step: "in time" if seconds is None else f"within {seconds:g} s"
            for step, seconds in request.timeouts.items()
        }
    )
    incomplete = not has_head and any(map(_is_refused_write, causes))
    return TransportFailure(
        f"{reason}: {detail}" if detail else reason,
        timed_out=meaning.timed_out,
        sent=meaning.sent and not incomplete and (request.sent or not request.has_stream),
        incomplete=incomplete,
        transient=transient and not any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes),
    )


def _library(error: BaseException | None) -> str:
    """The top-level package that an exception's class comes from."""
    return type(error).__module__.partition(".")[0]


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what led to it; of a group, its members too."""
    found = [error]
    for cause in found:
        further = [cause.__cause__ or cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            further += cast("BaseExceptionGroup[BaseException]", cause).exceptions
        found += [each for each in further if each is not None and each not in found]
    return found


def _is_refused_write(error: BaseException) -> bool:
    """Whether the system refused bytes that the server would need: EPIPE comes from writing alone."""
    return (isinstance(error, OSError) and error.errno == errno.EPIPE) or error.args == (_CLOSED,)


def _detail(error: BaseException) -> str:
    """What the system or OpenSSL says of an error, from their own tables."""
    text = ""
    if isinstance(error, ssl.SSLError):
        # A class of aiohttp's has neither, but its cause does. The errno is OpenSSL's own.
        reason: str | None = getattr(error, "reason", None)
        text = f"TLS failed: {reason.replace('_', ' ').lower()}" if reason else ""
        if message := getattr(error, "verify_message", ""):
            text = f"TLS certificate not accepted: {_uncapitalised(message.rstrip('.'))}"
    elif isinstance(error, socket.gaierror):
        unknown = error.errno == socket.EAI_NONAME
        text = "the host's name is not known" if unknown else "the host's name can't be looked up"
    # Below 0 is the resolver's, whose own error is the cause.
    elif isinstance(error, OSError) and error.errno and error.errno > 0:
        text = _uncapitalised(os.strerror(error.errno))
    return text


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
