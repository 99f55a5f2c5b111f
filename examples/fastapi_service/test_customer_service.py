"""The service against the sandbox, over real HTTP; the fixtures come with `flow-retail-client[sandbox]`."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from customer_service import create_app

from flow_retail_client import FlowRetail
from flow_retail_sandbox import Fault, RunningSandbox

KARI = {"uid": "p-1", "first_name": "Kari", "last_name": "Nordmann", "email": "kari@example.com"}
OLA = {"uid": "p-2", "first_name": "Ola", "last_name": "Nordmann"}


@pytest.fixture
async def service(flow_retail: FlowRetail) -> AsyncGenerator[httpx.AsyncClient]:
    """The running service, as its callers reach it."""
    app = create_app(flow_retail)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as caller,
    ):
        yield caller


@pytest.fixture
def faults(flow_retail_sandbox: RunningSandbox) -> Any:
    """What goes wrong in the sandbox."""
    return flow_retail_sandbox.faults


async def test_customers_are_listed_by_page(service: httpx.AsyncClient) -> None:
    first = (await service.get("/customers", params={"page_size": 100})).json()
    assert (first["total"], len(first["customers"])) == (250, 100)
    second = (await service.get("/customers", params={"page_size": 100, "page": first["page"] + 1})).json()
    assert second["customers"][0]["uid"] == "customer-00101"


async def test_a_customer_that_was_created_is_read_and_found(service: httpx.AsyncClient) -> None:
    created = await service.post("/customers", json={**KARI, "last_name": "Nordmann-Ås"})
    assert created.status_code == 201
    assert (await service.get("/customers/p-1")).json() == created.json()
    found = (await service.get("/customers/search", params={"query": "nordmann-ås"})).json()
    assert found["customers"] == [created.json()]


async def test_the_caller_is_told_what_it_did_wrong(
    service: httpx.AsyncClient, flow_retail_sandbox: RunningSandbox
) -> None:
    missing = await service.get("/customers/nobody")
    assert (missing.status_code, missing.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")
    await service.post("/customers", json=KARI)
    twice = await service.post("/customers", json=KARI)
    assert (twice.status_code, twice.json()["code"]) == (409, "CUSTOMER_EXISTS")
    refused = await service.post("/customers", json={**OLA, "email": "nobody"})
    assert (refused.status_code, refused.json()["code"]) == (422, "INVALID_EMAIL")
    before = flow_retail_sandbox.requests.count()
    assert (await service.post("/customers", json={**OLA, "uid": "../x"})).status_code == 422
    assert flow_retail_sandbox.requests.count() == before


async def test_a_429_is_waited_out_and_the_caller_sees_success(
    service: httpx.AsyncClient, faults: Any
) -> None:
    faults.add(Fault("status", status=429, retry_after=0, operation="customers.create"))
    assert (await service.post("/customers", json=KARI)).status_code == 201
    assert faults.count("status", "customers.create") == 1


async def test_a_lost_answer_stores_nobody_twice(service: httpx.AsyncClient, faults: Any) -> None:
    faults.add(Fault("reset_after", operation="customers.batch"))
    answer = await service.put("/customers", json=[KARI, OLA])
    assert (answer.status_code, answer.json()) == (200, {"stored": 2, "failed": [], "unknown": []})
    assert faults.count("reset_after") == 1


async def test_people_that_were_refused_are_told_one_by_one(
    service: httpx.AsyncClient, faults: Any, flow_retail_sandbox: RunningSandbox
) -> None:
    faults.add(Fault("batch_refusal", uids=("p-2",), code="BLOCKED"))
    wrong = {**KARI, "uid": "p-3", "email": "nobody"}
    answer = await service.put("/customers", json=[KARI, OLA, wrong])
    assert answer.status_code == 207
    report = answer.json()
    assert report["stored"] == 1
    assert [(r["index"], r["uid"], r["code"]) for r in report["failed"]] == [
        (1, "p-2", "BLOCKED"),
        (2, "p-3", "INVALID_EMAIL"),
    ]
    stored = [uid for uid in ("p-1", "p-2", "p-3") if flow_retail_sandbox.sandbox.customer(uid)]
    assert stored == ["p-1"]


@pytest.mark.parametrize("kind", ["status", "html_error", "reset_before", "not_json"])
async def test_an_outage_is_a_503_that_says_when_to_come_again(
    service: httpx.AsyncClient, faults: Any, kind: str
) -> None:
    faults.add(Fault(kind, count=None))
    answer = await service.get("/customers/customer-00001")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    faults.clear()
    assert (await service.get("/customers/customer-00001")).status_code == 200


async def test_a_token_that_is_refused_is_no_fault_of_the_caller(
    service: httpx.AsyncClient, faults: Any
) -> None:
    faults.add(Fault("status", status=403, code="FORBIDDEN"))
    assert (await service.get("/customers")).status_code == 503


@pytest.mark.parametrize(("method", "path"), [("GET", "/customers"), ("PUT", "/customers")])
async def test_a_request_takes_no_longer_than_its_caller_waits(
    service: httpx.AsyncClient, faults: Any, method: str, path: str
) -> None:
    faults.add(Fault("latency", seconds=30))
    body = [KARI] if method == "PUT" else None
    answer = await service.request(method, path, json=body, headers={"x-timeout": "0.2"})
    assert answer.status_code == 504
