"""What can go wrong on demand, and the record of it."""

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from flow_retail_sandbox import Fault, create_app
from flow_retail_sandbox.spec.document import load_spec


def types(faults):
    return [injected.type for injected in faults.injected]


def test_a_status_comes_as_often_as_planned_and_in_the_apis_form(api, faults):
    faults.add(Fault("status", status=503, count=2, operation="customers.list"))
    api.ok("GET", "/customer-groups")
    for _ in range(2):
        assert api.refused(503, "GET", "/customers")["code"] == "SERVICE_UNAVAILABLE"
    api.ok("GET", "/customers")
    assert faults.count() == faults.count("status", "customers.list") == 2
    assert faults.count("latency") == 0


@pytest.mark.parametrize(
    ("status", "code"), [(429, "TOO_MANY_REQUESTS"), (500, "INTERNAL_ERROR"), (507, None)]
)
def test_an_injected_status_has_a_code_that_fits(api, faults, status, code):
    faults.add(Fault("status", status=status))
    assert api.refused(status, "GET", "/customers")["code"] == (code or "INTERNAL_ERROR")


def test_a_code_can_be_chosen(api, faults):
    faults.add(Fault("status", status=429, code="SLOW_DOWN"))
    assert api.refused(429, "GET", "/customers")["code"] == "SLOW_DOWN"


def test_retry_after_comes_as_seconds_as_a_date_as_nonsense_or_not_at_all(api, faults):
    faults.script([Fault("status", status=429, retry_after=wait) for wait in (3, "date:30", "soon", None)])
    headers = [api("GET", "/customers").headers.get("retry-after") for _ in range(4)]
    assert (headers[0], headers[2], headers[3]) == ("3", "soon", None)
    ahead = parsedate_to_datetime(headers[1]) - datetime.now(UTC)
    assert 20 < ahead.total_seconds() <= 30
    assert headers[1].endswith(" GMT")


def test_a_fault_can_wait_for_its_turn_and_name_the_path_template(api, faults):
    faults.add(
        Fault("status", status=500, operation="GET /tenants/{tenantUid}/customers/{customerUid}", after=1)
    )
    api.ok("GET", "/customers/customer-00001")
    api.refused(500, "GET", "/customers/customer-00001")
    api.ok("GET", "/customers/customer-00001")


@pytest.mark.parametrize("kind", ["status", "missing_field", "batch_refusal"])
def test_requests_that_other_faults_hit_or_that_are_refused_count_as_well(api, faults, kind):
    faults.add(
        Fault("html_error", count=2), Fault(kind, after=3, field="upsert", operation="customers.batch")
    )
    items = [{"customerUid": "c-1", "customerType": "PERSON", "firstname": "Kari"}]
    batches = [{"upsert": items}, {"upsert": items}, {"upsert": "no list"}, {"upsert": items}]
    for batch in batches:
        assert kind not in types(faults)
        api("POST", "/customers/batch", batch)
    assert types(faults) == ["html_error", "html_error", kind]


def test_a_fault_of_a_batch_counts_batches_alone(api, faults):
    faults.add(Fault("batch_refusal", after=1))
    items = [{"customerUid": "c-1", "customerType": "PERSON", "firstname": "Kari"}]
    for _ in range(3):
        api.ok("GET", "/customers")
    assert [api("POST", "/customers/batch", {"upsert": items}).status_code for _ in range(2)] == [200, 207]


async def test_a_fault_that_happens_once_happens_once_to_requests_at_the_same_time():
    app = create_app(customers=1)
    app.sandbox.faults.add(
        Fault("latency", seconds=0.01, count=None), Fault("status"), Fault("unexpected_null")
    )
    headers = {"authorization": f"Bearer {app.sandbox.token}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=headers) as client:
        for expected in ([200, 200, 503], [200, 200, 200]):
            responses = await asyncio.gather(*[client.get("/v2/tenants/acme/customers") for _ in range(3)])
            assert sorted(response.status_code for response in responses) == expected
    assert types(app.sandbox.faults).count("unexpected_null") == 1
    assert app.sandbox.faults.active() == ["Fault('latency', operation=None, count=None, after=0)"]
    app.sandbox.close()


def test_a_fault_can_last(api, faults):
    faults.add(Fault("status", status=500, count=None))
    for _ in range(5):
        api.refused(500, "GET", "/customers")
    faults.clear()
    api.ok("GET", "/customers")


def test_a_fault_comes_before_the_token_is_looked_at(api, faults):
    faults.add(Fault("status", status=503))
    api.refused(503, "GET", "/customers", headers={"authorization": ""})


def test_one_fault_in_place_of_a_response_happens_to_a_request_and_the_next_waits(api, faults):
    faults.add(Fault("status", status=503), Fault("status", status=500))
    api.refused(503, "GET", "/customers")
    api.refused(500, "GET", "/customers")


def test_a_script_is_followed_step_by_step(api, faults):
    steps = [Fault("status", status=503), None, Fault("status", status=429), None]
    faults.script(steps, operation="customers.get")
    api.ok("GET", "/customers")
    responses = [api("GET", "/customers/customer-00001").status_code for _ in range(5)]
    assert responses == [503, 200, 429, 200, 200]
    assert types(faults) == ["status", "status"]


def test_chance_repeats_itself_for_the_same_seed(api, faults):
    def run(seed):
        faults.clear()
        faults.random([Fault("status", status=503), Fault("html_error")], seed=seed, rate=0.4)
        return [api("GET", "/customers/customer-00001").status_code for _ in range(30)]

    first = run(5)
    assert set(first) == {200, 502, 503}
    assert run(5) == first
    assert run(6) != first


def test_latency_delays_a_response_and_goes_with_other_faults(api, faults):
    faults.add(Fault("latency", seconds=0.05), Fault("status", status=503))
    began = time.perf_counter()
    api.refused(503, "GET", "/customers")
    assert time.perf_counter() - began >= 0.05
    assert types(faults) == ["latency", "status"]


def test_a_reset_before_leaves_nothing_done(api, faults, sandbox):
    faults.add(Fault("reset_before"))
    with pytest.raises(httpx.ReadError):
        api("POST", "/customers", {"customerType": "PERSON", "customerUid": "c-1"})
    assert sandbox.sandbox.customer("c-1") is None
    assert faults.count("reset_before") == 1


def test_a_reset_after_leaves_it_done(api, faults, sandbox):
    faults.add(Fault("reset_after"))
    with pytest.raises(httpx.ReadError):
        api("POST", "/customers", {"customerType": "PERSON", "customerUid": "c-1"})
    assert sandbox.sandbox.customer("c-1") is not None
    assert faults.count("reset_after", "customers.create") == 1


def test_a_reset_after_happens_to_a_response_without_a_body_too(api, faults, sandbox):
    faults.add(Fault("truncate_body"), Fault("reset_after"))
    with pytest.raises(httpx.ReadError):
        api("DELETE", "/customers/customer-00001")
    assert sandbox.sandbox.customer("customer-00001") is None
    assert types(faults) == ["reset_after"]


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_a_body_is_cut_short_of_its_announced_length(api, faults, part):
    faults.add(Fault("truncate_body", part=part))
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without sending complete"):
        api("GET", "/customers")
    assert types(faults) == ["truncate_body"]


def test_an_error_page_can_be_html_or_empty(api, faults):
    faults.script(
        [Fault("html_error", status=504), Fault("empty_error", retry_after=1), Fault("empty_error")]
    )
    html, empty, plain = (api("GET", "/customers") for _ in range(3))
    assert (html.status_code, html.headers["content-type"]) == (504, "text/html; charset=utf-8")
    assert html.text.startswith("<!DOCTYPE html>")
    assert (empty.status_code, empty.content, empty.headers["retry-after"]) == (502, b"", "1")
    assert "content-type" not in plain.headers


def test_a_good_status_can_come_without_json(api, faults):
    faults.add(Fault("not_json"))
    response = api("GET", "/customers")
    assert response.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        response.json()


@pytest.mark.parametrize(
    ("path", "fault", "read"),
    [
        ("/customers", Fault("unknown_enum"),
         lambda a: a["items"][0]["customerType"] == "SANDBOX_UNKNOWN"),
        ("/customers", Fault("unknown_enum", item=2, value="X"),
         lambda a: a["items"][2]["customerType"] == "X"),
        ("/customers", Fault("unexpected_null"), lambda a: a["items"][0]["address"] is None),
        ("/customers", Fault("missing_field"), lambda a: "address" not in a["items"][0]),
        ("/customers", Fault("unexpected_null", field="email"), lambda a: a["items"][0]["email"] is None),
        ("/customers/customer-00001", Fault("unexpected_null", field="ehf.enabled"),
         lambda a: a["ehf"]["enabled"] is None),
        ("/customers", Fault("missing_field", field="ehf"), lambda a: "ehf" not in a["items"][0]),
        ("/customer-groups", Fault("unexpected_null"), lambda a: a["items"][0]["name"] is None),
        ("/customer-contacts", Fault("unknown_enum"),
         lambda a: a["items"][0]["customers"][0]["role"] == "SANDBOX_UNKNOWN"),
        ("/customers/customer-00001/export", Fault("missing_field", field="customer.displayName"),
         lambda a: "displayName" not in a["customer"]),
        ("/customer-groups", Fault("missing_field", field="items.0.name", item=99), None),
        ("/customers", Fault("missing_field", field="email.deeper"), None),
        ("/customers", Fault("missing_field", field="addresses.9"), None),
        ("/customers", Fault("missing_field", field="addresses.9.city"), None),
    ],
)  # fmt: skip
def test_a_record_can_deviate_from_the_document(api, faults, path, fault, read):
    faults.add(fault)
    response = api("GET", path).json()
    assert faults.count() == (0 if read is None else 1)
    assert read is None or read(response)
    faults.clear()


def test_an_element_of_a_list_can_deviate(api, faults):
    faults.add(Fault("unexpected_null", field="customerGroupUids.0"))
    api.ok("PUT", "/customers/customer-00001", {"customerGroupUids": ["group-vip"]})
    faults.clear()
    faults.add(Fault("unexpected_null", field="customerGroupUids.0"))
    assert api("GET", "/customers/customer-00001").json()["customerGroupUids"] == [None]


def test_a_fault_that_finds_nothing_to_change_waits(api, faults):
    faults.add(Fault("unknown_enum"))
    api.ok("GET", "/customer-groups")
    assert faults.injected == []
    assert api("GET", "/customers/customer-00001").json()["customerType"] == "SANDBOX_UNKNOWN"


def test_the_token_exchange_can_fail_too(api, faults):
    faults.add(Fault("status", status=503, operation="account.exchange"))
    headers = {"authorization": "Bearer sandbox-user-acme"}
    api.refused(503, "POST", "/account", headers=headers)
    faults.add(Fault("page_base", operation="account.exchange"))
    api.ok("POST", "/account", headers=headers)


@pytest.mark.parametrize(
    "plan",
    [
        lambda faults, name: faults.add(Fault("status", operation=name)),
        lambda faults, name: faults.script([None], operation=name),
        lambda faults, name: faults.random([Fault("status")], seed=1, rate=1, operation=name),
    ],
    ids=["add", "script", "random"],
)
def test_a_fault_for_an_operation_that_does_not_exist_is_refused_with_what_was_meant(faults, plan):
    with pytest.raises(ValueError, match=r"'customers\.lits'; did you mean 'customers\.list'\?"):
        plan(faults, "customers.lits")
    with pytest.raises(ValueError, match=r"no operation is called '7'$"):
        plan(faults, "7")
    assert faults.active() == []


def test_every_operation_can_be_named_by_name_and_by_path():
    for (method, path), operation in load_spec().operations.items():
        for name in (operation.operation_id, f"{method} {path}"):
            assert Fault("status", operation=name).operation == name


def test_an_unknown_fault_or_option_is_refused_by_name():
    with pytest.raises(ValueError, match="no fault is called 'earthquake'"):
        Fault("earthquake")
    with pytest.raises(ValueError, match="an option that no fault has"):
        Fault("status", colour="red")


def test_active_faults_are_described(faults):
    faults.add(Fault("status"))
    faults.script([None, Fault("latency")], operation="customers.get")
    faults.random([Fault("not_json")], seed=1, rate=0.5)
    single, script, chance = faults.active()
    assert single.startswith("Fault('status'")
    assert "latency" in script
    assert "rate=0.5" in chance


async def test_in_process_a_broken_connection_is_an_exception():
    app = create_app(customers=10)
    url = "http://sandbox/v2/tenants/acme/customers"
    headers = {"authorization": "Bearer sandbox-token-acme"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
        assert (await client.get(url)).json()["paging"]["totalCount"] == 10
        for kind in ("reset_before", "reset_after", "truncate_body"):
            app.sandbox.faults.add(Fault(kind))
            with pytest.raises(ConnectionResetError):
                await client.get(url)
        assert app.sandbox.faults.count() == 3
        assert (await client.get(url)).status_code == 200
    app.sandbox.close()
