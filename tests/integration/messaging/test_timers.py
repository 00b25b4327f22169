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


async def test_one_that_is_notified_runs_at_once_also_if_it_runs_already(probe: Probe) -> None:
    timers = Timers("casework")
    runs: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    @timers.every("file", seconds=3600, wake="lead_file")
    async def file(tx: Tx) -> None:
        runs.append("file")
        begun.set()
        await go_on.wait()

    keeper = Timekeeper(probe.settings, probe.transactions, timers, service.handlers)
    async with running(keeper.run()):
        await asyncio.wait_for(begun.wait(), 20)
        await _notify(probe, "lead_other")
        await _notify(probe, "lead_file")
        go_on.set()
        await until(lambda: _true(len(runs) == 2))
        await _notify(probe, "lead_file")
        await until(lambda: _true(len(runs) == 3))


async def _notify(probe: Probe, channel: str) -> None:
    async with probe.transactions.begin() as tx:
        await tx.execute("select pg_notify(:channel, '')", {"channel": channel})


async def _true(value: bool) -> bool:
    return value
