"""From exact counts to counts that may be shown: what is hidden, what is rounded, and why.

`live` figures are for people who signed in: exact, with small counts and their complements hidden (rules 1
and 2). `published` figures are rounded as well (rule 3).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

from services.metrics.domain.counts import Counts, exits_and_next
from services.metrics.domain.funnel import EXITS, PATHWAYS, STAGES
from services.metrics.domain.ladder import EVENTS
from services.metrics.domain.suppression import Relation, hidden, rounded, small
from services.metrics.domain.windows import WINDOWS

Audience = Literal["live", "published"]


@dataclass(frozen=True)
class Shown:
    """Counts under their keys, with the hidden ones marked; ask `of` for what a reader may see."""

    exact: Mapping[Hashable, int]
    hide: frozenset[Hashable]
    audience: Audience

    def of(self, key: Hashable) -> int | None:
        """The count as this audience may see it, or None when it is hidden."""
        if key in self.hide:
            return None
        n = self.exact.get(key, 0)
        return rounded(n) if self.audience == "published" else n

    def reason(self, key: Hashable) -> str | None:
        """Why a count is hidden: it is under 11, or something under 11 would follow from it."""
        if key not in self.hide:
            return None
        return "under_11" if small(self.exact.get(key, 0)) else "complement"


def shown(counts: Counts, audience: Audience) -> Shown:
    """Apply rules 1 and 2 to every count at once, since they are published together."""
    exact, relations = _funnel(counts)
    more_exact, more_relations = _others(counts)
    exact |= more_exact
    relations += more_relations
    return Shown(exact, frozenset(hidden(exact, relations)), audience)


def _funnel(counts: Counts) -> tuple[dict[Hashable, int], list[Relation]]:
    steps = [*STAGES, *(name for names in EXITS.values() for name in names)]
    exact: dict[Hashable, int] = {
        ("step", pathway, step): counts.step(pathway, step) for pathway in ("all", *PATHWAYS) for step in steps
    }
    relations: list[Relation] = [
        (("step", "all", step), tuple(("step", pathway, step) for pathway in PATHWAYS)) for step in steps
    ]
    for pathway in ("all", *PATHWAYS):
        for stage in STAGES[:-1]:
            parts = tuple(("step", pathway, part) for part in exits_and_next(stage))
            relations.append((("step", pathway, stage), parts))
    return exact, relations


def _others(counts: Counts) -> tuple[dict[Hashable, int], list[Relation]]:
    exact: dict[Hashable, int] = {}
    relations: list[Relation] = []
    # Stops whose record does not say are published nowhere, so that they give nothing away.
    for name, parts in (("stops", counts.stops), ("records", counts.records)):
        _split(exact, relations, (name,), {(name, value): parts.get(value, 0) for value in ("yes", "no")})
    for state, n in counts.charges.items():
        exact["charge", state] = n
    for window in WINDOWS:
        exact["left", window] = counts.tally("any", window, "left").n
        full = counts.tally("any", window, "full").n
        partly = counts.tally("any", window, "post_only").n
        _split(exact, relations, ("cohort", window), {("full", window): full, ("post_only", window): partly})
        for event in EVENTS:
            everybody = counts.tally(event, window, "full", "post_only")
            for part, n in (("without", everybody.n - everybody.any_post), ("with", everybody.any_post)):
                exact[part, event, window] = n
            relations.append((("cohort", window), (("without", event, window), ("with", event, window))))
            both_sides = counts.tally(event, window, "full")
            exact["days", event, window, "before"] = both_sides.sum_pre
            exact["days", event, window, "after"] = both_sides.sum_post
    return exact, relations


def _split(
    exact: dict[Hashable, int], relations: list[Relation], total: Hashable, parts: Mapping[Hashable, int]
) -> None:
    exact.update(parts)
    exact[total] = sum(parts.values())
    relations.append((total, tuple(parts)))
