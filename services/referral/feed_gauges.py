"""Prometheus gauges of the feeds' health. Labels are names of feeds, never of people.

`deploy/prometheus/feeds.rules.yml` raises its alarms on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.referral.domain.feed_health import Health
from services.referral.store.feed_health import Feed

LABELS: Final = ("source",)
"""All labels a feed's gauge may carry."""
FRESH_SECONDS: Final = 300.0
"""Older states are not shown: another process counts by now, or none, and then the alarm on absence is right."""

Value = Callable[[Health, datetime], float | None]

GAUGES: Final[dict[str, tuple[str, Value]]] = {
    "lead_feed_last_batch_timestamp_seconds": (
        "When a feed's newest batch came.",
        lambda health, now: health.last_batch.timestamp() if health.last_batch else None,
    ),
    "lead_feed_silent_seconds": (
        "Seconds since a feed's next batch was due at the latest, twice its usual gap; 0 while it is in time.",
        lambda health, now: (now - health.silent_since).total_seconds() if health.silent_since else 0.0,
    ),
    "lead_feed_reject_ratio": (
        "Rejected rows by rows, of the newest day on which rows came.",
        lambda health, now: health.reject_ratio,
    ),
    "lead_feed_volume_ratio": (
        "Rows of the newest batch by the median of the eight before it.",
        lambda health, now: health.volume_ratio,
    ),
    "lead_feed_capped": (
        "1 when the newest batch may have been cut by its source.",
        lambda health, now: float(health.capped),
    ),
    "lead_feed_columns_changed": (
        "1 when the newest file's columns are others than those of the one before.",
        lambda health, now: float(health.drifted),
    ),
    "lead_feed_unknown_codes_ratio": (
        "Codes read as unknown by rows, of the newest batch.",
        lambda health, now: health.code_ratio,
    ),
    "lead_feed_month_off": (
        "1 when a month is over 5 % off what another source published.",
        lambda health, now: float(health.month_off),
    ),
    "lead_feed_held_batches": (
        "Batches of a feed that wait for a person.",
        lambda health, now: float(health.held),
    ),
    "lead_feed_refused": (
        "1 when nothing of the newest file was applied.",
        lambda health, now: float(health.refused),
    ),
}


class FeedGauges(Collector):
    """Collects what was last shown, for as long as it is fresh."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._shown: tuple[float, Sequence[Feed], datetime] | None = None

    def show(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Show the feeds as they are at `now`."""
        with self._lock:
            self._shown = (self._clock(), feeds, now)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._lock:
            shown = self._shown
        if shown is None or self._clock() - shown[0] > FRESH_SECONDS:
            return
        _, feeds, now = shown
        yield GaugeMetricFamily("lead_feeds_watched", "Registered feeds whose health is known.", value=len(feeds))
        for name, (help_text, value_of) in GAUGES.items():
            family = GaugeMetricFamily(name, help_text, labels=LABELS)
            for feed in feeds:
                value = value_of(feed.health, now)
                if value is not None:
                    family.add_metric([feed.source], value)
            yield family


_gauges = FeedGauges()
REGISTRY.register(_gauges)
show = _gauges.show
