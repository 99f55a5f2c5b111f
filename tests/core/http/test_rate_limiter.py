import asyncio
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_loop import VirtualLoop, run

from flow_retail_core.http.rate_limiter import RateLimiter


def now() -> float:
    return asyncio.get_running_loop().time()


async def start(limiter: RateLimiter, starts: list[Any], name: object = None) -> None:
    await limiter.acquire()
    starts.append(now() if name is None else (name, now()))


def in_line(limiter: RateLimiter, starts: list[Any], names: Any) -> list[asyncio.Task[None]]:
    return [asyncio.create_task(start(limiter, starts, name)) for name in names]


# -- Starts ----------------------------------------------------------------------------------------


def test_starts_are_evenly_spaced_and_in_order():
    async def main():
        starts = []
        await asyncio.gather(*in_line(RateLimiter(4), starts, range(10)))
        return starts

    assert run(main()) == [(number, number / 4) for number in range(10)]


@pytest.mark.parametrize("rate", [0.003, 3, 7.3, 1e6])
def test_the_nth_start_is_no_earlier_than_its_share_of_the_rate_and_hardly_later(rate):
    async def main():
        starts = []
        await asyncio.gather(*in_line(RateLimiter(rate), starts, [None] * 500))
        return starts

    assert run(main()) == pytest.approx([number / rate for number in range(500)], rel=1e-9)


def test_no_burst_follows_an_idle_period():
    async def main():
        limiter, starts = RateLimiter(1), []
        await start(limiter, starts)
        await asyncio.sleep(100)
        await asyncio.gather(*in_line(limiter, starts, [None] * 3))
        return starts

    assert run(main()) == [0, 100, 101, 102]


def test_a_start_that_was_late_moves_those_that_follow():
    async def main():
        limiter, starts = RateLimiter(1), []
        tasks = in_line(limiter, starts, [None] * 4)
        await asyncio.sleep(0.5)
        # The program stalls its loop.
        asyncio.get_running_loop().advance(5)
        await asyncio.gather(*tasks)
        return starts

    assert run(main()) == [0, 5.5, 6.5, 7.5]


def test_who_comes_later_does_not_overtake_who_is_in_line():
    async def main():
        limiter, starts = RateLimiter(1), []
        tasks = in_line(limiter, starts, "abc")
        await asyncio.sleep(1)
        tasks += in_line(limiter, starts, "d")
        await asyncio.gather(*tasks)
        return [name for name, _ in starts]

    assert run(main()) == list("abcd")


# -- Starts that are given up ----------------------------------------------------------------------


@pytest.mark.parametrize("given_up", [[1], [2], [1, 2], [5], [1, 3, 5]])
def test_who_is_cancelled_in_line_delays_no_one(given_up):
    async def main():
        limiter, starts = RateLimiter(1), []
        tasks = in_line(limiter, starts, range(6))
        await asyncio.sleep(0.5)
        for number in given_up:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return starts

    stayed = [number for number in range(6) if number not in given_up]
    assert run(main()) == [(number, place) for place, number in enumerate(stayed)]


def test_a_start_that_comes_at_the_moment_of_a_cancellation_goes_to_the_next():
    async def main():
        limiter, starts = RateLimiter(1), []
        _, first, _ = tasks = in_line(limiter, starts, "abc")
        await asyncio.sleep(0.5)
        # After the timer of the first in line, who is then woken but has not yet run.
        asyncio.get_running_loop().call_at(1, first.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        assert first.cancelled()
        return starts

    assert run(main()) == [("a", 0), ("c", 1)]


def test_a_start_that_was_released_is_the_next_ones_at_once():
    async def main():
        limiter, starts = RateLimiter(1), []

        async def acquire_and_release() -> None:
            await limiter.acquire()
            limiter.release()

        await start(limiter, starts, "a")
        await asyncio.gather(acquire_and_release(), acquire_and_release(), *in_line(limiter, starts, "bc"))
        return starts

    assert run(main()) == [("a", 0), ("b", 1), ("c", 2)]


def test_thousands_in_line_of_whom_most_give_up_lose_no_start():
    chance = Random(8)

    async def main():
        limiter, starts = RateLimiter(10), []
        tasks = in_line(limiter, starts, [None] * 5000)
        await asyncio.sleep(0.05)
        given_up = chance.sample(range(1, 5000), 4000)
        for number in given_up:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return starts

    assert run(main()) == pytest.approx([number / 10 for number in range(1000)])


# -- Pauses ------------------------------------------------------------------------------------------


def test_a_pause_delays_who_is_in_line_and_who_comes_and_then_the_spacing_goes_on():
    async def main():
        limiter, starts = RateLimiter(1), []
        tasks = in_line(limiter, starts, "abc")
        await asyncio.sleep(0.5)
        limiter.pause(10)
        await asyncio.sleep(5)
        tasks += in_line(limiter, starts, "d")
        await asyncio.gather(*tasks)
        return starts

    assert run(main()) == [("a", 0), ("b", 10.5), ("c", 11.5), ("d", 12.5)]


def test_a_pause_is_lengthened_by_another_and_never_shortened():
    async def main():
        limiter, starts = RateLimiter(1), []
        limiter.pause(3)
        tasks = in_line(limiter, starts, "a")
        limiter.pause(1)
        await asyncio.sleep(2)
        limiter.pause(4)
        await asyncio.gather(*tasks)
        return starts

    assert run(main()) == [("a", 6)]


def test_a_pause_shorter_than_the_rest_of_an_interval_changes_nothing():
    async def main():
        limiter, starts = RateLimiter(1), []
        await start(limiter, starts)
        limiter.pause(0.5)
        await start(limiter, starts)
        return starts

    assert run(main()) == [0, 1]


def test_a_pause_at_the_moment_of_a_start_comes_first():
    async def main():
        limiter, starts = RateLimiter(1), []
        tasks = in_line(limiter, starts, "ab")
        await asyncio.sleep(0.5)
        # After the timer of the first in line, who is then woken but has not yet run.
        asyncio.get_running_loop().call_at(1, limiter.pause, 5)
        await asyncio.gather(*tasks)
        return starts

    assert run(main()) == [("a", 0), ("b", 6)]


# -- Any of it -------------------------------------------------------------------------------------

# Eighths of a second and rates that divide them: exact in floating point, and much falls on the same moment.
MOMENTS = st.integers(0, 80).map(lambda eighths: eighths / 8)
CALLS = st.lists(st.tuples(MOMENTS, st.none() | MOMENTS), max_size=25)
PAUSES = st.lists(st.tuples(MOMENTS, MOMENTS), max_size=3)


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(rate=st.sampled_from([0.5, 1, 2, 4, 8]), calls=CALLS, pauses=PAUSES)
def test_whoever_comes_and_goes_no_start_is_lost_or_doubled(rate, calls, pauses):
    """A call is when it comes, and after how long it gives up; None for never."""
    came: list[int] = []
    starts: list[tuple[int, float]] = []
    paused: list[tuple[float, float]] = []

    async def come(limiter: RateLimiter, number: int, at: float, patience: float | None) -> None:
        await asyncio.sleep(at)
        came.append(number)
        async with asyncio.timeout(patience):
            await start(limiter, starts, number)

    async def pause(limiter: RateLimiter, at: float, seconds: float) -> None:
        await asyncio.sleep(at)
        # How many had started before it, at the same moment perhaps.
        paused.append((len(starts), at + seconds))
        limiter.pause(seconds)

    async def main() -> list[Any]:
        limiter = RateLimiter(rate)
        pausing = [pause(limiter, *one) for one in pauses]
        coming = [come(limiter, number, *call) for number, call in enumerate(calls)]
        _, *results = await asyncio.gather(asyncio.gather(*pausing), *coming, return_exceptions=True)
        return results

    results = run(main())
    assert [number for number, _ in starts] == [number for number in came if results[number] is None]
    for result, (_, patience) in zip(results, calls, strict=True):
        assert result is None or (isinstance(result, TimeoutError) and patience is not None)
    earliest = 0.0
    for place, (number, moment) in enumerate(starts):
        ends = [end for before, end in paused if before <= place]
        # No sooner than it may, and no later than it could.
        assert moment == max([earliest, calls[number][0], *ends])
        earliest = moment + 1 / rate


# -- Event loops -----------------------------------------------------------------------------------


def test_one_loop_after_another_has_its_starts_though_the_first_ended_with_some_in_line():
    limiter, starts = RateLimiter(1), []

    async def leave_some_in_line() -> None:
        for task in in_line(limiter, starts, [None] * 5):
            task.add_done_callback(asyncio.Task.cancelled)
        await asyncio.sleep(1.5)

    async def all_of_them() -> None:
        await asyncio.gather(*in_line(limiter, starts, [None] * 3))

    run(leave_some_in_line())
    assert starts == [0, 1]
    starts.clear()
    run(all_of_them())
    # The clock of the second loop began anew, so it can't be told that no second has passed.
    assert starts == [1, 2, 3]


def test_the_spacing_goes_on_in_a_loop_with_the_same_clock():
    limiter, starts, clock = RateLimiter(1), [], [0.0]

    class Continued(VirtualLoop):
        def __init__(self) -> None:
            super().__init__()
            self.advance(clock[0])

        def close(self) -> None:
            clock[0] = self.time()
            super().close()

    async def one_after(seconds: float) -> None:
        await asyncio.sleep(seconds)
        await start(limiter, starts)

    for seconds in (0, 0.25, 0, 7):
        with asyncio.Runner(loop_factory=Continued) as runner:
            runner.run(one_after(seconds))
    assert starts == [0, 1, 2, 9]
