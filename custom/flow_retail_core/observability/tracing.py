"""OpenTelemetry spans, one a call, named after the operation; nothing where opentelemetry-api is missing.

Spans carry what the semantic conventions for HTTP clients ask for, but no URL: paths hold UIDs and queries
hold personal data. For the same reason no text of an exception is recorded, only its class.
"""

from collections.abc import Awaitable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flow_retail_core.errors import APIStatusError, FlowRetailError
from flow_retail_core.messages import Response

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer
INSTRUMENTATION = "flow_retail_client"


class Tracing:
    """Makes the spans of one client's calls."""

    def __init__(self, tracer: "Tracer", base_url: str) -> None:
        # Here, not above: only those who have opentelemetry-api pay for it.
        from opentelemetry.trace import (  # noqa: PLC0415
            ProxyTracerProvider,
            SpanKind,
            Status,
            StatusCode,
            get_current_span,
            get_tracer_provider,
        )

        self.get_provider = get_tracer_provider
        """Returns the tracer provider of the program, which may be set at any time."""
        self.no_provider = ProxyTracerProvider
        """The class of what is returned until then: spans would go nowhere."""
        self._current_span = get_current_span
        self._tracer = tracer
        self._kind = SpanKind.CLIENT
        self._failed = Status(StatusCode.ERROR)
        address = urlsplit(base_url)
        self._server: dict[str, str | int] = {
            "server.address": address.hostname or "",
            "server.port": address.port or (443 if address.scheme == "https" else 80),
        }

    async def trace(self, operation: str, method: str, response: Awaitable[Response]) -> Response:
        """Await a response inside a span."""
        with self._tracer.start_as_current_span(
            operation,
            kind=self._kind,
            attributes={"http.request.method": method, **self._server},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                received = await response
            except BaseException as error:
                # Also a cancellation: the span ends here, without a response.
                self._fail(span, error)
                raise
            span.set_attribute("http.response.status_code", received.status_code)
            if received.attempts > 1:
                span.set_attribute("http.request.resend_count", received.attempts - 1)
            return received

    def note_retry(self, attempt: int, reason: str, wait: float) -> None:
        """Add an event `retry` to the span of the call that is being made."""
        self._current_span().add_event("retry", {"attempt": attempt, "reason": reason, "wait": wait})

    def _fail(self, span: "Span", error: BaseException) -> None:
        span.set_status(self._failed)
        span.set_attribute("error.type", type(error).__name__)
        if isinstance(error, APIStatusError):
            span.set_attribute("http.response.status_code", error.status_code)
        if isinstance(error, FlowRetailError) and error.attempts > 1:
            span.set_attribute("http.request.resend_count", error.attempts - 1)


def find_tracing(base_url: str) -> Tracing | None:
    """The spans of calls to a server; None where opentelemetry-api is not installed."""
    try:
        from opentelemetry import trace  # noqa: PLC0415  # imported by those who have it
    except ImportError:
        return None
    return Tracing(trace.get_tracer(INSTRUMENTATION), base_url)
