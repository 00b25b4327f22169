"""`lead_csv`: our own template as CSV or XLSX. The rows of one `ori, case_no, arrest_no` are one arrest.

They must name one person and time, and if one of them cannot be used none is, since a missing charge could make an
arrest look divertible. Those that stand together are joined here, those apart once the file is staged, by the same
rules (`one_arrest`). Source: police feeds design, section 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import itemgetter
from typing import BinaryIO, Final

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.adapter import Format, Item, Other, Reading, Record, Reject, Spoils, Terms
from services.referral.feeds.csv_stream import Row, raw_line
from services.referral.feeds.mapped_row import MappedRows, Read
from services.referral.feeds.mapped_table import Texts, chars, mapped_rows, read_item
from services.referral.feeds.mapping import Mapping, Target
from services.referral.feeds.one_arrest import OneArrest, left_out
from services.referral.feeds.record_key import BadCell, RecordKey
from services.referral.feeds.side_by_side import side_by_side

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
_LINES: Final = 1000
_CHARS: Final = 4 * 1024 * 1024
"""Lines of one arrest that stand together are held until the last of them is read."""
_TOO_LONG: Final = ("E_LENGTH", f"expected at most {_LINES:,} lines and {_CHARS >> 20} MiB of one arrest")
_NOTHING: Final[Sequence[Item]] = ()
_Key = tuple[str, ...]


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file, each with the charges of the rows that stand together."""
    lines = _Lines(terms)
    rows = MappedRows(TEMPLATE, terms, TEMPLATE.names, parts_of_key=1)
    table = mapped_rows(TEMPLATE, stream, reading, REQUIRED, any_case=True, about=lines.about)
    for some in side_by_side(table, chars):
        arrests = iter(rows.arrests([found[1] for found in some if isinstance(found, tuple)]))
        for found in some:
            if isinstance(found, tuple):
                yield from lines.take(*found, next(arrests))
                continue
            if isinstance(found, Reject):
                lines.missing(found)
            yield found
    yield from lines.end()


class _Lines:
    """Lines that stand together and are one arrest."""

    def __init__(self, terms: Terms) -> None:
        names = TEMPLATE.names
        self._ori = terms.ori
        self._key_of = itemgetter(*map(names.index, ("ori", *TEMPLATE.key)))
        self._number = RecordKey(TEMPLATE.key, TEMPLATE.key, 1)
        self._unread: Reject | None = None
        self._begin(())

    def _begin(self, key: _Key) -> None:
        self._key = key
        # Two lists: what a record gives of its rows later must not hold the record itself.
        self._held: list[Row] = []
        self._read: list[Read] = []
        self._chars = 0
        self._fault: tuple[str, str] | None = None

    def about(self, texts: Sequence[str]) -> Spoils | None:
        """The arrest that a row belongs to, by the texts of the template's columns."""
        return self._spoils(self._key_of(texts))

    def _spoils(self, key: _Key) -> Spoils | None:
        try:
            return Spoils(key[0] or self._ori, self._number.of(key[1:])) if key else None
        except BadCell:
            return None

    def missing(self, unread: Reject) -> None:
        """A row that cannot be read: it spoils the arrest that it belongs to."""
        self._unread = unread
        if unread.spoils and unread.spoils == self._spoils(self._key):
            self._fault = left_out(unread.line)

    def take(self, row: Row, texts: Texts, read: Read) -> Sequence[Item]:
        """One more row, and what was read of it -> what stood before it, if that was another arrest."""
        key, found = self._key_of(texts), _NOTHING
        if key != self._key or not any(key[1:]):
            found = self.end()
            self._begin(key)
        if self._unread:
            # It stands between two rows of one arrest, or says itself that it is of this one.
            if self._held if self._unread.spoils is None else self._unread.spoils == self._spoils(key):
                self._fault = left_out(self._unread.line)
            self._unread = None
        if self._held:
            self._chars += row.chars
        if len(self._held) >= _LINES or self._chars > _CHARS:
            self._fault = _TOO_LONG
            return [*found, Reject(row.line, None, *_TOO_LONG, raw_line(row.cells), self._spoils(key))]
        self._held.append(row)
        self._read.append(read)
        return found

    def end(self) -> Sequence[Item]:
        """The record of the lines, its further ones as `Other`; or the reject of every one of them."""
        fault = self._fault
        if len(self._read) == 1 and fault is None and not isinstance(only := self._read[0], BadCell):
            return (self._whole(*only),)
        items = [read_item(row, read) for row, read in zip(self._held, self._read, strict=True)]
        bad = next((item.line for item in items if isinstance(item, Reject)), None)
        if bad is not None:
            fault = fault or left_out(bad)
        records = [item for item in items if isinstance(item, Record)]
        if fault is None and records:
            whole = _joined(records)
            if isinstance(whole, Record):
                return [
                    self._whole(whole.record, whole.warnings, whole.repeats),
                    *(Other(item.line) for item in records[1:]),
                ]
            fault = whole
        if fault is None:
            return _NOTHING
        spoils = self._spoils(self._key)
        return [
            replace(item, spoils=spoils)
            if isinstance(item, Reject)
            else Reject(row.line, None, *fault, raw_line(row.cells), spoils)
            for row, item in zip(self._held, items, strict=True)
        ]

    def _whole(self, arrest: CanonicalArrest, warnings: tuple[str, ...], repeats: int = 0) -> Record:
        """The record of all lines that are held, which it can still give."""
        held, first = self._held, self._held[0]
        sent, size = partial(_sent, held), self._chars + first.chars
        return Record(first.line, arrest, warnings, part=True, repeats=repeats, sent=sent, chars=size)


def _joined(records: list[Record]) -> Record | tuple[str, str]:
    """The record of rows that are each readable, or why they make no arrest together."""
    first = records[0]
    if len(records) == 1:
        return first
    arrest = OneArrest(first.record, same_person=True)
    repeats = sum([arrest.add(item.record) for item in records[1:]])
    if arrest.fault:
        return arrest.fault
    warnings = dict.fromkeys(code for item in records for code in item.warnings)
    if arrest.twice:
        warnings["W_KEY_TWICE"] = None
    return replace(first, record=arrest.record(), warnings=tuple(warnings), repeats=repeats)


def _sent(rows: list[Row]) -> list[tuple[int, bytes]]:
    return [(row.line, raw_line(row.cells)) for row in rows]


FORMATS: Final = (Format("lead_csv", "2", parse, same_person=True),)
