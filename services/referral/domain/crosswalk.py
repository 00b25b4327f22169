"""The offence crosswalk: statute -> NIBRS codes, category and the presumption of a policy.

Rows are data (`services/referral/data/offence_crosswalk_seed.csv`), versioned, and so far unreviewed: every
page that prints a result of the version `seed` says so. Source: police feeds design, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from shared.contracts.codes import Eligibility


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

    def fits(self, sub: str) -> bool:
        """True if `sub` starts with the prefix and no digit follows: `a3` must not take `a31`."""
        rest = sub[len(self.sub_prefix) :]
        return sub.startswith(self.sub_prefix) and not (self.sub_prefix and rest[:1].isdigit())


@dataclass(frozen=True)
class Crosswalk:
    """One version of the crosswalk with the lookups that rule C1 needs."""

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
