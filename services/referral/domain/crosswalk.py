"""The offence crosswalk: statute -> NIBRS codes, category and the presumption of a policy.

Rows are data: what ships (`services/referral/data/offence_crosswalk_seed.csv`) is unreviewed, and says so wherever it
is shown; two people review, change, add or end a row (`offence_list.py`). Source: police feeds design, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, cast
from uuid import UUID

from shared.contracts.codes import Eligibility

Key = tuple[str, str, str]
"""What a row is known by: title, section, sub_prefix."""
WARRANTS: Final = frozenset({"100", "9015", "9092", "9136", "9494", "9501"})
"""Sections under PSEUDO that are no offense but the service of a warrant."""
_CITY_CODE: Final = re.compile(r"^6\d\d\.\d\d$")


@dataclass(frozen=True)
class Review:
    """Two people looked at a row: from which day it holds as they left it, and in which change."""

    since: date
    proposed_name: str
    decided_name: str
    change_id: UUID


@dataclass(frozen=True)
class CrosswalkRow:
    """One line: a title and section, narrowed by `sub_prefix`; `desc_regex` only helps to find the title."""

    title: str
    section: str
    sub_prefix: str
    desc_regex: re.Pattern[str] | None
    description: str
    nibrs: str
    category: str
    eligibility: Eligibility
    notes: str
    reviewed: Review | None = None

    @property
    def key(self) -> Key:
        return self.title, self.section, self.sub_prefix

    def fits(self, sub: str) -> bool:
        """True if `sub` starts with the prefix and no digit follows: `a3` must not take `a31`."""
        rest = sub[len(self.sub_prefix) :]
        return sub.startswith(self.sub_prefix) and not (self.sub_prefix and rest[:1].isdigit())


@dataclass(frozen=True, eq=False)
class Crosswalk:
    """One version of the crosswalk with the lookups that rule C1 needs. Equal only to itself: it names caches."""

    version: str
    rows: tuple[CrosswalkRow, ...]

    @classmethod
    def read(cls, version: str, lines: Iterable[Mapping[str, str]]) -> Crosswalk:
        """Build from CSV rows keyed by the seed's header. Raises KeyError for a missing column."""
        return cls(version, tuple(_row(line) for line in lines))

    @cached_property
    def _by_section(self) -> dict[tuple[str, str], list[CrosswalkRow]]:
        found: dict[tuple[str, str], list[CrosswalkRow]] = {}
        for row in sorted(self.rows, key=lambda row: -len(row.sub_prefix)):
            found.setdefault((row.title, row.section), []).append(row)
        return found

    def section(self, title: str, section: str) -> list[CrosswalkRow]:
        """Every row of a section, longest sub_prefix first."""
        return self._by_section.get((title, section), [])

    def find(self, title: str, section: str, sub: str) -> CrosswalkRow | None:
        """The row with the longest sub_prefix that fits, or None."""
        return next((row for row in self.section(title, section) if row.fits(sub)), None)

    def rest(self, title: str, section: str) -> CrosswalkRow | None:
        """The row that takes what no row of its own has: other vehicle code, other city code."""
        if title == "75":
            return self.find("75", "", "")
        return self.find("LO", "6xx.xx", "") if title == "LO" and _CITY_CODE.match(section) else None

    def labelled(
        self, title: str | None, section: str | None, sub: str | None, label: str | None
    ) -> CrosswalkRow | None:
        """The row behind a published charge; None if its label is no row's that fits."""
        if not (title and section and label):
            return None
        found = (self.find(title, section, sub or ""), self.rest(title, section))
        return next((row for row in found if row and row.description == label), None)


def _row(line: Mapping[str, str]) -> CrosswalkRow:
    pattern = line["desc_regex"]
    return CrosswalkRow(
        title=line["title"],
        section=line["section"],
        sub_prefix=line["sub_prefix"],
        desc_regex=re.compile(pattern) if pattern else None,
        description=line["description"],
        nibrs=line["nibrs"],
        category=line["category"],
        eligibility=cast(Eligibility, line["lead_candidate"]),
        notes=line["notes"],
    )
