"""Every figure of the registry from the counts that may be shown, for people signed in or for the public."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from services.metrics.domain import sentences
from services.metrics.domain.counts import Counts
from services.metrics.domain.definitions import DefinitionId, Registry
from services.metrics.domain.figure import Figure
from services.metrics.domain.funnel import EXITS, PATHWAYS, STAGES
from services.metrics.domain.intervals import Interval, change_interval, change_ratio, mean_interval, wilson
from services.metrics.domain.ladder import EVENTS
from services.metrics.domain.shown import Audience, Shown, shown
from services.metrics.domain.windows import WINDOWS, Tally

Key = tuple[object, ...]
Labels = dict[str, str]
UNKNOWN_AT_MOST = 0.2
"""More records than this share that do not say, and the figure is not measured."""


def figures(counts: Counts, registry: Registry, audience: Audience) -> list[Figure]:
    """Every figure of the registry, in its order, for people signed in or for the public."""
    drawer = _Drawer(counts, registry, shown(counts, audience))
    return [*drawer.funnel(), *drawer.charges(), *drawer.stops(), *drawer.outcomes()]


class _Drawer:
    def __init__(self, counts: Counts, registry: Registry, view: Shown) -> None:
        self.counts = counts
        self.registry = registry
        self.view = view
        self.published = view.audience == "published"

    def funnel(self) -> Iterator[Figure]:
        exits = [name for names in EXITS.values() for name in names]
        for pathway in ("all", *PATHWAYS):
            for step in (*STAGES, *exits):
                yield self._count("funnel_persons", {"stage": step, "pathway": pathway}, ("step", pathway, step))
        for pathway in ("all", *PATHWAYS):
            for above, step in pairwise(STAGES):
                labels, part = {"stage": step, "pathway": pathway}, ("step", pathway, step)
                yield self._share("funnel_step_ratio", labels, part, ("step", pathway, above), above=above)
                yield self._share("funnel_reached_ratio", labels, part, ("step", pathway, STAGES[0]))

    def charges(self) -> Iterator[Figure]:
        for state in self.counts.charges:
            yield self._count("charges_diverted", {"state": state}, ("charge", state))

    def stops(self) -> Iterator[Figure]:
        stops = self.counts.stops
        known = {key: stops.get(key, 0) for key in ("yes", "no")}
        total = sum(stops.values())
        if total and stops.get("unknown", 0) <= UNKNOWN_AT_MOST * total:
            yield self._share("stops_offered_ratio", {}, ("stops", "yes"), ("stops", "yes"), ("stops", "no"))
        elif total or any(known.values()):
            yield self._absent("stops_offered_ratio", {}, "not_measured")
        if self.counts.records:
            yield self._share("outcome_linked_arrests_ratio", {}, ("records", "yes"), ("records",))

    def outcomes(self) -> Iterator[Figure]:
        for window in WINDOWS:
            labels = {"arm": "intake", "window": str(window)}
            yield self._count("outcome_cohort_persons", labels, ("cohort", window))
        for event in EVENTS:
            for window in WINDOWS:
                labels = {"arm": "intake", "window": str(window), "event": event}
                if event not in self.counts.measured:
                    yield self._absent("outcome_avoided_arrest_ratio", labels, "not_measured")
                    continue
                yield self._share(
                    "outcome_avoided_arrest_ratio", labels, ("without", event, window), ("cohort", window)
                )
                for period in ("before", "after"):
                    yield self._mean(labels | {"period": period}, event, window, period)
                yield self._change(labels, event, window)

    def _share(self, name: DefinitionId, labels: Labels, part: Key, *whole: Key, above: str = "") -> Figure:
        """`part` over the sum of `whole`."""
        k, parts = self.view.of(part), [self.view.of(key) for key in whole]
        counts = [n for n in parts if n is not None]
        if k is None or len(counts) < len(parts):
            return self._absent(name, labels, self._why(part, *whole))
        n = sum(counts)
        if n < self.registry[name].min_n:
            return self._absent(name, labels, "not_enough")
        k = min(k, n)
        return self._figure(name, labels, k / n, k, n, wilson(k, n), above=above)

    def _mean(self, labels: Labels, event: str, window: int, period: str) -> Figure:
        name: DefinitionId = "outcome_mean_arrests"
        keys: tuple[Key, Key] = (("days", event, window, period), ("full", window))
        days, people = (self.view.of(key) for key in keys)
        if days is None or people is None:
            return self._absent(name, labels, self._why(*keys))
        if people < self.registry[name].min_n:
            return self._absent(name, labels, "not_enough")
        sums = self.counts.tally(event, window, "full")
        exact = (sums.sum_pre, sums.square_pre) if period == "before" else (sums.sum_post, sums.square_post)
        value = days / people
        interval = self._modelled(mean_interval(*exact, sums.n), value, sums.n)
        return self._figure(name, labels, value, days, people, interval)

    def _change(self, labels: Labels, event: str, window: int) -> Figure:
        name: DefinitionId = "outcome_change_ratio"
        keys = (("days", event, window, "after"), ("days", event, window, "before"), ("full", window))
        after, before, people = (self.view.of(key) for key in keys)
        if after is None or before is None or people is None:
            return self._absent(name, labels, self._why(*keys))
        sums = self.counts.tally(event, window, "full")
        too_few = self.published and (sums.n < self.registry[name].min_n or min(after, before) == 0)
        value = change_ratio(Tally(sum_pre=before, sum_post=after))
        if too_few or value is None:
            return self._absent(name, labels, "not_enough")
        value = round(value, 2) if self.published else value
        interval = self._modelled(change_interval(sums), value, sums.n)
        return self._figure(name, labels, value, after, before, interval, n=people)

    def _modelled(self, interval: Interval | None, value: float, n: int) -> Interval | None:
        """Rule 4: an interval that is not from published counts has two digits, and only from 50 people on."""
        if interval is None or not self.published:
            return interval
        if n < self.registry["outcome_change_ratio"].min_n:
            return None
        low, high = round(interval.low, 2), round(interval.high, 2)
        return interval.model_copy(update={"low": min(low, value), "high": max(high, value)})

    def _count(self, name: DefinitionId, labels: Labels, key: Key) -> Figure:
        n = self.view.of(key)
        if n is None:
            return self._absent(name, labels, self._why(key))
        return self._figure(name, labels, float(n), n)

    def _why(self, *keys: Key) -> str | None:
        return next((reason for key in keys if (reason := self.view.reason(key))), None)

    def _absent(self, name: DefinitionId, labels: Labels, reason: str | None) -> Figure:
        definition = self.registry[name]
        return Figure(
            definition=name,
            definition_version=definition.version,
            labels=labels,
            unit=definition.unit,
            as_of=self.counts.as_of,
            suppressed=reason in ("under_11", "complement"),
            reason=reason,
            sentence=sentences.absent(reason),
        )

    def _figure(
        self,
        name: DefinitionId,
        labels: Labels,
        value: float,
        numerator: int,
        denominator: int | None = None,
        interval: Interval | None = None,
        **words: object,
    ) -> Figure:
        definition = self.registry[name]
        found = Figure(
            definition=name,
            definition_version=definition.version,
            labels=labels,
            unit=definition.unit,
            value=value,
            numerator=numerator,
            denominator=denominator,
            interval=interval,
            as_of=self.counts.as_of,
        )
        return found.model_copy(update={"sentence": sentences.said(definition, found, words)})
