"""A transport of ours without a network: it notes each request and responds by a script."""

import copy
from collections.abc import Callable

from flow_retail_core.messages import Headers, Request, Response
from flow_retail_core.transports.transport import ConnectionStats, TransportFailure


class FakeTransport:
    """Responds with what `respond` returns for each request; with an empty object unless told otherwise."""

    def __init__(self, respond: Callable[[Request], Response | TransportFailure] | None = None) -> None:
        self.respond = respond or (lambda _request: Response(200, Headers(), b"{}"))
        self.requests: list[Request] = []
        self.closed = False

    async def send(self, request: Request) -> Response | TransportFailure:
        # A copy, because the same object is sent at the next attempt.
        self.requests.append(copy.copy(request))
        request.sent = True
        return self.respond(request)

    async def aclose(self) -> None:
        self.closed = True

    def stats(self) -> ConnectionStats:
        return ConnectionStats(0, 0)
