"""What metrics does by the clock: count queued people, freeze months, set the public gauges."""

from __future__ import annotations

from datetime import date, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from services.metrics.gauges import show
from services.metrics.store.cells import freshness
from services.metrics.store.counting import count_queued
from services.metrics.store.snapshots import freeze, newest, published
from shared.messaging import Timers, Tx

timers = Timers("metrics")

COUNTING_SECONDS = 0.8
"""How long one round counts on before it commits, so that a long queue stays visible as it shrinks."""
QUIET_SECONDS = 15
"""In demo mode a snapshot follows when nothing new has come for so long."""


@timers.every("cells", seconds=1)
async def cells(tx: Tx) -> None:
    """Count people whose facts changed; a new fact moves a figure within a second or two."""
    until = monotonic() + COUNTING_SECONDS
    while await count_queued(tx):
        if monotonic() > until:
            return


@timers.every("snapshot", seconds=10)
async def snapshot(tx: Tx) -> None:
    """Freeze a month once all of it is known. In demo mode freeze when the county has gone quiet."""
    today = tx.now.astimezone(ZoneInfo(tx.settings.timezone)).date()
    if not await tx.value("select exists (select from copied.fact_intake)"):
        return
    if await tx.value("select exists (select from copied.dirty)"):
        return
    known = (await freshness(tx, today)).as_of
    if tx.settings.demo:
        if await _quiet(tx):
            await freeze(tx, known, "demo")
        return
    month_end = last_whole_month(known)
    last = await newest(tx)
    if last is None or last.as_of < month_end:
        await freeze(tx, month_end, "monthly")


@timers.every("gauges", seconds=5)
async def gauges(tx: Tx) -> None:
    """Prometheus sees the newest snapshot and nothing else of any person."""
    last = await newest(tx)
    if last is not None:
        show(last, await published(tx, last))


def last_whole_month(day: date) -> date:
    """The last day of the newest month that is over on `day`, `day` itself included."""
    tomorrow = day + timedelta(1)
    return tomorrow.replace(day=1) - timedelta(1)


async def _quiet(tx: Tx) -> bool:
    """No intake was recorded for a while, so that a running simulation is not frozen half-way."""
    age = await tx.value(
        "select extract(epoch from cast(:now as timestamptz) - greatest("
        " (select max(recorded_at) from copied.fact_intake), (select max(recorded_at) from copied.fact_contact)))",
        {"now": tx.now},
    )
    return age is not None and float(age) >= QUIET_SECONDS
