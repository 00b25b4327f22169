"""What a policy would have meant for arrests of the past: how many would be presumed divertible, beside today's.

A simulation publishes nothing and changes nothing. Source: police feeds design, section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from services.referral.domain.charge_rules import ChargeRule, ruling
from services.referral.domain.crosswalk import WARRANTS, Crosswalk, CrosswalkRow
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

    def between(self, now: Crosswalk, then: Crosswalk, *, known: bool) -> tuple[Statute, Statute]:
        """As two crosswalks presume of it. `known`: a row has it today, so that the row for the rest may.

        What only the offence text could say stays as recorded: which title a bare section is read under.
        """
        if self.title == "PSEUDO" and self.section in WARRANTS:
            return self, self
        before, after = (self._row(crosswalk, known=known) for crosswalk in (now, then))
        if before == after:
            return self, self
        return self._presumed(before), self._presumed(after)

    def _presumed(self, row: CrosswalkRow | None) -> Statute:
        return replace(self, base=row.eligibility if row else "REVIEW")

    def _row(self, crosswalk: Crosswalk, *, known: bool) -> CrosswalkRow | None:
        if self.title:
            found = crosswalk.find(self.title, self.section, self.sub)
            return found or (crosswalk.rest(self.title, self.section) if known or self.title == "LO" else None)
        # Rule T4 without a text: a section that no title is known of is under 18 once the list has it there.
        rows = crosswalk.section("18", self.section)
        told_by_words = any(row.desc_regex for row in rows) and not self.sub
        return None if told_by_words else crosswalk.find("18", self.section, self.sub)


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
