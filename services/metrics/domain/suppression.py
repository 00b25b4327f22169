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
    """A count to hide because several totals together give a hidden one away: the nearest, a zero only at last."""
    given_away = derivable(relations, hide)
    near = set(given_away)
    zeros: list[Hashable] = []
    while near:
        reached = {member for total, parts in relations for member in (total, *parts) if near & {total, *parts}}
        shown = [member for member in reached if member not in hide]
        partners = [member for member in shown if counts[member]]
        if partners:
            return {min(partners, key=lambda member: (counts[member], repr(member)))}
        zeros = zeros or shown
        if reached <= near:
            break
        near |= reached
    return {min(zeros, key=repr)} if zeros else set()


def derivable(relations: Sequence[Relation], hide: set[Hashable]) -> set[Hashable]:
    """Hidden counts that follow exactly from the shown ones: linear algebra over all relations at once."""
    rows = []
    for total, parts in relations:
        row = {part: Fraction(1) for part in parts if part in hide}
        if total in hide:
            row[total] = row.get(total, Fraction(0)) - 1
        if row:
            rows.append(row)
    return {next(iter(row)) for row in _reduced(rows) if len(row) == 1}


Row = dict[Hashable, Fraction]
"""An equation over hidden counts, with its nonzero coefficients only."""


def _reduced(rows: list[Row]) -> list[Row]:
    """Reduced row echelon form, exact."""
    done: list[Row] = []
    while rows:
        row = min(rows, key=len)
        rows.remove(row)
        if not row:
            continue
        column, factor = next(iter(row.items()))
        pivot = {key: value / factor for key, value in row.items()}
        for other in (*rows, *done):
            _subtract(other, pivot, column)
        done.append(pivot)
    return done


def _subtract(row: Row, pivot: Row, column: Hashable) -> None:
    """Clear `column` of a row, in place."""
    factor = row.get(column)
    if not factor:
        return
    for key, value in pivot.items():
        left = row.get(key, Fraction(0)) - factor * value
        if left:
            row[key] = left
        else:
            del row[key]
