import asyncio
from random import Random

import pytest

from flow_retail_core.http.semaphore import Slots


async def in_line(slots, count, order):
    """Tasks that wait in line for a slot, and note their number when they have it."""

    async def wait(number):
        await slots.wait()
        order.append(number)

    tasks = [asyncio.create_task(wait(number)) for number in range(count)]
    await asyncio.sleep(0)
    return tasks


def test_as_many_as_there_are_can_be_taken():
    slots = Slots(2)
    assert [slots.take() for _ in range(3)] == [True, True, False]
    slots.give_back()
    assert slots.take()


async def test_slots_are_handed_over_in_the_order_of_the_line():
    slots, order = Slots(1), []
    slots.take()
    tasks = await in_line(slots, 5, order)
    for _ in range(5):
        slots.give_back()
    await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3, 4]
    assert slots.free == 0


async def test_a_slot_that_was_handed_over_cannot_be_taken_by_someone_else():
    slots, order = Slots(1), []
    slots.take()
    (task,) = await in_line(slots, 1, order)
    slots.give_back()
    # The one in line has not run yet.
    assert not slots.take()
    await task
    assert order == [0]


async def test_who_is_cancelled_in_line_is_passed_over():
    slots, order = Slots(1), []
    slots.take()
    first, second = await in_line(slots, 2, order)
    first.cancel()
    await asyncio.wait([first])
    slots.give_back()
    await second
    assert order == [1]


async def test_a_cancellation_is_passed_over_before_it_is_delivered():
    slots, order = Slots(1), []
    slots.take()
    first, second = await in_line(slots, 2, order)
    first.cancel()
    slots.give_back()
    await second
    assert order == [1]
    assert first.cancelled()


async def test_a_slot_handed_to_someone_just_cancelled_goes_to_the_next():
    slots, order = Slots(1), []
    slots.take()
    first, second = await in_line(slots, 2, order)
    slots.give_back()
    first.cancel()
    await second
    assert order == [1]
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_slot_handed_to_the_last_in_line_is_free_if_that_one_was_cancelled():
    slots, order = Slots(1), []
    slots.take()
    (only,) = await in_line(slots, 1, order)
    slots.give_back()
    only.cancel()
    await asyncio.wait([only])
    assert slots.free == 1


async def test_a_coroutine_that_is_closed_leaves_the_line():
    slots = Slots(1)
    slots.take()
    waiting = slots.wait()
    waiting.send(None)
    waiting.close()
    slots.give_back()
    assert slots.free == 1


async def test_no_slot_is_lost_or_made_whatever_is_cancelled_when():
    rng = Random(5)
    slots = Slots(3)
    running = most = 0

    async def use():
        nonlocal running, most
        if not slots.take():
            await slots.wait()
        running += 1
        most = max(most, running)
        try:
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
        finally:
            running -= 1
            slots.give_back()

    tasks = [asyncio.create_task(use()) for _ in range(300)]
    while not all(task.done() for task in tasks):
        rng.choice(tasks).cancel()
        await asyncio.sleep(0)
    assert most == 3
    assert slots.free == 3
