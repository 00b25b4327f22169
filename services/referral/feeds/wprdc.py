"""Arrests and citations of the Western Pennsylvania Regional Data Center: no names, so never linked.

Source: police feeds design, section 3. The two files differ in a few column names; the layouts say which.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final, Literal
from zoneinfo import ZoneInfo

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.adapter import Format, Item, Reading, Record, Reject, StructuralFault, Terms
from services.referral.feeds.csv_stream import Row, raw_line, read_csv

_RACES: Final = frozenset("WBAIPHU")
_SEXES: Final = frozenset("MFUX")
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


ARRESTS: Final = Layout("ARRESTTIME", "INCIDENTZONE", "unknown", "arrested", "ARRESTLOCATION")
CITATIONS: Final = Layout("CITEDTIME", "ZONE", "summoned", "cited", None)


class _Bad(Exception):
    def __init__(self, column: str, code: str, reason: str) -> None:
        self.column, self.code, self.reason = column, code, reason


def parse(layout: Layout, stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises StructuralFault: E_HEADER without the columns the mapping needs."""
    columns: dict[str, int] | None = None
    for row in read_csv(stream, reading):
        if columns is None:
            columns = _columns(layout, reading)
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield _record(layout, row, columns, terms)
        except _Bad as bad:
            yield Reject(row.line, bad.column, bad.code, bad.reason, raw_line(row.cells))
    if columns is None:
        _columns(layout, reading)


def _columns(layout: Layout, reading: Reading) -> dict[str, int]:
    columns = {name: place for place, name in enumerate(reading.columns)}
    missing = [name for name in layout.required if name not in columns]
    if missing:
        raise StructuralFault("E_HEADER", 1, f"the columns {', '.join(missing)} are missing")
    return columns


def _record(layout: Layout, row: Row, columns: dict[str, int], terms: Terms) -> Record:
    def cell(name: str) -> str:
        return row.cells[columns[name]].replace("\u00a0", " ").strip()

    warnings: list[str] = []
    key = cell("PK")
    if not 0 < len(key) <= 80:
        raise _Bad("PK", "E_KEY", "expected the record's number")
    offenses = cell("OFFENSES")
    if not offenses:
        raise _Bad("OFFENSES", "E_NO_CHARGE", "expected at least one charge")
    if len(offenses) > 4000:
        raise _Bad("OFFENSES", "E_LENGTH", "expected at most 4,000 characters")
    at, precision = _moment(layout.time, cell(layout.time), terms.timezone)
    age = _age(cell("AGE"), warnings)
    sex, race = _code(cell("GENDER"), _SEXES, warnings), _race(cell("RACE"), warnings)
    x, y = _coordinates(cell("X"), cell("Y"), warnings)
    if layout.place_of_arrest in columns and _COURT_BLOCK.search(cell(layout.place_of_arrest)):
        warnings.append("W_COURT_BLOCK")
    place, zone, case = cell("INCIDENTLOCATION")[:400], cell(layout.zone)[:16], cell("CCR")[:80]
    # One validation of nested values is five times as fast as building each part.
    record = CanonicalArrest.model_validate(
        {
            "ori": terms.ori,
            "source_record_id": key,
            "case_no": case or None,
            "arrested_at": at,
            "time_precision": precision,
            "arrest_type": layout.arrest_type,
            "disposition": layout.disposition,
            "place": {"text": place or None, "zone": zone or None, "x": x, "y": y},
            "person": {"sex": sex, "race": race, "age": age},
            "charges": [{"text": offenses}],
        }
    )
    twin = "|".join((case, cell("AGE"), cell("GENDER"), cell("RACE"), cell(layout.time)))
    return Record(row.line, record, tuple(warnings), twin)


def _moment(column: str, text: str, zone: ZoneInfo) -> tuple[datetime, Literal["day", "minute"]]:
    day = _US_DAY.match(text)
    try:
        if day:
            return datetime(int(day[3]), int(day[1]), int(day[2]), tzinfo=zone), "day"
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad(column, "E_DATE", "expected M/D/YYYY or YYYY-MM-DDTHH:MM:SS") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)), ("minute" if len(text) > 10 else "day")


def _age(text: str, warnings: list[str]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and 10 <= int(text) <= 100:
        return int(text)
    warnings.append("W_AGE")
    return None


def _race(text: str, warnings: list[str]) -> str:
    # `O` (other) is the source's own code and no NIBRS code.
    return "U" if text.upper() == "O" else _code(text, _RACES, warnings)


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
