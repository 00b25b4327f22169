"""How far figures reach: a late or silent police feed must not look like success."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.metrics.store.cells import freshness, read_counts
from services.metrics.timers import snapshot
from shared.contracts import FeedCoverage, JurisdictionChanged
from shared.contracts.jurisdiction_changed import Covering, Stage
from tests.integration.metrics.running import Metrics
from tests.metrics_facts import LEARNED, arrest, followed, noon, referral

pytestmark = pytest.mark.integration
TODAY = date(2026, 11, 20)
ACTIVE = JurisdictionChanged(
    area_id="pittsburgh-1", municipality="Pittsburgh", name="Pittsburgh zone 1", timezone="America/New_York",
    stages=[Stage(stage="active", from_=date(2024, 4, 11))],
    covering=[Covering(ori="PAPPD0000", from_=date(2024, 4, 11))], recorded_at=LEARNED,
)  # fmt: skip


def coverage(through: date, covered_from: date = date(2020, 1, 1), version: int = 1) -> FeedCoverage:
    return FeedCoverage(
        agency_ori="PAPPD0000", covered_from=covered_from, covered_through=through, recorded_at=LEARNED,
        version=version, action="record" if version == 1 else "replace",
    )  # fmt: skip


async def test_nothing_known_reaches_yesterday(metrics: Metrics) -> None:
    async with metrics.tx() as tx:
        assert (await freshness(tx, TODAY)).as_of == TODAY - timedelta(1)


async def test_a_silent_feed_of_a_live_agency_holds_the_figures_back(metrics: Metrics) -> None:
    silent_since = date(2026, 9, 1)
    await metrics.deliver(ACTIVE, coverage(silent_since))
    async with metrics.tx() as tx:
        known = await freshness(tx, TODAY)
    assert (known.as_of, known.silent_agency) == (silent_since, "PAPPD0000")
    await metrics.deliver(arrest("other-way", "p", TODAY - timedelta(3), backfill=True))
    await metrics.count()
    async with metrics.tx() as tx:
        assert (await freshness(tx, TODAY)).as_of == TODAY - timedelta(3)


async def test_late_records_hold_the_figures_back_and_backfilled_history_does_not(metrics: Metrics) -> None:
    slow = [arrest(f"s{n}", f"s{n}", TODAY - timedelta(30), recorded_at=noon(TODAY - timedelta(20))) for n in range(20)]
    old = [arrest(f"o{n}", f"o{n}", TODAY - timedelta(80), recorded_at=noon(TODAY), backfill=True) for n in range(20)]
    await metrics.deliver(*slow, *old)
    await metrics.count()
    async with metrics.tx() as tx:
        known = await freshness(tx, TODAY)
    assert (known.delay_days, known.as_of) == (10, TODAY - timedelta(10))


async def test_a_feed_that_began_inside_the_window_before_counts_people_again(metrics: Metrics) -> None:
    day = date(2026, 1, 15)
    await metrics.deliver(*followed("p", day, before=1, after=1))
    await metrics.count()
    await metrics.deliver(coverage(TODAY, covered_from=day - timedelta(30)))
    await metrics.count()
    async with metrics.tx() as tx:
        counts = await read_counts(tx, TODAY)
    assert counts.tally("any", 182, "full").n == 0
    assert counts.tally("any", 182, "post_only").n == 1


async def test_the_demo_freezes_once_the_county_is_quiet_and_a_real_county_month_by_month(metrics: Metrics) -> None:
    facts = [fact for n in range(12) for fact in followed(f"p{n}", date(2026, 1, 15), before=1, after=1)]
    await metrics.deliver(*facts, referral("late", "late", date(2026, 6, 1)))
    async with metrics.tx() as tx:
        await snapshot(tx)
    assert await metrics.rows("select * from own.snapshot") == [], "people are still queued"
    await metrics.count()
    for _ in range(2):
        async with metrics.tx() as tx:
            await snapshot(tx)
    assert [row["kind"] for row in await metrics.rows("select kind from own.snapshot")] == ["demo"]
    metrics.transactions.settings = metrics.settings.model_copy(update={"demo": False})
    for _ in range(2):
        async with metrics.tx() as tx:
            await snapshot(tx)
    stored = await metrics.rows("select kind, as_of from own.snapshot order by known_at")
    assert [row["kind"] for row in stored] == ["demo"], "a later day than the last whole month is published already"
