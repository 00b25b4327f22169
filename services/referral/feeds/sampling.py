"""A file looked at before its mapping is anybody's: its columns, and what a mapping would make of its rows.

Nothing is stored, sealed or linked here. Both functions read at most the first rows.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Final, TypeVar

from services.referral.domain.arrest import IN_THE_FUTURE, CanonicalArrest, classify_charges, lies_ahead
from services.referral.domain.classification import Classifier
from services.referral.domain.feed_health import HELD_SHARE
from services.referral.feeds.adapter import Reading, Record, Reject, Terms
from services.referral.feeds.code_words import KNOWN, read_code
from services.referral.feeds.csv_stream import Row
from services.referral.feeds.mapped_csv import parse
from services.referral.feeds.table import read_table

ROWS: Final = 5000
EXAMPLES: Final = 3
SHOWN: Final = 10
CODES: Final = 30
"""Unknown codes of one column that are listed."""
_T = TypeVar("_T")
_LETTER: Final = re.compile(r"[^\W\d_]")
_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True)
class Column:
    """A column of a file: a few of its values, and how often each occurs in the rows that were read."""

    name: str
    examples: list[str]
    values: Counter[str] = field(repr=False)

    def unknown(self, target: str) -> list[str]:
        """Values that no code of a field is commonly said by, the most frequent first."""
        if target not in KNOWN:
            return []
        strange = [value for value, _ in self.values.most_common() if value and read_code(target, value, None) is None]
        return strange[:CODES]


@dataclass
class Tried:
    """What a mapping makes of the rows: counts, faults by code and column, the span of days, the first arrests."""

    rows: int = 0
    accepted: int = 0
    other: int = 0
    more: bool = False
    faults: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(code, column, reason) -> rows."""
    first_line: dict[tuple[str, str, str], int] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    days: tuple[date, date] | None = None
    shown: list[tuple[int, CanonicalArrest]] = field(default_factory=list)
    statutes: Counter[str] = field(default_factory=Counter)
    """Statutes that the crosswalk does not know, by charges."""
    unread: int = 0
    """Charges in which no statute was found."""

    @property
    def rejected(self) -> int:
        return sum(self.faults.values())

    @property
    def held(self) -> bool:
        """Whether a file like this would wait for a person."""
        return self.rejected > HELD_SHARE * self.rows


def columns_of(content: bytes, header_line: int = 1, sheet: str | None = None) -> list[Column]:
    """The named columns of a CSV or XLSX file with what stands in them. Raises StructuralFault."""
    names: list[str] = []
    counts: list[Counter[str]] = []

    def accept(header: tuple[str, ...]) -> None:
        names.extend(header)
        counts.extend(Counter() for _ in header)

    # Closed, so that a workbook's child process does not wait for a reader that has seen enough.
    with closing(
        _generator(read_table(io.BytesIO(content), Reading(), accept, header_line=header_line, sheet=sheet))
    ) as rows:
        for row in islice(rows, ROWS):
            if isinstance(row, Row):
                for place, cell in enumerate(row.cells):
                    counts[place][cell.strip()] += 1
    return [
        Column(name, list(islice((value for value in seen if value), EXAMPLES)), seen)
        for name, seen in zip(names, counts, strict=True)
        if name
    ]


def try_out(content: bytes, terms: Terms, classifier: Classifier, now: datetime) -> Tried:
    """What the mapping of `terms` makes of the first rows.

    Raises BadMapping, and StructuralFault if the file as a whole is refused.
    """
    tried = Tried()
    with closing(_generator(parse(io.BytesIO(content), terms, Reading()))) as items:
        for item in islice(items, ROWS):
            tried.rows += 1
            if isinstance(item, Reject):
                _reject(tried, item)
            elif not isinstance(item, Record):
                tried.other += 1
            elif lies_ahead(item.record.arrested_at, now):
                _reject(tried, Reject(item.line, None, "E_FUTURE", IN_THE_FUTURE))
            else:
                _accept(tried, item, classifier)
        tried.more = next(items, None) is not None
    return tried


def shape(text: str) -> str:
    """A value with its letters and digits hidden: enough to see that a column is the right one."""
    return _DIGIT.sub("9", _LETTER.sub("a", text))


def _accept(tried: Tried, item: Record, classifier: Classifier) -> None:
    tried.accepted += 1
    tried.warnings.update(item.warnings)
    day = item.record.arrested_at.date()
    first, last = tried.days or (day, day)
    tried.days = min(first, day), max(last, day)
    if len(tried.shown) < SHOWN:
        tried.shown.append((item.line, item.record))
    _charges(tried, item.record, classifier)


def _generator(items: Iterator[_T]) -> Generator[_T, None, None]:
    yield from items


def _reject(tried: Tried, item: Reject) -> None:
    fault = (item.code, item.column or "", item.reason)
    tried.faults[fault] += 1
    tried.first_line.setdefault(fault, item.line)


def _charges(tried: Tried, record: CanonicalArrest, classifier: Classifier) -> None:
    for charge in classify_charges(record.charges, classifier):
        if charge.section is None:
            tried.unread += charge.kind == "unknown"
        elif charge.label is None and charge.kind != "traffic":
            sub = f"({charge.sub})" if charge.sub else ""
            tried.statutes[f"{charge.title or '?'} § {charge.section}{sub}"] += 1
