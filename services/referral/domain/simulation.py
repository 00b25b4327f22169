"""What a policy would have meant for arrests of the past: how many would be presumed divertible, beside today's.

A simulation publishes nothing and changes nothing. Source: police feeds design, section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.referral.domain.charge_rules import ChargeRule, ruling
from services.referral.domain.divertible import Divertible

ANSWERS: tuple[Divertible, ...] = ("yes", "review", "no")


@dataclass(frozen=True)
class Statute:
    """One statute as it stands in recorded arrests, with what the crosswalk presumes (`base`)."""

    title: str
    section: str
    sub: str
    base: str

    def under(self, rules: Sequence[ChargeRule]) -> str:
        """What these rules presume of it."""
        decided = ruling(rules, self.title or None, self.section, self.sub)
        return decided.eligibility if decided else self.base


@dataclass(frozen=True)
class Cell:
    """Arrests of one municipality and race that have the same answer today, and the same under the proposal."""

    municipality: str | None
    race: str
    now: Divertible
    then: Divertible
    arrests: int


@dataclass
class Line:
    """One line of a table: arrests by answer, today's and the proposal's. `moved` arrests change their answer."""

    name: str
    arrests: int = 0
    now: Counter[str] = field(default_factory=Counter)
    then: Counter[str] = field(default_factory=Counter)
    moved: int = 0

    def add(self, cell: Cell) -> None:
        self.arrests += cell.arrests
        self.now[cell.now] += cell.arrests
        self.then[cell.then] += cell.arrests
        self.moved += cell.arrests * (cell.now != cell.then)


def total(cells: Iterable[Cell]) -> Line:
    """All arrests in one line."""
    return next(iter(_lines(cells, lambda _: "All")), Line("All"))


def by_race(cells: Iterable[Cell]) -> list[Line]:
    """A line for each race code, by size."""
    return _lines(cells, lambda cell: cell.race)


def by_municipality(cells: Iterable[Cell]) -> list[Line]:
    """A line for each municipality, by how many arrests change; an unknown one is an empty name."""
    return sorted(_lines(cells, lambda cell: cell.municipality or ""), key=lambda line: (-line.moved, line.name))


def _lines(cells: Iterable[Cell], name: Callable[[Cell], str]) -> list[Line]:
    found: dict[str, Line] = {}
    for cell in cells:
        found.setdefault(name(cell), Line(name(cell))).add(cell)
    return sorted(found.values(), key=lambda line: (-line.arrests, line.name))
