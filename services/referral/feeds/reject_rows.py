"""Rejected rows as cells, with the rows of one arrest together, and grouped by what stopped them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.referral.feeds.adapter import RAW_BYTES
from services.referral.feeds.reject_columns import Columns
from services.referral.feeds.reject_table import cells_of
from services.referral.store.reject_fixes import Kept

LEFT_OUT: Final = "E_REF"
"""Nothing is wrong with such a row, but with another one of its arrest."""
_NAMES_LINE: Final = re.compile(r"^line (\d+) of the same arrest")
# A fault that is told of the row as a whole, and the fields whose value it is about.
_ABOUT: Final = {
    "E_FUTURE": ("arrest_date", "arrested_at"),
    "E_ORI": ("ori",),
    "E_ORI_FORBIDDEN": ("ori",),
}


@dataclass(frozen=True)
class RejectRow:
    """One rejected row. `place`: the cell at fault, None if it is the row as a whole."""

    number: int
    line: int
    code: str
    reason: str
    cells: list[str] = field(repr=False)
    place: int | None
    cut: bool
    """Too long to be kept whole: it can only be put right in the sender's own file."""

    def fits(self, columns: Columns) -> bool:
        """Whether it has a cell for each column, and no more."""
        return not self.cut and len(self.cells) == len(columns.names)

    def value(self) -> str:
        """What stood in the cell at fault."""
        return self.cells[self.place].strip() if self.place is not None and self.place < len(self.cells) else ""


@dataclass(frozen=True)
class Cause:
    """Rows that the same value in the same column stopped. `place` None: they stopped as whole rows."""

    code: str
    place: int | None
    value: str = field(repr=False)
    rows: Sequence[RejectRow] = field(repr=False)

    @property
    def reason(self) -> str:
        return self.rows[0].reason

    @property
    def first_line(self) -> int:
        return self.rows[0].line


def reject_row(kept: Kept, columns: Columns) -> RejectRow:
    """A kept row as cells."""
    cells = cells_of(kept.raw.decode("utf-8", "replace"), len(columns.names))
    place = columns.place(kept.column)
    if kept.column is None and kept.code in _ABOUT:
        place = columns.place_of(*_ABOUT[kept.code])
    return RejectRow(kept.number, kept.line, kept.code, kept.reason, cells, place, len(kept.raw) >= RAW_BYTES)


def arrests_of(rows: Sequence[RejectRow], columns: Columns, ori: str | None) -> dict[int, list[RejectRow]]:
    """Each row's number -> all rows of its arrest, itself included, in file order.

    Rows are of one arrest by its number, and if one names the other's line as what left it out.
    """
    first: dict[object, RejectRow] = {}
    root = {row.number: row.number for row in rows}

    def top(number: int) -> int:
        while root[number] != number:
            number = root[number]
        return number

    by_line = {row.line: row for row in rows}
    for row in rows:
        key = _arrest(row, columns, ori)
        if key is not None:
            root[top(row.number)] = top(first.setdefault(key, row).number)
        named = _NAMES_LINE.match(row.reason) if row.code == LEFT_OUT else None
        if named and (other := by_line.get(int(named[1]))):
            root[top(row.number)] = top(other.number)
    together: dict[int, list[RejectRow]] = defaultdict(list)
    for row in rows:
        together[top(row.number)].append(row)
    return {row.number: together[top(row.number)] for row in rows}


def lacking(arrest: Sequence[RejectRow], columns: Columns) -> bool:
    """Whether an arrest cannot be sent again from here: a row of it was cut, cannot be told apart, or is elsewhere."""
    lines = {row.line for row in arrest}
    named = [_NAMES_LINE.match(row.reason) for row in arrest if row.code == LEFT_OUT]
    return any(not row.fits(columns) for row in arrest) or any(one and int(one[1]) not in lines for one in named)


def causes(rows: Iterable[RejectRow], columns: Columns, arrests: Mapping[int, Sequence[RejectRow]]) -> list[Cause]:
    """The rows by what stopped them, most rows first; rows that wait for another one of their arrest are left out."""
    found: dict[tuple[str, int | None, str], list[RejectRow]] = defaultdict(list)
    for row in rows:
        if row.code == LEFT_OUT and any(other.code != LEFT_OUT for other in arrests[row.number]):
            continue
        place = row.place if row.fits(columns) else None
        found[row.code, place, row.value() if place is not None else ""].append(row)
    listed = [Cause(code, place, value, same) for (code, place, value), same in found.items()]
    return sorted(listed, key=lambda cause: (-len(cause.rows), cause.first_line))


def _arrest(row: RejectRow, columns: Columns, ori: str | None) -> tuple[str, ...] | None:
    if not columns.whole:
        return None
    cells = [row.cells[place].strip() if 0 <= place < len(row.cells) else "" for place in columns.whole]
    return (cells[0] or ori or "", *cells[1:]) if any(cells[1:]) else None
