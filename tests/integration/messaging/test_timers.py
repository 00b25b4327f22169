"""Timers run in one process at a time, and outlive a failing job."""

from __future__ import annotations

import asyncio

from shared.messaging import Timers, Tx
from shared.messaging.timekeeper import Timekeeper
from tests.integration.messaging.conftest import Probe, running, until
from tests.probe import service


async def test_one_leader_runs_them_and_another_takes_over(probe: Probe) -> None:
    timers = Timers("casework")
    runs: list[str] = []

    @timers.every("fails", seconds=0.1)
    async def fails(tx: Tx) -> None:
        runs.append("fails")
        raise LookupError

    @timers.every("counts", seconds=0.1)
    async def counts(tx: Tx) -> None:
        runs.append("counts")

    first = Timekeeper(probe.settings, probe.transactions, timers, service.handlers)
    second = Timekeeper(probe.settings, probe.transactions, timers, service.handlers)
    async with running(first.run()):
        await until(lambda: _true(runs.count("counts") >= 3 and runs.count("fails") >= 2))
        assert first.health().state == "leading"
        async with running(second.run()):
            await asyncio.sleep(0.5)
            assert second.health().state == "standing by"
    runs.clear()
    async with running(second.run()):
        await until(lambda: _true(runs.count("counts") >= 2))


async def test_one_that_has_more_goes_on_at_once_and_lets_the_others_have_their_turn(probe: Probe) -> None:
    timers = Timers("casework")
    runs: list[str] = []

    @timers.every("file", seconds=3600)
    async def file(tx: Tx) -> bool:
        runs.append("file")
        return runs.count("file") % 4 != 0

    @timers.every("clock", seconds=0.001)
    async def clock(tx: Tx) -> None:
        runs.append("clock")

    keeper = Timekeeper(probe.settings, probe.transactions, timers, service.handlers)
    async with running(keeper.run()):
        await until(lambda: _true(runs.count("clock") >= 20))
    # Four pages, one after another with the other's turn between them; then it waits its hour.
    assert runs[:8] == ["file", "clock"] * 4
    assert runs.count("file") == 4


async def _true(value: bool) -> bool:
    return value
