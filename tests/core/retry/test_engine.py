"""The waits between attempts come from a clock that can be replaced."""

import asyncio

from flow_retail_core.retry.engine import Clock


async def test_a_wait_can_be_replaced_by_a_programs_test(monkeypatch):
    slept = []
    real = asyncio.sleep

    async def sleep(seconds):
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await Clock().sleep(3.0)
    assert slept == [3.0]
    assert 0 <= Clock().random() < 1
