"""The plugin's fixtures, used as a user's tests use them; every warning is an error here."""

import asyncio
import gc
import threading

import pytest

from flow_retail_client import FlowRetail, Hooks, InternalServerError
from flow_retail_client.models import CustomerCreate, CustomerType
from flow_retail_sandbox import Fault, RunningSandbox


async def total(flow: FlowRetail) -> int:
    return (await flow.customers.list(page_size=5)).total_count


def connections(sandbox: RunningSandbox) -> int:
    """Count the connections to a sandbox that are open at the client's end."""
    port = int(sandbox.base_url.removesuffix("/v2").rpartition(":")[2])
    transports = [thing for thing in gc.get_objects() if isinstance(thing, asyncio.Transport)]
    peers = [transport.get_extra_info("peername") for transport in transports if not transport.is_closing()]
    return sum(peer is not None and peer[1] == port for peer in peers)


async def test_the_client_reaches_the_sandbox_whose_state_the_test_sees(flow_retail, flow_retail_sandbox):
    await flow_retail.customers.create(
        CustomerCreate(customer_type=CustomerType.PERSON, customer_uid="c-1", firstname="Kari")
    )
    assert flow_retail_sandbox.sandbox.customer("c-1")["firstname"] == "Kari"
    assert flow_retail_sandbox.requests.by_operation() == {"customers.create": 1}


async def test_each_test_has_a_sandbox_as_new(flow_retail, flow_retail_sandbox):
    assert flow_retail_sandbox.sandbox.customer("c-1") is None
    assert await total(flow_retail) == 250


@pytest.mark.flow_retail_sandbox(customers=7, faults="503*2@customers.list")
async def test_a_marker_says_what_the_sandbox_is_like(flow_retail, flow_retail_sandbox):
    assert await total(flow_retail) == 7
    assert flow_retail_sandbox.faults.count("status", "customers.list") == 2


@pytest.mark.flow_retail_sandbox(customers=7, page_base=1)
class TestMarkers:
    @pytest.mark.flow_retail_sandbox(customers=3)
    async def test_the_nearer_one_goes_before_the_farther(self, flow_retail):
        page = await flow_retail.customers.list()
        assert (page.total_count, page.page_number) == (3, 1)


async def test_faults_are_injected_and_counted(flow_retail, flow_retail_sandbox):
    flow_retail_sandbox.faults.add(Fault("status", status=500, count=None, operation="customers.list"))
    with pytest.raises(InternalServerError) as caught:
        await total(flow_retail)
    assert caught.value.attempts == flow_retail_sandbox.faults.count("status") == 4


def test_a_plain_test_may_run_a_loop_of_its_own_and_then_another(flow_retail):
    assert asyncio.run(total(flow_retail)) == 250
    assert asyncio.run(total(flow_retail)) == 250


def test_a_scoped_copy_is_closed_with_its_loop_too(flow_retail):
    seen = []
    copy = flow_retail.with_options(hooks=Hooks(on_request=seen.append))
    assert asyncio.run(total(copy)) == 250
    assert len(seen) == 1


def test_a_loop_that_ends_takes_all_connections_with_it(flow_retail, flow_retail_sandbox):
    async def both() -> None:
        await asyncio.gather(total(flow_retail), total(flow_retail.with_options(deadline=5)))
        assert connections(flow_retail_sandbox) == 2

    asyncio.run(both())
    assert connections(flow_retail_sandbox) == 0


class TestFinish:
    """What the fixture does after the test."""

    @pytest.fixture
    def client_of(self, flow_retail_sandbox: RunningSandbox):
        from flow_retail_pytest.client import client_of

        return lambda: client_of(flow_retail_sandbox)

    def test_a_client_that_was_never_used_is_closed(self, client_of):
        with client_of() as flow:
            pass
        with pytest.raises(RuntimeError, match="closed"):
            asyncio.run(total(flow))

    def test_a_client_whose_loop_goes_on_is_closed_on_that_loop(self, client_of, flow_retail_sandbox):
        with asyncio.Runner() as runner:
            with client_of() as flow:
                assert runner.run(total(flow)) == 250
                assert connections(flow_retail_sandbox) == 1
            assert connections(flow_retail_sandbox) == 0
            with pytest.raises(RuntimeError, match="closed"):
                runner.run(total(flow))

    def test_a_client_whose_loop_runs_in_another_thread_is_closed_there(self, client_of, flow_retail_sandbox):
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            with client_of() as flow:
                assert asyncio.run_coroutine_threadsafe(total(flow), loop).result(10) == 250
            assert connections(flow_retail_sandbox) == 0
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def test_a_client_that_the_test_closed_stays_closed(self, client_of):
        async def use(flow: FlowRetail) -> int:
            async with flow:
                return await total(flow)

        with client_of() as flow:
            assert asyncio.run(use(flow)) == 250
