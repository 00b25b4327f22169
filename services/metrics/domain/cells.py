"""One person's whole contribution to the cells, and the difference between two of them.

Cells are linear: `cells += new − counted`. Whatever the order in which facts came, the same facts give the
same contribution, so cells are equal after a replay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.metrics.domain.funnel import FunnelCell, funnel
from services.metrics.domain.person import Person, index_of
from services.metrics.domain.windows import Tally, WindowCell, windows


@dataclass(frozen=True)
class Contribution:
    """What one person adds to every cell."""

    funnel: Mapping[FunnelCell, int] = field(default_factory=dict)
    windows: Mapping[WindowCell, Tally] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """A stable form to store beside the person: lists of a cell's fields and its numbers, sorted."""
        return {
            "funnel": sorted([*cell, n] for cell, n in self.funnel.items()),
            "windows": sorted([*cell, *sums] for cell, sums in self.windows.items()),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Contribution:
        if not stored:
            return cls()
        return cls(
            {
                FunnelCell(pathway, stage, date.fromisoformat(day), dimension, value): n
                for pathway, stage, day, dimension, value, n in stored["funnel"]
            },
            {
                WindowCell(arm, event, stratum, follow, window, date.fromisoformat(day)): Tally(*sums)
                for arm, event, stratum, follow, window, day, *sums in stored["windows"]
            },
        )


def contribution(person: Person) -> Contribution:
    """Everything this person counts for. A person without a linkable record enters no cohort."""
    index = index_of(person)
    cohort = {} if index is None else dict(windows(person, index))
    return Contribution(Counter(funnel(person, index)), cohort)


NOBODY = Tally()


class Change:
    """The sum of `new − counted` over many people: what is to be added to the stored cells."""

    def __init__(self) -> None:
        self.funnel: Counter[FunnelCell] = Counter()
        self.windows: dict[WindowCell, Tally] = {}

    def replace(self, counted: Contribution, new: Contribution) -> None:
        if new.funnel != counted.funnel:
            self.funnel.update(new.funnel)
            self.funnel.subtract(counted.funnel)
        if new.windows != counted.windows:
            for cell, sums in new.windows.items():
                self.windows[cell] = self.windows.get(cell, NOBODY).plus(sums)
            for cell, sums in counted.windows.items():
                self.windows[cell] = self.windows.get(cell, NOBODY).minus(sums)

    def funnel_changes(self) -> list[tuple[FunnelCell, int]]:
        return [(cell, n) for cell, n in self.funnel.items() if n]

    def window_changes(self) -> list[tuple[WindowCell, Tally]]:
        return [(cell, sums) for cell, sums in self.windows.items() if any(sums)]
