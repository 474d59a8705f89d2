from __future__ import annotations

import asyncio

import pytest

from jalon.build.preparation import Preparation


def test_work_that_takes_long_is_said_to_go_on_and_how_far_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    preparation = Preparation(seconds=0.01)
    verified = preparation.at("verifying the ledger")

    async def work() -> None:
        async with preparation.told():
            await _until(caplog, "making the newest release")
            await asyncio.to_thread(verified, 300, 5000)
            await _until(caplog, "verifying the ledger, 300 of 5000")
            verified(5000, 5000)
            await _until(caplog, "after verifying the ledger")

    with caplog.at_level("INFO"):
        asyncio.run(work())
    assert all("not serving yet, after " in message for message in caplog.messages)


def test_when_it_is_done_nothing_more_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> int:
        async with Preparation(seconds=0.01).told():
            await _until(caplog, "not serving yet")
        said = len(caplog.messages)
        await asyncio.sleep(0.1)
        return said

    with caplog.at_level("INFO"):
        assert asyncio.run(work()) == len(caplog.messages)


async def _until(caplog: pytest.LogCaptureFixture, said: str) -> None:
    async with asyncio.timeout(30):
        while not any(said in each for each in caplog.messages):  # noqa: ASYNC110 (a log waits for nobody)
            await asyncio.sleep(0.01)
