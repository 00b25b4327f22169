"""`utilization_csv`: who used jail, court, ambulance or a like service, when and how much; CSV or XLSX.

Without a column `record_no` the record is known by its person, sector, beginning and unit: a stay that ends, or is
counted anew, replaces itself. Source: police feeds design, section 2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, Final, get_args

from pydantic import ValidationError

from services.referral.domain.utilization import CanonicalUse, Sector, Unit
from services.referral.feeds.adapter import Format, Item, Reading, Reject, Terms, Use
from services.referral.feeds.columns import place_columns
from services.referral.feeds.csv_stream import Row, raw_line
from services.referral.feeds.moments import DAYS, MOMENTS, read_day, read_moment
from services.referral.feeds.record_key import KEY_CHARS, BadCell
from services.referral.feeds.table import read_table

REQUIRED: Final = ("last", "first", "dob", "sector", "from", "to", "units", "unit")
OPTIONAL: Final = ("record_no", "sid", "ori")
_CODES: Final = {"sector": get_args(Sector), "unit": get_args(Unit)}


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises what `read_table` and `place_columns` raise."""
    places: dict[str, int] = {}

    def accept(header: tuple[str, ...]) -> None:
        places.update(place_columns(header, REQUIRED, OPTIONAL, any_case=True))

    for row in read_table(stream, reading, accept):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield Use(row.line, _use({name: row.cells[place].strip() for name, place in places.items()}, terms))
        except BadCell as bad:
            yield Reject(row.line, bad.column, bad.code, bad.reason, raw_line(row.cells))


def _use(cells: dict[str, str], terms: Terms) -> CanonicalUse:
    if not (cells["last"] or cells.get("sid")):
        raise BadCell("last", "E_NO_SUBJECT", "expected a name with a birth date, or a state id")
    for name, codes in _CODES.items():
        if cells[name].lower() not in codes:
            raise BadCell(name, "E_CODE", f"expected one of {', '.join(codes)}")
    born = read_day(cells["dob"], DAYS) if cells["dob"] else None
    if cells["dob"] and born is None:
        raise BadCell("dob", "E_DATE", "expected a day such as 1/31/1990 or 1990-01-31")
    began, ended = _moment("from", cells, terms), _moment("to", cells, terms)
    if began is None:
        raise BadCell("from", "E_DATE", "expected when it began")
    if ended is not None and ended < began:
        raise BadCell("to", "E_DATE", "expected an end after the beginning")
    if born and born > began.date():
        raise BadCell("dob", "E_DATE", "expected a birth before the use")
    person = {"last": cells["last"], "first": cells["first"], "birth_date": born, "sid": cells.get("sid") or None}
    said = {
        "ori": cells.get("ori") or terms.ori,
        "source_record_id": _key(cells, began),
        "sector": cells["sector"].lower(),
        "from": began,
        "to": ended,
        "units": _units(cells["units"]),
        "unit": cells["unit"].lower(),
        "person": person,
    }
    try:
        return CanonicalUse.model_validate(said)
    except ValidationError as error:
        step = str(error.errors(include_input=False, include_url=False)[0]["loc"][-1])
    if step == "ori":
        raise BadCell("ori", "E_ORI", "expected an agency: two letters and seven letters or digits")
    raise BadCell(step, "E_LENGTH", "expected a shorter text")


def _moment(name: str, cells: dict[str, str], terms: Terms) -> datetime | None:
    if not cells[name]:
        return None
    found = read_moment(cells[name], MOMENTS)
    if found is None:
        raise BadCell(name, "E_DATE", "expected a day and time such as 1/31/2024 14:30 or 2024-01-31T14:30")
    return found[0] if found[0].tzinfo else found[0].replace(tzinfo=terms.timezone)


def _units(text: str) -> float:
    try:
        units = float(text) if text.isascii() else -1.0
    except ValueError:
        units = -1.0
    if not 0 <= units <= 1_000_000:
        raise BadCell("units", "E_CODE", "expected a number from 0 to 1,000,000")
    return units


def _key(cells: dict[str, str], began: datetime) -> str:
    if "record_no" not in cells:
        parts: Sequence[str] = [cells[name].casefold() for name in ("last", "first", "dob", "sector", "unit")]
        named = "\x1f".join([*parts, (cells.get("sid") or "").casefold(), began.isoformat()])
        return hashlib.sha256(named.encode()).hexdigest()
    if not 0 < len(cells["record_no"]) <= KEY_CHARS:
        raise BadCell("record_no", "E_KEY", "expected the record's number")
    return cells["record_no"]


FORMATS: Final = (Format("utilization_csv", "1", parse, of_uses=True),)
