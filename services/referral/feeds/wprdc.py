"""Arrests and citations of the Western Pennsylvania Regional Data Center: no names, so never linked.

Source: police feeds design, section 3. The two files differ in a few column names; the layouts say which.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any, BinaryIO, Final, Literal, NamedTuple, cast
from zoneinfo import ZoneInfo

from services.referral.domain.arrest import MANY_ARRESTS
from services.referral.feeds.adapter import Format, Item, Other, Reading, Record, Reject, Terms
from services.referral.feeds.code_words import KNOWN
from services.referral.feeds.columns import place_columns
from services.referral.feeds.csv_stream import Row, raw_line
from services.referral.feeds.mapped_values import age_of
from services.referral.feeds.moments import possible, remembered
from services.referral.feeds.record_key import KEY_CHARS, BadCell
from services.referral.feeds.side_by_side import side_by_side
from services.referral.feeds.table import read_table

_US_DAY: Final = re.compile(r"^(\d{1,2})/(\d{1,2})/(\d{4})$")
# Where arrests are processed, not where people are met: the county court and the jail.
_COURT_BLOCK: Final = re.compile(r"^\s*(600 block (1st|first)|900 block (2nd|second)) av", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """One of the two files."""

    time: str
    zone: str
    arrest_type: Literal["unknown", "summoned"]
    disposition: Literal["arrested", "cited"]
    place_of_arrest: str | None

    @property
    def required(self) -> tuple[str, ...]:
        return ("PK", "CCR", "AGE", "GENDER", "RACE", self.time, "OFFENSES", "INCIDENTLOCATION", self.zone, "X", "Y")

    def cells(self, names: Sequence[str]) -> Callable[[list[str]], tuple[str, ...]]:
        """Takes the cells this layout reads from a row: those required, then the place of arrest if there is one."""
        optional = [self.place_of_arrest] if self.place_of_arrest else []
        return itemgetter(*place_columns(names, self.required, optional).values())


ARRESTS: Final = Layout("ARRESTTIME", "INCIDENTZONE", "unknown", "arrested", "ARRESTLOCATION")
CITATIONS: Final = Layout("CITEDTIME", "ZONE", "summoned", "cited", None)


def parse(layout: Layout, stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises StructuralFault: E_HEADER without the columns the mapping needs."""
    cells: Callable[[list[str]], tuple[str, ...]] | None = None

    def accept(names: Sequence[str]) -> None:
        nonlocal cells
        cells = layout.cells(names)

    for rows in side_by_side(read_table(stream, reading, accept), _chars):
        found = [_said(layout, row, cells, terms) if cells and isinstance(row, Row) else row for row in rows]
        records = iter(MANY_ARRESTS.validate_python([one.said for one in found if isinstance(one, _Said)]))
        for one in found:
            if isinstance(one, _Said):
                yield Record(one.line, next(records), one.warnings, one.twin)
            else:
                yield cast(Item, one)


def _chars(row: Row | Reject | Other) -> int:
    return row.chars if isinstance(row, Row) else 0


class _Said(NamedTuple):
    """What a row says, as the model takes it; the rest is the record's."""

    said: dict[str, Any]
    line: int
    warnings: tuple[str, ...]
    twin: str


def _said(layout: Layout, row: Row, cells: Callable[[list[str]], tuple[str, ...]], terms: Terms) -> _Said | Reject:
    try:
        return _read(layout, row.line, [cell.strip() for cell in cells(row.cells)], terms)
    except BadCell as bad:
        return Reject(row.line, bad.column, bad.code, bad.reason, raw_line(row.cells))


def _read(layout: Layout, line: int, cells: list[str], terms: Terms) -> _Said:
    key, case, age_text, gender, race_text, time, offenses, location, zone, x_text, y_text, *place_of_arrest = cells
    warnings: list[str] = []
    if not 0 < len(key) <= KEY_CHARS:
        raise BadCell("PK", "E_KEY", "expected the record's number")
    if not offenses:
        raise BadCell("OFFENSES", "E_NO_CHARGE", "expected at least one charge")
    if len(offenses) > 4000:
        raise BadCell("OFFENSES", "E_LENGTH", "expected at most 4,000 characters")
    found = _moment(time, terms.timezone)
    if found is None:
        raise BadCell(layout.time, "E_DATE", "expected M/D/YYYY or YYYY-MM-DDTHH:MM:SS")
    at, precision = found
    age = age_of(age_text, warnings) if age_text else None
    sex, race = _code(gender, KNOWN["person.sex"], warnings), _race(race_text, warnings)
    x, y = _coordinates(x_text, y_text, warnings)
    if place_of_arrest and _COURT_BLOCK.search(place_of_arrest[0]):
        warnings.append("W_COURT_BLOCK")
    said = {
        "ori": terms.ori,
        "source_record_id": key,
        "case_no": case[:KEY_CHARS] or None,
        "arrested_at": at,
        "time_precision": precision,
        "arrest_type": layout.arrest_type,
        "disposition": layout.disposition,
        "place": {"text": location[:400] or None, "zone": zone[:16] or None, "x": x, "y": y},
        "person": {"sex": sex, "race": race, "age": age},
        "charges": [{"text": offenses}],
    }
    return _Said(said, line, tuple(warnings), "|".join((case[:KEY_CHARS], age_text, gender, race_text, time)))


@remembered
def _moment(text: str, zone: ZoneInfo) -> tuple[datetime, Literal["day", "minute"]] | None:
    day = _US_DAY.match(text)
    try:
        at = datetime(int(day[3]), int(day[1]), int(day[2])) if day else datetime.fromisoformat(text)
    except ValueError:
        return None
    if not possible(at):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=zone)), ("day" if day or len(text) <= 10 else "minute")


def _race(text: str, warnings: list[str]) -> str:
    # `O` (other) is the source's own code and no NIBRS code.
    return "U" if text.upper() == "O" else _code(text, KNOWN["person.race"], warnings)


def _code(text: str, known: frozenset[str], warnings: list[str]) -> str:
    code = text.upper()
    if code in known:
        return code
    if code:
        warnings.append("W_CODE")
    return "U"


def _coordinates(x: str, y: str, warnings: list[str]) -> tuple[float | None, float | None]:
    try:
        point = float(x), float(y)
    except ValueError:
        return None, None
    if point == (0.0, 0.0):
        warnings.append("W_GEO_ZERO")
        return None, None
    return point if all(map(math.isfinite, point)) else (None, None)


FORMATS: Final = (
    Format("wprdc_arrests", "1", partial(parse, ARRESTS)),
    Format("wprdc_citations", "1", partial(parse, CITATIONS)),
)
