"""What can go wrong with a request, and how far one got."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "reset_before",  # the request was read, but not forwarded; then a reset
    "close_before",  # the same, but a polite end, as of a server that closes an idle connection just then
    "reset_after",  # the server has answered; its answer is dropped, then a reset
    "cut_reset",  # a part of the answer's body, then a reset
    "cut_close",  # a part of the answer's body, then a polite end
    "swallow",  # half-open: the request is read and kept
    "swallow_after",  # half-open: the server has answered, the answer is kept
    "stall_body",  # half-open: a part of the answer's body, the rest is kept
    "drip",  # the answer comes in small pieces
    "close_idle",  # the answer comes whole; then the connection is closed without having said so
]

LOSES_REQUEST = frozenset({"reset_before", "close_before", "swallow"})
"""Kinds that keep the request from the server."""


@dataclass(frozen=True)
class Strike:
    """What goes wrong with one request.

    Attributes:
        kind: See `Kind`. What is half-open stays so until `FaultProxy.release()`, or until the client leaves.
        part: How much of the body comes through where it is cut or stalls, from 0 to 1.
        piece: Bytes of each piece of `drip`.
        pause: Seconds between the pieces of `drip`.
    """

    kind: Kind
    part: float = 0.5
    piece: int = 100
    pause: float = 0.002


@dataclass
class Passage:
    """One request that reached the proxy.

    Attributes:
        connection: The number of the connection it came on, from 1.
        method: The HTTP method.
        path: Path and query.
        strike: What went wrong, None if nothing was to.
        stage: How far it got.
    """

    connection: int
    method: str
    path: str
    strike: Kind | None
    stage: Literal["read", "forwarded", "answered", "held", "ended"] = "read"
    forwarded: bool = False
