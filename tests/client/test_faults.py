"""The client against a sandbox that misbehaves, over real sockets."""

import asyncio
import logging
import pickle

import pytest

from flow_retail_client import (
    AccountTokenProvider,
    APIConnectionError,
    AuthenticationError,
    DeadlineExceededError,
    DecodeError,
    Deviation,
    FlowRetail,
    FlowRetailError,
    Hooks,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    Retry,
    capture_responses,
)
from flow_retail_client.models import (
    CustomerBatchDelete,
    CustomerCreate,
    CustomerType,
    CustomerUpdate,
)
from flow_retail_sandbox import Fault, run_sandbox

QUICK = Retry(base_delay=0.001, max_delay=0.002)


@pytest.fixture
def faulty():
    """A sandbox of its own for each test, with 60 customers."""
    with run_sandbox(customers=60, seed=5) as running:
        yield running


@pytest.fixture
async def flow(faulty):
    async with FlowRetail(
        tenant=faulty.tenant, token=faulty.token, base_url=faulty.base_url, retry=QUICK
    ) as client:
        yield client


def person(uid: str, **fields: object) -> CustomerCreate:
    return CustomerCreate(customer_type=CustomerType.PERSON, customer_uid=uid, **fields)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=503),
        Fault("status", status=429, retry_after=0),
        Fault("status", status=500),
        Fault("html_error"),
        Fault("empty_error"),
        Fault("reset_before"),
        Fault("reset_after"),
        Fault("truncate_body", part=0.5),
    ],
    ids=lambda fault: f"{fault.type}",
)
async def test_a_read_outlives_every_passing_fault(faulty, flow, fault):
    faulty.faults.add(fault)
    with capture_responses() as responses:
        customer = await flow.customers.get("customer-00001")
    assert customer.customer_uid == "customer-00001"
    assert [(one.operation, one.status_code, one.attempts) for one in responses] == [
        ("customers.get", 200, 2)
    ]
    assert faulty.faults.count(fault.type) == 1


async def test_a_create_whose_answer_was_lost_is_not_sent_again(faulty, flow):
    faulty.faults.add(Fault("reset_after", operation="customers.create"))
    with pytest.raises(APIConnectionError) as caught:
        await flow.customers.create(person("once", firstname="Kari"))
    assert caught.value.may_have_been_processed
    assert caught.value.attempts == 1
    assert faulty.sandbox.requests.count("customers.create") == 1
    assert (await flow.customers.get("once")).firstname == "Kari"


async def test_a_create_that_was_turned_away_by_a_rate_limit_is_sent_again(faulty, flow):
    faulty.faults.add(Fault("status", status=429, retry_after=0, operation="customers.create", count=2))
    await flow.customers.create(person("limited"))
    assert faulty.sandbox.requests.count("customers.create") == 3


async def test_attempts_end_and_the_last_error_tells_everything(faulty, flow):
    faulty.faults.add(Fault("status", status=503, count=None))
    seen = []
    scoped = flow.with_options(hooks=Hooks(on_retry=seen.append))
    with pytest.raises(InternalServerError) as caught:
        await scoped.customers.get("customer-00001")
    error = caught.value
    assert (error.status_code, error.attempts, error.operation) == (503, 4, "customers.get")
    assert error.log_id
    assert error.log_id in str(error)
    assert [event.attempt for event in seen] == [1, 2, 3]
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.status_code, again.log_id) == (str(error), 503, error.log_id)


async def test_a_wait_that_is_too_long_is_told_at_once(faulty, flow):
    faulty.faults.add(Fault("status", status=429, retry_after=3600))
    with pytest.raises(RateLimitError) as caught:
        await flow.customers.get("customer-00001")
    assert caught.value.retry_after == 3600
    assert caught.value.attempts == 1


async def test_a_deadline_bounds_the_call_whole(faulty, flow):
    faulty.faults.add(Fault("latency", seconds=30, count=None))
    with pytest.raises(DeadlineExceededError):
        await flow.with_options(deadline=0.2).customers.get("customer-00001")
    faulty.faults.clear()
    assert await flow.customers.get("customer-00001")


async def test_a_success_that_is_no_json_is_a_decode_error(faulty, flow):
    faulty.faults.add(Fault("not_json"))
    with pytest.raises(DecodeError):
        await flow.customers.get("customer-00001")


async def test_a_new_enum_value_is_read_and_counted_and_an_error_only_when_strict(faulty, flow):
    faulty.faults.add(Fault("unknown_enum", field="customerType", value="ROBOT", count=2))
    customer = await flow.customers.get("customer-00001")
    assert customer.customer_type == CustomerType("ROBOT")
    assert list(flow.schema_drift) == [Deviation("customers.get", "$.customerType", "an unknown enum value")]
    with pytest.raises(DecodeError, match="customerType"):
        await flow.with_options(strict=True).customers.get("customer-00001")


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("prefetch", [1, 4])
async def test_every_customer_is_read_once_whatever_the_paging(base, prefetch):
    with run_sandbox(customers=60, page_base=base, max_page_size=7) as running:
        async with FlowRetail(
            tenant=running.tenant, token=running.token, base_url=running.base_url, retry=QUICK
        ) as flow:
            running.faults.random(
                [Fault("status", status=503), Fault("reset_before"), Fault("truncate_body", part=0.3)],
                seed=1,
                rate=0.2,
            )
            uids = [one.customer_uid async for one in flow.customers.list(page_size=50, prefetch=prefetch)]
    assert len(uids) == len(set(uids)) == 60


@pytest.mark.parametrize("shape", ["customer", "product", "price"])
async def test_refusals_are_matched_in_all_three_shapes(faulty, flow, shape):
    faulty.faults.add(Fault("batch_refusal", uids=("b",), code="NO_SUCH_THING", shape=shape))
    people = [person("a"), person("b"), person("c")]
    result = await flow.customers.batch(upsert=people)
    assert [one.uid for one in result.succeeded] == ["a", "c"]
    assert [(one.index, one.error_code) for one in result.failed] == [(1, "NO_SUCH_THING")]
    assert result.failed[0].item is people[1]
    with pytest.raises(NotFoundError):
        await flow.customers.get("b")


async def test_errors_that_match_no_item_leave_outcomes_unknown(faulty, flow):
    faulty.faults.add(Fault("batch_refusal", items=1, unmatched=True))
    result = await flow.customers.batch(upsert=[person("a"), person("b")])
    assert len(result.succeeded) + len(result.failed) + len(result.unknown) == 2
    assert result.unknown
    assert not result.succeeded


async def test_a_refusal_after_a_lost_answer_keeps_its_reason_once_read_back(faulty, flow):
    faulty.faults.add(Fault("reset_after", operation="customers.batch"))
    people = [person("good"), person("bad", email="no e-mail address")]
    result = await flow.customers.batch(upsert=people, resolve_unknown=True)
    assert [one.uid for one in result.succeeded] == ["good"]
    assert [(one.uid, one.error_code) for one in result.failed] == [("bad", "INVALID_EMAIL")]


async def test_a_delete_whose_answer_was_lost_has_succeeded(faulty, flow):
    faulty.faults.add(Fault("reset_after", operation="customers.delete"))
    await flow.customers.delete("customer-00001")
    faulty.faults.add(Fault("reset_after", operation="customers.batch"))
    result = await flow.customers.batch(delete=[CustomerBatchDelete(customer_uid="customer-00002")])
    result.raise_for_errors()


async def test_a_stale_access_token_is_renewed_and_the_call_replayed(faulty):
    async with FlowRetail(
        tenant=faulty.tenant,
        token=AccountTokenProvider(faulty.user_token),
        base_url=faulty.base_url,
        retry=QUICK,
    ) as flow:
        await flow.customers.get("customer-00001")
        faulty.sandbox.tokens.revoke()
        customers = await asyncio.gather(*(flow.customers.get("customer-00001") for _ in range(20)))
        assert len(customers) == 20
        assert faulty.sandbox.requests.count("account.exchange") == 2


async def test_a_wrong_token_is_unauthorized_at_once_and_never_shown(faulty, caplog):
    token = "sandbox-token-that-is-wrong"
    with caplog.at_level(logging.DEBUG):
        async with FlowRetail(tenant=faulty.tenant, token=token, base_url=faulty.base_url) as flow:
            with pytest.raises(AuthenticationError) as caught:
                await flow.customers.list(customer_external_id="kari@example.com")
            assert token not in repr(flow)
            assert token not in repr(flow.customers)
    assert caught.value.attempts == 1
    assert token not in str(caught.value) + repr(caught.value) + repr(vars(caught.value))
    client_records = [
        record for record in caplog.records if not record.name.startswith(("flow_retail_sandbox", "uvicorn"))
    ]
    assert client_records
    for record in client_records:
        assert token not in record.getMessage()
        assert "kari" not in record.getMessage()


@pytest.mark.parametrize("uid", ["", ".", "..", "a/b", "a b", "c-1\n", "å", "a?b", "%2e%2e"])
async def test_a_uid_that_is_none_is_refused_before_anything_is_sent(faulty, flow, uid):
    for call in (flow.customers.get, flow.customers.delete, flow.customers.export):
        with pytest.raises(ValueError, match="customerUid"):
            await call(uid)
    with pytest.raises(ValueError, match="customerUid"):
        await flow.customers.update(uid, CustomerUpdate(city="Oslo"))
    with pytest.raises(ValueError, match="customerUid"):
        flow.customer_contacts.list_for_customer(uid)
    assert sum(faulty.sandbox.requests.by_operation().values()) == 0


async def test_the_locale_chooses_the_language_of_messages(flow):
    messages = set()
    for locale in ("en", "nb"):
        with pytest.raises(NotFoundError) as caught:
            await flow.with_options(locale=locale).customers.get("nobody")
        messages.add(caught.value.message)
    assert len(messages) == 2


async def test_a_thousand_tasks_share_one_client_and_a_hundred_may_leave(faulty, flow):
    tasks = [asyncio.create_task(flow.customers.get("customer-00001")) for _ in range(1000)]
    await asyncio.sleep(0)
    for task in tasks[::10]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, asyncio.CancelledError) for one in done) == 100
    assert not [one for one in done if isinstance(one, FlowRetailError)]
    assert (await flow.customers.get("customer-00002")).customer_uid == "customer-00002"


def test_clients_made_outside_a_loop_serve_one_loop_after_another(faulty):
    async def read(flow: FlowRetail) -> str:
        async with flow:
            return (await flow.customers.get("customer-00001")).customer_uid

    for _ in range(2):
        client = FlowRetail(tenant=faulty.tenant, token=faulty.token, base_url=faulty.base_url, retry=QUICK)
        assert asyncio.run(read(client)) == "customer-00001"
