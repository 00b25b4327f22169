"""Each alarm of the feeds is raised by what it is for, and cleared when that is over: rules over real gauges."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prometheus_client import CollectorRegistry

from services.referral.feed_gauges import FRESH_SECONDS, GAUGES, LABELS, FeedGauges
from services.referral.store.feed_health import feeds as healths
from shared.messaging import Transactions
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import decide
from tests.integration.referral.feeds.test_small_files import HEADER, file, row

pytestmark = pytest.mark.integration

RULES = Path(__file__).parents[4] / "deploy/prometheus/feeds.rules.yml"
_SIMPLE = re.compile(r"^(\w+) ([<>]) ([\d.]+)$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {"<": operator.lt, ">": operator.gt}


def rules() -> dict[str, str]:
    """Alarms and their expressions."""
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


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
        return {name for name, expr in rules().items() if self.raised(expr, source)}

    def raised(self, expr: str, source: str) -> bool:
        if expr.startswith("absent("):
            return self.registry.get_sample_value(expr[7:-1]) is None
        found = _SIMPLE.match(expr)
        assert found, f"not a gauge and a limit: {expr}"
        value = self.registry.get_sample_value(found[1], {"source": source})
        return value is not None and _COMPARE[found[2]](value, float(found[3]))


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
        name = re.sub(r"^absent\((\w+)\)$", r"\1", expr).split(" ")[0]
        assert name in GAUGES or name == "lead_feeds_watched", expr
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


async def test_unknown_codes_and_a_month_that_is_off_are_raised_and_cleared(feeds: FeedSide) -> None:
    await feeds.register("fable")
    await feeds.ingest("fable", many(1, 20).replace(b",F,B,", b",Q,B,"))
    watch = Watch(feeds)
    assert await watch.alarms("fable") == {"LeadFeedUnknownCodes"}
    await feeds.ingest("fable", many(40, 20))
    assert await watch.alarms("fable") == set()
    connection: Any = await feeds.administrator(feeds.settings.database_name)
    try:
        off = '[{"code": "W_MONTH_OFF", "count": 1}]'
        await connection.execute("update own.batch set warnings = cast($1::text as jsonb)", off)
    finally:
        await connection.close()
    assert await watch.alarms("fable") == {"LeadFeedMonthOff"}


async def test_gauges_that_nobody_renews_vanish_and_their_absence_is_an_alarm(feeds: FeedSide) -> None:
    await feeds.register("fable")
    watch = Watch(feeds)
    assert watch.raised(rules()["LeadFeedsUnwatched"], "")
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
    assert watch.raised(rules()["LeadFeedsUnwatched"], "")
