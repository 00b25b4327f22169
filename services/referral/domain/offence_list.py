"""The crosswalk in force on a day: what ships, and every adopted change of it that has begun, in order of adoption.

A version names what was used: `seed` while no change has begun, `seed+7` where edition 7 was the newest that had. With
the civil day of the encounter it brings back exactly the same rows, however many changes followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from services.referral.domain.crosswalk import Crosswalk, CrosswalkRow, Key, Review
from services.referral.domain.crosswalk_changes import CrosswalkChange, RowChange
from services.referral.domain.dated_change import ChangeError
from services.referral.domain.listed_row import ListedRow, statute

_VERSION: Final = re.compile(r"^([^+]+)(?:\+(\d{1,9}))?$")
TRIED: Final = "tried"


@dataclass(frozen=True, eq=False)
class OffenceList:
    """What ships and the changes of it, adopted or, as the last one, tried."""

    seed: Crosswalk
    changes: tuple[CrosswalkChange, ...] = ()
    _built: dict[tuple[int, ...], Crosswalk] = field(default_factory=dict, repr=False)

    def on(self, day: date, edition: int | None = None) -> Crosswalk:
        """The crosswalk for encounters of a civil day; of the changes up to an edition, if one is given.

        The same object for the same rows, so that it can name a cache's entry.
        """
        held = tuple(
            number
            for number, change in enumerate(self.changes)
            if change.from_ <= day and (edition is None or (change.adopted and change.adopted.edition <= edition))
        )
        if not held:
            return self.seed
        if held not in self._built:
            self._built[held] = _amended(self.seed, [self.changes[number] for number in held])
        return self._built[held]

    def named(self, version: str, day: date) -> Crosswalk:
        """The crosswalk that a version was for encounters of a day. Raises LookupError for one that never was."""
        read = _VERSION.match(version)
        if read is None or read[1] != self.seed.version:
            raise LookupError(version)
        if read[2] is None:
            return self.seed
        found = self.on(day, int(read[2]))
        if found.version != version:
            raise LookupError(version)
        return found

    def after(self, change: CrosswalkChange) -> OffenceList:
        """The list with one more change. Raises ChangeError if a row of it is not what the proposer saw."""
        in_force = {row.key: row for row in self.on(change.from_).rows}
        for row in change.rows:
            later = max((one.from_ for one in self.changes if row.key in _keys(one)), default=None)
            if later is not None and change.from_ < later:
                raise ChangeError(
                    "from",
                    f"{statute(row.key)}: a change that begins on {later} is adopted already:"
                    " choose that day or a later one.",
                )
            self._as_seen(row, in_force.get(row.key))
        return replace(self, changes=(*self.changes, change), _built={})

    def _as_seen(self, row: RowChange, now: CrosswalkRow | None) -> None:
        if row.before == (listed(now) if now else None):
            return
        if row.before is None:
            said = "is on the list by then already: propose a change of its row"
        elif now is None:
            said = "is not on the list any more by then: propose it anew"
        else:
            said = "was changed meanwhile: look at the row again, and propose the change anew"
        raise ChangeError("from", f"{statute(row.key)} {said}.")


def listed(row: CrosswalkRow) -> ListedRow:
    """A row as people write it."""
    return ListedRow(
        title=row.title,
        section=row.section,
        sub_prefix=row.sub_prefix,
        desc_regex=row.desc_regex.pattern if row.desc_regex else "",
        description=row.description,
        nibrs=row.nibrs,
        category=row.category,
        eligibility=row.eligibility,
        notes=row.notes,
    )


def _amended(seed: Crosswalk, changes: Iterable[CrosswalkChange]) -> Crosswalk:
    rows = {row.key: row for row in seed.rows}
    name = ""
    for change in changes:
        review = _review(change)
        for one in change.rows:
            if one.after is None:
                rows.pop(one.key, None)
            else:
                rows[one.key] = _row(one.after, review)
        name = str(change.adopted.edition) if change.adopted else TRIED
    return Crosswalk(f"{seed.version}+{name}", tuple(rows.values()))


def _review(change: CrosswalkChange) -> Review | None:
    told = change.adopted
    return Review(change.from_, told.proposed_name, told.decided_name, told.change_id) if told else None


def _row(row: ListedRow, review: Review | None) -> CrosswalkRow:
    return CrosswalkRow(
        title=row.title,
        section=row.section,
        sub_prefix=row.sub_prefix,
        desc_regex=re.compile(row.desc_regex) if row.desc_regex else None,
        description=row.description,
        nibrs=row.nibrs,
        category=row.category,
        eligibility=row.eligibility,
        notes=row.notes,
        reviewed=review,
    )


def _keys(change: CrosswalkChange) -> set[Key]:
    return {row.key for row in change.rows}
