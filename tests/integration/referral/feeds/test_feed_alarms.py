"""Each alarm of the feeds is raised by what it is for, and cleared when that is over: rules over real gauges."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import CollectorRegistry

from services.referral.feed_gauges import FRESH_SECONDS, GAUGES, LABELS, FeedGauges
from services.referral.store.feed_health import feeds as healths
from shared.messaging import Transactions
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.alarms import gauge_of, raised, rules
from tests.integration.referral.feeds.sending import decide, register, send
from tests.integration.referral.feeds.test_small_files import HEADER, file, row
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration

OF_PROCESSES = {"lead_agency_topics_failing", "lead_agency_topics", "lead_agency_status_failing", "lead_drop_left"}
"""Gauges of the parts that take in and tell; their own tests raise and clear the alarms on them."""


class Watch:
    """The gauges of a feed side as Prometheus would scrape them, and the alarms they raise."""

    def __init__(self, feeds: FeedSide) -> None:
        self.feeds = feeds
        self.clock = 0.0
        self.gauges = FeedGauges(lambda: self.clock)
        self.registry = CollectorRegistry()
        self.registry.register(self.gauges)

    async def alarms(self, source: str, *, later: timedelta = timedelta()) -> set[str]:
        """Names of the alarms that a source raises, as if so much later."""
        async with Transactions(self.feeds.consumer, self.feeds.keys, self.feeds.settings).begin() as tx:
            tx.now += later
            self.gauges.show(await healths(tx, ZoneInfo("America/New_York")), tx.now)
        return {
            name for name, expr in rules().items() if gauge_of(expr) not in OF_PROCESSES and self.raised(name, source)
        }

    def raised(self, alarm: str, source: str) -> bool:
        return raised(alarm, self.registry, source=source)


def many(first: int, count: int) -> bytes:
    return file(*[row(n) for n in range(first, first + count)])


async def backdate(feeds: FeedSide, source: str, days: int) -> None:
    """Let everything a source sent so far have come some days earlier."""
    connection: Any = await feeds.administrator(feeds.settings.database_name)
    try:
        await connection.execute(
            "update own.batch set received_at = received_at - make_interval(days => $2) where source = $1", source, days
        )
    finally:
        await connection.close()


def test_every_alarm_is_on_a_gauge_that_exists_and_every_label_is_allowed() -> None:
    for expr in rules().values():
        assert gauge_of(expr) in {*GAUGES, *OF_PROCESSES, "lead_feeds_watched"}, expr
    assert LABELS == ("source",)


async def test_silence_is_raised_after_twice_the_usual_gap_and_cleared_by_a_report_of_nothing(feeds: FeedSide) -> None:
    await feeds.register("fable")
    for n in range(1, 4):
        await feeds.ingest("fable", many(n, 1))
        await backdate(feeds, "fable", 1)
    watch = Watch(feeds)
    assert await watch.alarms("fable") == set()
    assert await watch.alarms("fable", later=timedelta(days=1, hours=1)) == {"LeadFeedSilent"}
    await backdate(feeds, "fable", 2)
    assert await watch.alarms("fable") == {"LeadFeedSilent"}
    await feeds.ingest("fable", f"{HEADER}\n".encode())
    assert await watch.alarms("fable") == set()


async def test_rejects_and_held_batches_are_raised_and_cleared(feeds: FeedSide) -> None:
    await feeds.register("fable")
    held = await feeds.ingest("fable", file(row(1), row(2, day="x")))
    watch = Watch(feeds)
    assert await watch.alarms("fable") == {"LeadFeedHeld", "LeadFeedRejects"}
    await decide(feeds, held, "apply")
    assert await watch.alarms("fable") == {"LeadFeedRejects"}
    await feeds.ingest("fable", many(10, 60))
    assert await watch.alarms("fable") == set()


async def test_a_refused_file_is_raised_and_cleared_by_one_that_can_be_read(feeds: FeedSide) -> None:
    await feeds.register("fable")
    await feeds.ingest("fable", b"no,header\n1,2\n")
    watch = Watch(feeds)
    assert await watch.alarms("fable") == {"LeadFeedRefused"}
    await feeds.ingest("fable", many(1, 5))
    assert await watch.alarms("fable") == set()


async def test_a_drop_in_volume_is_raised_and_cleared(feeds: FeedSide) -> None:
    await feeds.register("fable")
    for n in range(8):
        await feeds.ingest("fable", many(1 + 10 * n, 10))
    watch = Watch(feeds)
    await feeds.ingest("fable", many(200, 4))
    assert await watch.alarms("fable") == {"LeadFeedVolumeDrop"}
    await feeds.ingest("fable", many(300, 9))
    assert await watch.alarms("fable") == set()


async def test_a_cut_file_and_changed_columns_are_raised_and_cleared(feeds: FeedSide) -> None:
    await feeds.register("fable")
    await feeds.ingest("fable", many(1, 1000))
    watch = Watch(feeds)
    assert await watch.alarms("fable") == {"LeadFeedCapped"}
    more = b"\n".join(line + (b",NEW" if n == 0 else b",1") for n, line in enumerate(many(2000, 600).splitlines()))
    await feeds.ingest("fable", more + b"\n")
    assert await watch.alarms("fable") == {"LeadFeedColumnsChanged"}
    await feeds.ingest("fable", more.replace(b"C2000", b"C2001") + b"\n")
    assert await watch.alarms("fable") == set()


async def test_unknown_codes_are_raised_and_cleared(feeds: FeedSide) -> None:
    await feeds.register("fable")
    await feeds.ingest("fable", many(1, 20).replace(b",F,B,", b",Q,B,"))
    watch = Watch(feeds)
    assert await watch.alarms("fable") == {"LeadFeedUnknownCodes"}
    await feeds.ingest("fable", many(40, 20))
    assert await watch.alarms("fable") == set()


async def test_a_month_that_is_off_is_raised_and_cleared_by_the_whole_month(feeds: FeedSide) -> None:
    """The state's file has eight of the ten arrests that the agency's own feed published, then all."""
    await register(feeds, "own", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "own", many(1, 10))
    await register(feeds, "state", "nibrs_flat", "per-record")
    watch = Watch(feeds)
    await send(feeds, "state", flat(*[level7(f"A{n}") for n in range(8)]))
    assert await watch.alarms("state") == {"LeadFeedMonthOff"}
    await send(feeds, "state", flat(*[level7(f"A{n}") for n in range(10)]))
    assert await watch.alarms("state") == set()


async def test_gauges_that_nobody_renews_vanish_and_their_absence_is_an_alarm(feeds: FeedSide) -> None:
    await feeds.register("fable")
    watch = Watch(feeds)
    assert raised("LeadFeedsUnwatched", watch.registry)
    assert await watch.alarms("fable") == set()
    newest: datetime | None = None
    await feeds.ingest("fable", many(1, 3))
    await watch.alarms("fable")
    (found,) = await feeds.rows("select received_at from own.batch")
    newest = found["received_at"]
    value = watch.registry.get_sample_value("lead_feed_last_batch_timestamp_seconds", {"source": "fable"})
    assert newest is not None
    assert value == pytest.approx(newest.timestamp())
    watch.clock = FRESH_SECONDS + 1
    assert raised("LeadFeedsUnwatched", watch.registry)
