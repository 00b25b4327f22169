"""Runs a service's timers in one process at a time."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from typing import Any

import structlog

from shared.messaging import measures
from shared.messaging.faults import code_of, place
from shared.messaging.handlers import Handlers
from shared.messaging.leader import leading
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.messaging.timers import Timer, Timers
from shared.messaging.transaction import Transactions
from shared.runtime.settings import Settings

_log = structlog.get_logger("lead.timers")


class Timekeeper:
    """Runs each timer when it is due, one after another, while this process leads."""

    def __init__(self, settings: Settings, transactions: Transactions, timers: Timers, handlers: Handlers) -> None:
        self._settings = settings
        self._service: str = settings.service
        self._transactions = Transactions(transactions.database, transactions.keys, settings, handlers)
        self._timers = list(timers)
        self._progress = Progress()

    async def run(self) -> None:
        """Keep time until cancelled. Outlives an absent database; a job that fails is run again when next due."""
        if not self._timers:
            return
        for pause in pauses(0.2, 3.0):
            try:
                self._progress.moved("standing by")
                url = self._settings.database_url("consumer")
                async with leading(url, self._service, "timers") as session:
                    await self._keep(session)
            except Exception as error:
                self._progress.failed(error)
                _log.warning("timers interrupted", error=type(error).__name__)
            await asyncio.sleep(pause)

    def health(self) -> Health:
        """Whether timers run (or another process runs them)."""
        return self._progress.health(work_waits=self._progress.state == "leading")

    async def _keep(self, session: Any) -> None:
        due = dict.fromkeys(self._timers, 0.0)
        woken = asyncio.Event()

        def wake(_session: Any, _pid: int, channel: str, _payload: str) -> None:
            due.update({timer: 0.0 for timer in self._timers if timer.wake == channel})
            woken.set()

        for channel in {timer.wake for timer in self._timers if timer.wake}:
            await session.add_listener(channel, wake)
        while True:
            woken.clear()
            # Raises when the session, and so the lock, is lost.
            await session.execute("select 1")
            self._progress.moved("leading")
            for timer in self._timers:
                if time.monotonic() >= due[timer]:
                    due[timer] = math.inf
                    more = await self._run(timer)
                    # What woke it meanwhile may have come too late for this run: then it is due already.
                    due[timer] = min(due[timer], time.monotonic() + (0 if more else timer.seconds))
            with suppress(TimeoutError):
                pause = min(5.0, max(0.01, min(due.values()) - time.monotonic()))
                await asyncio.wait_for(woken.wait(), pause)

    async def _run(self, timer: Timer) -> bool:
        outcome, more = "done", False
        try:
            async with self._transactions.begin() as tx:
                more = bool(await timer.job(tx))
        except Exception as error:
            outcome = "failed"
            _log.error("timer failed", job=timer.name, error=code_of(error), at=place(error))
        measures.TIMER_RUNS.labels(self._service, timer.name, outcome).inc()
        return more
