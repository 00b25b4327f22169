"""Everything that was read from the cells for one `as_of`, exact, before any of it may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.metrics.domain.funnel import EXITS, PATHWAYS, STAGES, Stage
from services.metrics.domain.windows import EVERYBODY, Tally


@dataclass(frozen=True)
class Counts:
    """Exact counts. Keys: (pathway, stage or exit), and (event, window, follow)."""

    as_of: date
    steps: Mapping[tuple[str, str], int] = field(default_factory=dict)
    stops: Mapping[str, int] = field(default_factory=dict)
    """Divertible stops by whether LEAD was offered: yes, no, unknown."""
    records: Mapping[str, int] = field(default_factory=dict)
    """Police records by whether they can be linked to a person: yes, no."""
    charges: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[tuple[str, int, str], Tally] = field(default_factory=dict)
    measured: frozenset[str] = frozenset({"any", "new_charge", "warrant", "contact"})
    """Events that some source sends at all; of the others nothing can be said."""

    def step(self, pathway: str, step: str) -> int:
        """People at a stage or exit; `all` is the sum of the pathways."""
        pathways = PATHWAYS if pathway == "all" else (pathway,)
        return sum(self.steps.get((p, step), 0) for p in pathways)

    def tally(self, event: str, window: int, *follows: str) -> Tally:
        """Sums of an event over everybody who is followed, those without it too."""
        total = Tally()
        for follow in follows:
            everybody = self.outcomes.get((EVERYBODY, window, follow), Tally())
            happened = self.outcomes.get((event, window, follow), Tally())
            total = total.plus(happened._replace(n=everybody.n, selected=everybody.selected))
        return total


def exits_and_next(stage: Stage) -> tuple[str, ...]:
    """The parts that a stage's people split into: those who went on, and each exit."""
    place = STAGES.index(stage)
    return (*STAGES[place + 1 : place + 2], *EXITS[stage])
