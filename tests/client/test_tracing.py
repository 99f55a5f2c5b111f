"""OpenTelemetry: a span for each call, and nothing of what it carried."""

import asyncio
import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from flow_retail_client import (
    APIConnectionError,
    FlowRetail,
    Hooks,
    InternalServerError,
    NotFoundError,
    Retry,
)
from flow_retail_client.models import CustomerCreate, CustomerSearch, CustomerType
from flow_retail_sandbox import Fault, run_sandbox

QUICK = Retry(base_delay=0.001, max_delay=0.002)


@pytest.fixture
def spans(monkeypatch):
    """What a program's own tracer provider is given."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield exporter.get_finished_spans
    provider.shutdown()


@pytest.fixture
def faulty():
    """A sandbox of its own for each test."""
    with run_sandbox(customers=20, seed=5) as running:
        yield running


@pytest.fixture
async def flow(spans, faulty):
    async with FlowRetail(
        tenant=faulty.tenant, token=faulty.token, base_url=faulty.base_url, retry=QUICK
    ) as client:
        yield client


async def test_a_call_is_a_span_named_after_its_operation(flow, faulty, spans):
    await flow.customers.list(page_size=5)
    (span,) = spans()
    assert (span.name, span.kind) == ("customers.list", SpanKind.CLIENT)
    host, _, port = faulty.base_url.partition("://")[2].partition("/")[0].partition(":")
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": host,
        "server.port": int(port),
    }
    assert span.status.status_code is StatusCode.UNSET
    assert span.instrumentation_scope.name == "flow_retail_client"


async def test_a_retried_call_is_one_span_with_an_event_for_each_retry(flow, faulty, spans):
    faulty.faults.add(Fault("status", status=503, count=2))
    await flow.customers.list()
    (span,) = spans()
    assert span.attributes["http.request.resend_count"] == 2
    assert [event.name for event in span.events] == ["retry", "retry"]
    assert [event.attributes["attempt"] for event in span.events] == [1, 2]
    assert span.events[0].attributes["reason"] == "503"


async def test_a_deadline_keeps_the_span(flow, spans):
    await flow.with_options(deadline=30).customers.list()
    assert [span.name for span in spans()] == ["customers.list"]


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (Fault("status", status=503, count=9), InternalServerError, 503),
        (Fault("reset_before", count=9), APIConnectionError, None),
    ],
)
async def test_a_failed_call_is_a_failed_span_with_the_class_of_the_error(
    flow, faulty, spans, fault, error, status
):
    faulty.faults.add(fault)
    with pytest.raises(error):
        await flow.customers.list()
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert span.attributes["error.type"] == error.__name__
    assert span.attributes.get("http.response.status_code") == status
    assert span.attributes["http.request.resend_count"] == 3
    assert {event.name for event in span.events} == {"retry"}


async def test_a_cancelled_call_ends_its_span(flow, faulty, spans):
    faulty.faults.add(Fault("latency", seconds=30))
    sent = asyncio.Event()
    watched = flow.with_options(hooks=Hooks(on_request=lambda _: sent.set()))
    task = asyncio.create_task(watched.customers.get("c-1"))
    await sent.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (span,) = spans()
    assert span.attributes["error.type"] == "CancelledError"


async def test_spans_nest_in_the_programs_own_and_follow_scoped_copies(flow, spans):
    tracer = trace.get_tracer("a program")
    with tracer.start_as_current_span("job") as job:
        await flow.with_options(locale="nb").customer_groups.list()
    inner, outer = spans()
    assert (inner.name, outer.name) == ("customer_groups.list", "job")
    assert inner.parent.span_id == job.get_span_context().span_id


async def test_no_span_holds_token_uid_query_value_or_body(flow, faulty, spans):
    secrets = [faulty.token, "uid-of-kari", "kari@example.com", "Kari"]
    await flow.customers.batch(
        upsert=[
            CustomerCreate(
                customer_type=CustomerType.PERSON,
                customer_uid="uid-of-kari",
                firstname="Kari",
                email="kari@example.com",
            )
        ]
    )
    await flow.customers.get("uid-of-kari")
    await flow.customers.search(CustomerSearch(query="kari@example.com"))
    await flow.request("GET", "/tenants/{tenantUid}/customers/uid-of-kari", query={"x": "Kari"})
    with pytest.raises(NotFoundError):
        await flow.customers.get("uid-of-kari-2")
    written = "\n".join(span.to_json() for span in spans())
    assert len(spans()) == 5
    for secret in secrets:
        assert secret not in written


def test_without_opentelemetry_everything_works_and_nothing_of_it_is_imported(faulty):
    options = {"tenant": faulty.tenant, "token": faulty.token, "base_url": faulty.base_url}
    program = f"""
import asyncio, sys
sys.modules["opentelemetry"] = None
from flow_retail_client import FlowRetail

async def main():
    async with FlowRetail(**{options!r}) as flow:
        await flow.customers.list()

asyncio.run(main())
assert not [name for name in sys.modules if name.startswith("opentelemetry.")]
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
