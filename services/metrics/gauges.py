"""Prometheus gauges of the newest snapshot: its published figures only, a hidden one absent.

Names, help texts and siblings come from the definitions; labels only from the list below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from threading import Lock

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.metrics.domain.definitions import Definition
from services.metrics.domain.figure import Figure
from services.metrics.store.registry import definitions
from services.metrics.store.snapshots import Snapshot

LABELS = ("arm", "window", "event", "period", "pathway", "stage", "state")
"""All labels a published gauge may carry."""


class SnapshotGauges(Collector):
    """Collects what was last shown; empty until a snapshot is shown."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shown: tuple[Snapshot, Sequence[Figure]] | None = None

    def show(self, snapshot: Snapshot, figures: Sequence[Figure]) -> None:
        with self._lock:
            self._shown = (snapshot, figures)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._lock:
            shown = self._shown
        if shown is None:
            return
        snapshot, figures = shown
        yield from _snapshot_itself(snapshot, figures)
        for definition in definitions().definitions:
            mine = [f for f in figures if f.definition == definition.id and f.value is not None]
            if mine:
                yield from families(definition, mine)


def families(definition: Definition, figures: Sequence[Figure]) -> Iterator[GaugeMetricFamily]:
    """The gauge of a definition, and its `_lower` and `_upper` siblings where intervals are published."""
    help_text = f"{definition.title}: {definition.formula}. Newest published snapshot."
    labels = [name for name in LABELS if name in figures[0].labels]
    gauges = {
        part: GaugeMetricFamily(_name(definition.gauge, part), help_text, labels=labels)
        for part in ("", "lower", "upper")
    }
    for figure in figures:
        values = [figure.labels[name] for name in labels]
        gauges[""].add_metric(values, figure.value or 0.0)
        if figure.interval is not None:
            gauges["lower"].add_metric(values, figure.interval.low)
            gauges["upper"].add_metric(values, figure.interval.high)
    yield from (gauge for gauge in gauges.values() if gauge.samples)


def _name(gauge: str, part: str) -> str:
    """`lead_x_ratio` -> `lead_x_lower_ratio`: the unit word stays last."""
    if not part:
        return gauge
    head, unit = gauge.rsplit("_", 1)
    return f"{head}_{part}_{unit}"


def _snapshot_itself(snapshot: Snapshot, figures: Sequence[Figure]) -> Iterator[GaugeMetricFamily]:
    as_of = (snapshot.as_of - date(1970, 1, 1)).total_seconds()
    made = snapshot.known_at.timestamp()
    yield GaugeMetricFamily("lead_snapshot_as_of_timestamp_seconds", "Last day of the newest snapshot.", value=as_of)
    yield GaugeMetricFamily(
        "lead_snapshot_computed_timestamp_seconds", "When the newest snapshot was made.", value=made
    )
    hidden = sum(figure.suppressed for figure in figures)
    yield GaugeMetricFamily(
        "lead_publication_suppressed_cells", "Figures of the newest snapshot that are hidden.", value=float(hidden)
    )
    warned = float(bool(snapshot.notes.get("selection_warning")))
    yield GaugeMetricFamily(
        "lead_outcome_selection_warning", "1 when people may have entered at a peak of arrests.", value=warned
    )


_gauges = SnapshotGauges()
REGISTRY.register(_gauges)
show = _gauges.show
