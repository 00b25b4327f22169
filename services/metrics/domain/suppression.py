"""Which counts may be shown, as pure functions. Source: metrics design, section 10, rules 1 to 3.

1. Counts of 1 to 10 are hidden; 0 is shown.
2. Nothing hidden may follow from what is shown: if one part of a total is hidden alone, or the hidden parts
   sum to under 11, the smallest shown part is hidden too, until nothing follows.
3. Published counts are rounded to 5, and never below 15 ("10" would mean 11 or 12).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction

SMALLEST_SHOWN = 11
ROUND_TO = 5
SMALLEST_PUBLISHED = 15

Relation = tuple[Hashable, tuple[Hashable, ...]]
"""A total and the parts that add up to it."""


def small(n: int) -> bool:
    """Rule 1: a count of 1 to 10 points at people."""
    return 0 < n < SMALLEST_SHOWN


def rounded(n: int) -> int:
    """Rule 3, for a count that is shown (0, or at least 11)."""
    if n == 0:
        return 0
    return max(SMALLEST_PUBLISHED, ROUND_TO * round(n / ROUND_TO))


def hidden(counts: Mapping[Hashable, int], relations: Sequence[Relation]) -> set[Hashable]:
    """The counts to hide under rules 1 and 2. A relation that names an unknown count is an error."""
    hide = {key for key, n in counts.items() if small(n)}
    while True:
        more = _complements(counts, relations, hide) or _derivable_partner(counts, relations, hide)
        if not more:
            return hide
        hide |= more


def _complements(counts: Mapping[Hashable, int], relations: Sequence[Relation], hide: set[Hashable]) -> set[Hashable]:
    """What rule 2 hides next, looking at one total at a time."""
    for total, parts in relations:
        gone = [part for part in parts if part in hide]
        shown = sorted((part for part in parts if part not in hide and counts[part]), key=lambda p: counts[p])
        if total in hide:
            if not gone and shown:
                return {shown[0]}
        elif gone and (len(gone) == 1 or sum(counts[part] for part in gone) < SMALLEST_SHOWN):
            return {shown[0] if shown else total}
    return set()


def _derivable_partner(
    counts: Mapping[Hashable, int], relations: Sequence[Relation], hide: set[Hashable]
) -> set[Hashable]:
    """A count to hide because several totals together give a hidden one away."""
    given_away = derivable(relations, hide)
    if not given_away:
        return set()
    for total, parts in relations:
        members = (total, *parts)
        if given_away.intersection(members):
            shown = [m for m in members if m not in hide and counts[m]]
            if shown:
                return {min(shown, key=lambda m: counts[m])}
    return set()


def derivable(relations: Sequence[Relation], hide: set[Hashable]) -> set[Hashable]:
    """Hidden counts that follow exactly from the shown ones: linear algebra over all relations at once."""
    unknown = [key for key in dict.fromkeys(m for t, ps in relations for m in (t, *ps)) if key in hide]
    place = {key: i for i, key in enumerate(unknown)}
    rows: list[list[Fraction]] = []
    for total, parts in relations:
        row = [Fraction(0)] * len(unknown)
        for part in parts:
            if part in place:
                row[place[part]] += 1
        if total in place:
            row[place[total]] -= 1
        if any(row):
            rows.append(row)
    return {unknown[columns[0]] for row in _reduced(rows) if len(columns := _nonzero(row)) == 1}


def _nonzero(row: Sequence[Fraction]) -> list[int]:
    return [i for i, value in enumerate(row) if value]


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Reduced row echelon form, exact."""
    done: list[list[Fraction]] = []
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        pivot = [value / pivot[column] for value in pivot]
        rows = [_without(row, pivot, column) for row in rows]
        done = [_without(row, pivot, column) for row in done]
        done.append(pivot)
    return done


def _without(row: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    factor = row[column]
    return [a - factor * b for a, b in zip(row, pivot, strict=True)] if factor else row
