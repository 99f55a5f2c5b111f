"""What a client with `requests_per_second` sends when, in virtual time."""

import asyncio
from typing import Any, ClassVar

import batch_fakes as fakes
import httpx
import pytest
from any_client import AnyClient
from virtual_loop import run

from flow_retail_core.errors import DeadlineExceededError, InternalServerError, RateLimitError
from flow_retail_core.operation import Operation
from flow_retail_core.retry.engine import Clock
from flow_retail_core.retry.policy import Retry


def now() -> float:
    return asyncio.get_running_loop().time()


class Flow(AnyClient):
    """A client whose waits have no jitter."""

    ENVIRONMENTS: ClassVar = {"production": "https://api.example.com/v2"}
    _clock = Clock(random=lambda: 0.0)


class Api:
    """An API without a network that notes when it was asked for what, and responds by a script."""

    def __init__(self, *script: httpx.Response) -> None:
        self.script = list(script)
        self.seen: list[tuple[str, float]] = []

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.seen.append((request.url.path.rpartition("/")[2], now()))
        return self.script.pop(0) if self.script else httpx.Response(200, json={})

    def make_client(self, **options: Any) -> Flow:
        return Flow(tenant="acme", token="tok", transport=httpx.MockTransport(self.respond), **options)


def refused(status: int, after: str) -> httpx.Response:
    return httpx.Response(status, headers={"Retry-After": after})


def ask(flow: Flow, names: str) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(flow.request("GET", f"/{name}")) for name in names]


def test_the_requests_of_a_client_start_at_its_rate_however_few_places_there_are():
    async def main(places):
        api = Api()
        async with api.make_client(requests_per_second=2, max_concurrency=places) as flow:
            await asyncio.gather(*ask(flow, "abcde"))
        return api.seen

    for places in (1, 2, 50):
        assert run(main(places)) == [("a", 0), ("b", 0.5), ("c", 1), ("d", 1.5), ("e", 2)]


def test_a_client_without_a_rate_sends_at_once():
    async def main():
        api = Api(refused(429, "7"))
        async with api.make_client() as flow:
            await asyncio.gather(*ask(flow, "abc"))
        return api.seen

    assert run(main()) == [("a", 0), ("b", 0), ("c", 0), ("a", 7)]


def test_a_retry_waits_for_its_start_like_any_other_request():
    async def main():
        api = Api(httpx.Response(502), httpx.Response(502))
        async with api.make_client(requests_per_second=1) as flow:
            await asyncio.gather(*ask(flow, "abc"))
        return api.seen

    assert run(main()) == [("a", 0), ("b", 1), ("c", 2), ("a", 3), ("b", 4)]


def test_so_do_the_replay_after_a_401_and_the_request_for_a_token():
    class Provider:
        async def fetch_token(self, send):
            return (await send(Operation("login", "POST", "/login"), "auth")).json()["token"]

    async def main():
        login = httpx.Response(200, json={"token": "tok-2"})
        api = Api(login, httpx.Response(401), httpx.Response(200, json={"token": "tok-3"}))
        async with api.make_client(requests_per_second=1) as original:
            await original.with_options(token=Provider()).request("GET", "/a")
        return api.seen

    assert run(main()) == [("login", 0), ("a", 1), ("login", 2), ("a", 3)]


def test_starts_are_not_spent_on_calls_that_find_their_token_refused():
    tokens = iter([("tok-1", 0), ("tok-2", 2.5)])

    async def token():
        fresh, seconds = next(tokens)
        await asyncio.sleep(seconds)
        return fresh

    async def main():
        api = Api(httpx.Response(200, json={}), httpx.Response(401))
        async with api.make_client(requests_per_second=1) as original:
            flow = original.with_options(token=token)
            await flow.request("GET", "/z")
            await asyncio.gather(*ask(flow, "abcd"))
        return api.seen

    # Those in line released their starts at 2, so that there is one at once when the new token comes.
    assert [moment for _, moment in run(main())] == [0, 1, 3.5, 4.5, 5.5, 6.5]


@pytest.mark.parametrize("after", [None, "7"])
def test_so_do_the_retries_of_a_batch_and_the_wait_that_it_is_asked_for_pauses_the_client(after):
    async def main():
        headers = {} if after is None else {"Retry-After": after}
        done = httpx.Response(200, json={"upsert": {"success": 1, "errors": []}})
        api = Api(httpx.Response(503, headers=headers), *[done] * 3)
        async with api.make_client(requests_per_second=1) as flow:
            batch = flow.things.batch_stream(
                Operation("things.batch", "POST", "/batch", batch=fakes.SPEC),
                {"upsert": fakes.things(3)},
                chunk_size=1,
                concurrency=2,
            )
            statuses = [outcome.status async for outcome in batch]
        assert statuses == ["succeeded"] * 3
        return [moment for _, moment in api.seen]

    assert run(main()) == ([0, 1, 2, 3] if after is None else [0, 7, 8, 9])


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_that_a_call_waits_for_pauses_the_whole_client(status):
    async def main():
        api = Api(refused(status, "7"))
        async with api.make_client(requests_per_second=1) as flow:
            early = ask(flow.with_options(deadline=60), "abc")
            await asyncio.sleep(3)
            late = ask(flow, "d")
            await asyncio.gather(*early, *late)
        return sorted(api.seen, key=lambda seen: seen[1])

    # The refused call comes back when its own wait is over: those in line were there before it.
    assert run(main()) == [("a", 0), ("b", 7), ("c", 8), ("d", 9), ("a", 10)]


def test_a_retry_after_that_concerns_one_call_pauses_no_other():
    async def main():
        api = Api(refused(500, "7"))
        async with api.make_client(requests_per_second=1) as flow:
            await asyncio.gather(*ask(flow, "abc"))
        return api.seen

    assert run(main()) == [("a", 0), ("b", 1), ("c", 2), ("a", 7)]


@pytest.mark.parametrize(
    ("after", "options"),
    [
        ("121", {}),
        ("7", {"retry": Retry(max_retry_after=6)}),
        ("7", {"retry": Retry(max_retries=0)}),
        ("7", {"retry": Retry(statuses={503})}),
        ("7", {"deadline": 5}),
    ],
)
def test_a_retry_after_that_raises_at_once_pauses_nobody(after, options):
    async def main():
        api = Api(refused(429, after))
        async with api.make_client(requests_per_second=1, **options) as flow:
            first, *others = ask(flow, "abc")
            with pytest.raises(RateLimitError):
                await first
            await asyncio.gather(*others)
        return api.seen

    assert run(main()) == [("a", 0), ("b", 1), ("c", 2)]


def test_the_deadline_bounds_the_wait_for_a_start_which_is_then_the_next_ones():
    async def main():
        api = Api()
        async with api.make_client(requests_per_second=1) as flow:
            first, second, *hopeless = ask(flow.with_options(deadline=1.5), "abcd")
            patient = ask(flow, "e")
            for task in hopeless:
                with pytest.raises(
                    DeadlineExceededError, match=r"not done within 1.5 s \(attempts: 0\)"
                ) as caught:
                    await task
                assert (caught.value.attempts, caught.value.may_have_been_processed) == (0, False)
                assert now() == 1.5
            await asyncio.gather(first, second, *patient)
        return api.seen

    assert run(main()) == [("a", 0), ("b", 1), ("e", 2)]


def test_copies_share_the_rate_of_their_original_and_one_with_another_rate_has_its_own():
    async def main():
        api = Api()
        async with api.make_client(requests_per_second=1) as flow:
            copies = {
                "a": flow,
                "b": flow.with_options(deadline=60, tenant="other"),
                "c": flow.with_options(requests_per_second=1.0),
                "x": (faster := flow.with_options(requests_per_second=4)),
                "y": faster.with_options(locale="nb"),
                "n": flow.with_options(requests_per_second=None),
                "m": flow.with_options(requests_per_second=None),
            }
            await asyncio.gather(*(task for name, one in copies.items() for task in ask(one, name)))
        return sorted(api.seen, key=lambda seen: seen[1])

    assert run(main()) == [("a", 0), ("x", 0), ("n", 0), ("m", 0), ("y", 0.25), ("b", 1), ("c", 2)]


def test_who_waits_for_a_start_when_the_client_is_closed_fails_at_the_next_one_and_sends_nothing():
    async def main():
        api = Api()
        flow = api.make_client(requests_per_second=1, max_concurrency=3)
        first, *others = ask(flow, "abcdefgh")
        await first
        await flow.aclose()
        results = await asyncio.gather(*others, return_exceptions=True)
        assert {str(result) for result in results} == {"this client is closed; make a new one"}
        return api.seen, now()

    assert run(main()) == ([("a", 0)], 1)


def test_a_client_keeps_its_rate_in_the_next_loop():
    api = Api()
    made: list[Flow] = []

    async def once(names):
        if not made:
            made.append(api.make_client(requests_per_second=1))
        await asyncio.gather(*ask(made[0], names))

    run(once("abc"))
    run(once("de"))
    run(made[0].aclose())
    assert [moment for _, moment in api.seen] == [0, 1, 2, 1, 2]


def test_the_error_of_a_call_that_was_paused_is_its_own():
    async def main():
        api = Api(refused(503, "7"), *(httpx.Response(503) for _ in range(8)))
        async with api.make_client(requests_per_second=1, retry=Retry(max_retries=1)) as flow:
            results = await asyncio.gather(*ask(flow, "ab"), return_exceptions=True)
        assert [(type(one), one.attempts) for one in results] == [(InternalServerError, 2)] * 2
        return api.seen

    assert run(main()) == [("a", 0), ("b", 7), ("a", 8), ("b", 9)]


@pytest.mark.parametrize("rate", [1, 2.5, 10**400])
def test_any_number_above_0_is_a_rate(rate):
    async def main():
        api = Api()
        async with api.make_client(requests_per_second=rate) as flow:
            await flow.request("GET", "/a")
        return api.seen

    assert run(main()) == [("a", 0)]
