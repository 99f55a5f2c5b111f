"""Programs that mock or trace httpx see our requests like any other: what they patch is what we use."""

from importlib.util import find_spec

import httpx
import pytest
import respx
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from flow_retail_core.errors import APIConnectionError, DecodeError, NotFoundError
from flow_retail_core.retry.policy import Retry

FAR = {"production": "https://api.example.com/v2"}
URL = "https://api.example.com/v2/tenants/acme/customers"


@pytest.mark.skipif(
    find_spec("pytest_httpx") is None,
    reason="pytest-httpx needs one version of httpx: `make wheel` tests the lowest without it",
)
async def test_pytest_httpx_serves_our_calls(httpx_mock, make_client, get, create):
    httpx_mock.add_response(url=f"{URL}/c-1?q=1", json={"a": 1}, headers={"X-Thing": "yes"})
    httpx_mock.add_response(
        url=URL, method="POST", match_content=b'{"name": "Kari"}', status_code=201, json={}
    )
    httpx_mock.add_response(url=f"{URL}/c-2", status_code=404, json={"message": "no"})
    httpx_mock.add_exception(httpx.ConnectError("no"), url=f"{URL}/c-3")
    flow = make_client(environments=FAR, retry=Retry(max_retries=0))
    response = await flow.send(get, ("c-1",), query={"q": 1})
    assert (response.json(), response.headers["x-thing"]) == ({"a": 1}, "yes")
    assert (await flow.send(create, content=b'{"name": "Kari"}')).status_code == 201
    with pytest.raises(NotFoundError, match="no"):
        await flow.send(get, ("c-2",))
    with pytest.raises(APIConnectionError, match="no connection"):
        await flow.send(get, ("c-3",))
    assert httpx_mock.get_requests()[0].headers["host"] == "api.example.com"


async def test_respx_serves_our_calls(make_client, get, create, token):
    with respx.mock as router:
        read = router.get(f"{URL}/c-1").mock(return_value=httpx.Response(200, json={"a": 1}))
        made = router.post(URL, json={"name": "Kari"}).mock(return_value=httpx.Response(201, json={}))
        router.get(f"{URL}/c-2").mock(side_effect=httpx.ConnectError)
        flow = make_client(environments=FAR, retry=Retry(max_retries=1))
        for _ in range(3):
            assert (await flow.send(get, ("c-1",))).json() == {"a": 1}
        await flow.send(create, content=b'{"name":"Kari"}')
        with pytest.raises(APIConnectionError, match=r"no connection \(2 attempts\)"):
            await flow.send(get, ("c-2",))
        assert (read.call_count, made.call_count) == (3, 1)
        assert read.calls[0].request.headers["authorization"] == f"Bearer {token}"


async def test_respx_in_its_other_way_serves_for_an_http_client(make_client, get):
    with respx.mock(using="httpx") as router:
        router.get(f"{URL}/c-1").mock(return_value=httpx.Response(200, json={"a": 1}))
        async with httpx.AsyncClient() as http_client:
            flow = make_client(environments=FAR, http_client=http_client)
            assert (await flow.send(get, ("c-1",))).json() == {"a": 1}


async def test_opentelemetry_traces_our_calls_and_passes_the_trace_on(server, make_client, get):
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        server.script = [server.reply(503), server.reply(200, {})]
        await make_client().send(get, ("c-1",))
    finally:
        instrumentor.uninstrument()
    statuses = [span.attributes["http.status_code"] for span in spans.get_finished_spans()]
    assert statuses == [503, 200]
    assert [seen.headers["traceparent"].count("-") for seen in server.seen] == [3, 3]


async def test_a_mocked_response_is_bounded_like_any_other(make_client, get):
    mock = httpx.MockTransport(lambda _: httpx.Response(200, content=b" " * 1001))
    flow = make_client(environments=FAR, transport=mock, max_response_bytes=1000)
    with pytest.raises(DecodeError, match="max_response_bytes"):
        await flow.send(get, ("c-1",))
    assert len((await flow.with_options(max_response_bytes=1001).send(get, ("c-1",))).content) == 1001
