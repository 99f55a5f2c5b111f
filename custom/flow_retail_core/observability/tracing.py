"""OpenTelemetry spans, one a call, named after the operation; nothing where opentelemetry-api is missing.

Spans carry what the semantic conventions for HTTP clients ask for, but no URL: paths hold UIDs and queries
hold personal data. For the same reason no text of an exception is recorded, only its class.
"""

from collections.abc import Awaitable
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from flow_retail_core.messages import Response

INSTRUMENTATION = "flow_retail_client"


class Tracing:
    """Makes the spans of one client's calls, with the module `opentelemetry.trace`."""

    def __init__(self, api: ModuleType, base_url: str) -> None:
        self.api = api
        self._tracer = api.get_tracer(INSTRUMENTATION)
        address = urlsplit(base_url)
        self._server: dict[str, str | int] = {
            "server.address": address.hostname or "",
            "server.port": address.port or (443 if address.scheme == "https" else 80),
        }

    async def trace(self, operation: str, method: str, response: Awaitable[Response]) -> Response:
        """Await a response inside a span."""
        with self._tracer.start_as_current_span(
            operation,
            kind=self.api.SpanKind.CLIENT,
            attributes={"http.request.method": method, **self._server},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                received = await response
            except BaseException as error:
                # Also a cancellation: the span ends here, without a response.
                span.set_status(self.api.Status(self.api.StatusCode.ERROR))
                span.set_attribute("error.type", type(error).__name__)
                _describe(span, error)
                raise
            _describe(span, received)
            return received

    def note_retry(self, attempt: int, reason: str, wait: float) -> None:
        """Add an event `retry` to the span of the call that is being made."""
        span = self.api.get_current_span()
        span.add_event("retry", {"attempt": attempt, "reason": reason, "wait": wait})


def _describe(span: Any, outcome: object) -> None:
    """Add status and attempts of a response, or of one of our errors."""
    status, attempts = getattr(outcome, "status_code", None), getattr(outcome, "attempts", 1)
    if status is not None:
        span.set_attribute("http.response.status_code", status)
    if attempts > 1:
        span.set_attribute("http.request.resend_count", attempts - 1)


def find_tracing(base_url: str) -> Tracing | None:
    """The spans of calls to a server; None where opentelemetry-api is not installed."""
    try:
        return Tracing(import_module("opentelemetry.trace"), base_url)
    except ImportError:
        return None
