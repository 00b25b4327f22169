"""`lead_csv`: our own template as CSV or XLSX. The rows of one `ori, case_no, arrest_no` are one arrest.

Rows of an arrest usually stand together and are joined here: they must name one person, and if one of them cannot
be used none is, since a missing charge could make an arrest look divertible. Rows of it further down are joined
when the file is staged. Source: police feeds design, section 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO, Final

from services.referral.feeds.adapter import Format, Item, Other, Reading, Record, Reject, Terms
from services.referral.feeds.csv_stream import Row, raw_line
from services.referral.feeds.mapped_row import MappedRows
from services.referral.feeds.mapped_table import Texts, mapped_rows, read_row
from services.referral.feeds.mapping import Mapping, Target

COLUMNS: Final[dict[str, Target]] = {
    "ori": "ori",
    "case_no": "case_no",
    "arrest_date": "arrest_date",
    "arrest_time": "arrest_time",
    "last": "person.last",
    "first": "person.first",
    "dob": "person.birth_date",
    "sex": "person.sex",
    "race": "person.race",
    "ethnicity": "person.ethnicity",
    "statute": "charge.section",
    "description": "charge.description",
    "grade": "charge.grade",
    "location": "place.text",
    "municipality": "place.municipality",
    "zone": "place.zone",
    "disposition": "disposition",
    "offered": "offered",
}
"""The template's columns beside `arrest_no`, which only tells the arrests of one case apart."""

REQUIRED: Final = ("case_no", "arrest_no", "arrest_date", "last", "first", "dob", "statute")
TEMPLATE: Final = Mapping(key=["case_no", "arrest_no"], columns=COLUMNS)
HEADER: Final = ("ori", "case_no", "arrest_no", *list(COLUMNS)[2:])
_CHARGES: Final = 100
_TOO_MANY: Final = f"expected at most {_CHARGES} lines of one arrest"
_Group = list[tuple[Row, Texts, Record | Reject]]


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file, each with the charges of the rows that stand together."""
    names = TEMPLATE.names
    rows = MappedRows(TEMPLATE, terms, names, parts_of_key=1)
    ori, case_no, arrest_no = (names.index(name) for name in ("ori", "case_no", "arrest_no"))
    group: _Group = []
    key: tuple[str, str, str] | None = None
    for found in mapped_rows(TEMPLATE, stream, reading, REQUIRED, any_case=True):
        if not isinstance(found, tuple):
            yield found
            continue
        row, texts = found
        its = (texts[ori], texts[case_no], texts[arrest_no])
        if its != key or not any(its[1:]):
            yield from _one_arrest(group)
            group = []
        elif len(group) > _CHARGES:
            yield Reject(row.line, None, "E_LENGTH", _TOO_MANY, raw_line(row.cells))
            continue
        key = its
        group.append((row, texts, read_row(rows, row, texts)))
    yield from _one_arrest(group)


def _one_arrest(group: _Group) -> Iterator[Item]:
    """The record of rows that stand together, its further lines as `Other`; or the reject of every one of them."""
    if len(group) == 1 and isinstance(only := group[0][2], Record):
        yield Record(only.line, only.record, only.warnings, part=True)
        return
    records = [item for _, _, item in group if isinstance(item, Record)]
    fault = _fault(group, records)
    if fault is None and records:
        first = records[0]
        charges = [charge for item in records for charge in item.record.charges]
        warnings = tuple(dict.fromkeys(code for item in records for code in item.warnings))
        joined = first.record.model_copy(update={"charges": charges})
        yield replace(first, record=joined, warnings=warnings, part=True)
        yield from (Other(item.line) for item in records[1:])
        return
    for row, _, item in group:
        yield item if isinstance(item, Reject) or fault is None else Reject(row.line, None, *fault, raw_line(row.cells))


def _fault(group: _Group, records: list[Record]) -> tuple[str, str] | None:
    """Why rows that are each readable make no arrest together, as (code, reason)."""
    for row, _, item in group:
        if isinstance(item, Reject):
            return "E_REF", f"line {row.line} of the same arrest cannot be used: mend that one, and send both"
    if len(group) > _CHARGES:
        return "E_LENGTH", _TOO_MANY
    if len({_who(record) for record in records}) > 1:
        return "E_KEY", "the lines of this case and arrest number differ in person or time: give each an arrest_no"
    return None


def _who(item: Record) -> tuple[object, ...]:
    person = item.record.person
    return person.last.casefold(), person.first.casefold(), person.birth_date, item.record.arrested_at


FORMATS: Final = (Format("lead_csv", "1", parse),)
