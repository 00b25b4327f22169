"""Rows that are one arrest -> what they say together, whether they stand side by side in their file or apart.

A charge that was said before is no second one. Of all else the last row counts, and keeps of place and person what it
leaves out itself. Source: police feeds design, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.referral.domain.arrest import ArrestCharge, CanonicalArrest

MOST_CHARGES: Final = 100
TOO_MANY: Final = ("E_LENGTH", f"expected at most {MOST_CHARGES} charges of one arrest")
DIFFER: Final = (
    "E_KEY",
    "the lines of this case and arrest number differ in person or time: give each an arrest_no",
)
_KEPT: Final = ("place", "person")


class OneArrest:
    """The rows of one arrest, told one by one in file order.

    `same_person`: they must agree on who it was and when. `fault` is why they make no arrest, as (code, reason);
    `twice` whether they differ in more than their charges.
    """

    def __init__(self, first: CanonicalArrest, *, same_person: bool) -> None:
        self._last = first
        self._same_person = same_person
        self._charges: dict[ArrestCharge, None] = dict.fromkeys(first.charges)
        self._first_charges = first.charges
        self.fault: tuple[str, str] | None = None
        self.twice = False

    def add(self, row: CanonicalArrest) -> bool:
        """Take the next row; True if it says nothing new."""
        known = len(self._charges)
        if known <= MOST_CHARGES:
            self._charges.update(dict.fromkeys(row.charges))
        if len(self._charges) > MOST_CHARGES:
            self.fault = self.fault or TOO_MANY
        if _apart(row) == _apart(self._last):
            return len(self._charges) == known
        if self._same_person and _who(row) != _who(self._last):
            self.fault = self.fault or DIFFER
        before = _but_charges(self._last)
        joined, changed = _over(before, _but_charges(row))
        if joined == before:
            return len(self._charges) == known
        self.twice = self.twice or changed
        self._last = CanonicalArrest.model_validate({**joined, "charges": []})
        return False

    def record(self) -> CanonicalArrest:
        """All of it."""
        further = list(self._charges)[len(dict.fromkeys(self._first_charges)) :]
        return self._last.model_copy(update={"charges": [*self._first_charges, *further]})


def _apart(row: CanonicalArrest) -> dict[str, Any]:
    """All but the charges, to be compared: most rows of an arrest differ in nothing else."""
    return {**vars(row), "charges": None}


def _who(row: CanonicalArrest) -> tuple[object, ...]:
    person = row.person
    return person.last.casefold(), person.first.casefold(), person.birth_date, row.arrested_at


def _but_charges(row: CanonicalArrest) -> dict[str, Any]:
    said = row.model_dump(exclude={"charges"})
    return said | {name: getattr(row, name).model_dump(exclude_defaults=True) for name in _KEPT}


def _over(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What the later row says over the earlier, and whether one says otherwise than the other."""
    changed = any(before[name] != now[name] for name in now if name not in _KEPT)
    joined = dict(now)
    for name in _KEPT:
        joined[name] = {**before[name], **now[name]}
        changed = changed or any(joined[name][field] != value for field, value in before[name].items())
    return joined, changed


def left_out(line: int) -> tuple[str, str]:
    """Why no row of an arrest is taken if one cannot be: its charges would be incomplete."""
    return "E_REF", f"line {line} of the same arrest cannot be used: mend that one, and send both"
