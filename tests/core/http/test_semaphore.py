import asyncio
from random import Random

import pytest

from flow_retail_core.http.semaphore import Semaphore


async def in_line(semaphore, count, order):
    """Tasks that wait in line for a place, and note their number when they have it."""

    async def wait(number):
        await semaphore.acquire()
        order.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_as_many_as_there_are_can_be_taken_without_waiting():
    semaphore, order = Semaphore(2), []
    tasks = await in_line(semaphore, 3, order)
    assert order == [0, 1]
    semaphore.release()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2]


async def test_places_are_handed_over_in_the_order_of_the_line():
    semaphore, order = Semaphore(1), []
    await semaphore.acquire()
    tasks = await in_line(semaphore, 5, order)
    for _ in range(5):
        semaphore.release()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert semaphore.free == 0


async def test_a_place_that_was_handed_over_cannot_be_taken_by_someone_else():
    semaphore, order = Semaphore(1), []
    await semaphore.acquire()
    (task,) = await in_line(semaphore, 1, order)
    semaphore.release()
    # The one in line has not run yet.
    assert semaphore.free == 0
    await task
    assert order == [0]


async def test_who_is_cancelled_in_line_is_passed_over():
    semaphore, order = Semaphore(1), []
    await semaphore.acquire()
    first, second = await in_line(semaphore, 2, order)
    first.cancel()
    await asyncio.wait([first])
    semaphore.release()
    await second
    assert order == [1]


async def test_a_cancellation_is_passed_over_before_it_is_delivered():
    semaphore, order = Semaphore(1), []
    await semaphore.acquire()
    first, second = await in_line(semaphore, 2, order)
    first.cancel()
    semaphore.release()
    await second
    assert order == [1]
    assert first.cancelled()


async def test_a_place_handed_to_someone_just_cancelled_goes_to_the_next():
    semaphore, order = Semaphore(1), []
    await semaphore.acquire()
    first, second = await in_line(semaphore, 2, order)
    semaphore.release()
    first.cancel()
    await second
    assert order == [1]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_place_handed_to_the_last_in_line_is_free_if_that_one_was_cancelled():
    semaphore, order = Semaphore(1), []
    await semaphore.acquire()
    (only,) = await in_line(semaphore, 1, order)
    semaphore.release()
    only.cancel()
    await asyncio.wait([only])
    assert semaphore.free == 1


async def test_a_coroutine_that_is_closed_leaves_the_line():
    semaphore = Semaphore(1)
    await semaphore.acquire()
    waiting = semaphore.acquire()
    waiting.send(None)
    waiting.close()
    semaphore.release()
    assert semaphore.free == 1


async def test_no_place_is_lost_or_made_whatever_is_cancelled_when():
    rng = Random(5)
    semaphore = Semaphore(3)
    running = most = 0

    async def use():
        nonlocal running, most
        await semaphore.acquire()
        running += 1
        most = max(most, running)
        try:
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
        finally:
            running -= 1
            semaphore.release()

    tasks = [asyncio.create_task(use()) for _ in range(300)]
    while not all(task.done() for task in tasks):
        rng.choice(tasks).cancel()
        await asyncio.sleep(0)
    assert most == 3
    assert semaphore.free == 3
