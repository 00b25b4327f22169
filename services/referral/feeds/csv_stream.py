"""CSV as agencies send it: any delimiter of four, mixed line ends, quoted breaks, UTF-8 or cp1252.

A row with the wrong number of cells rejects itself; the same at the very end of the file means that the file
was cut, and refuses all of it. A quote that is never closed costs its own line, not those it swallowed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from services.referral.feeds.adapter import RAW_BYTES, Other, Reading, Reject, Spoils, StructuralFault
from services.referral.feeds.physical_lines import PhysicalLines, RecordTooLong
from services.referral.feeds.text_stream import text_of

FIELD_CHARS: Final = 64 * 1024
COLUMNS: Final = 200
DELIMITERS: Final = ",;\t|"
_QUOTED: Final = re.compile(r'"[^"]*"?')

csv.field_size_limit(FIELD_CHARS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as wide as the header. `line` is where it starts, `chars` about how long it is; no-break spaces are
    spaces."""

    line: int
    cells: list[str]
    chars: int


@dataclass(frozen=True, slots=True)
class _Short:
    """Fewer cells than the header: if it is the last record, the file was cut."""

    reject: Reject


Accept = Callable[[tuple[str, ...]], None]
"""Told the names of the columns before the first row; raises StructuralFault E_HEADER if they will not do."""
About = Callable[[Sequence[str]], Spoils | None]
"""What a row that cannot be read belongs to, by its cells in front of the damage; None if they do not tell."""


def read_csv(
    stream: BinaryIO, reading: Reading, accept: Accept, header_line: int = 1, about: About | None = None
) -> Iterator[Row | Reject | Other]:
    """Rows in file order. `reading.columns` is set once `accept` took them: what is no header may be a person.

    Raises StructuralFault: E_SIZE, E_ENCODING, E_HEADER (none), E_LENGTH (line or columns), E_TRUNCATED (last
    record short), E_COLUMNS (quotes everywhere).
    """
    with text_of(stream, reading) as text:
        lines = PhysicalLines(text)
        for _ in range(header_line - 1):
            next(lines, None)
            lines.next_record()
        reader, header = _header(lines)
        names = check_names(header_line, header)
        accept(names)
        reading.columns = names
        yield from _Rows(reader, lines, header, about)


def _header(lines: PhysicalLines) -> tuple[Any, list[str]]:
    """The reader behind the header, and the header's cells."""
    line = lines.number + 1
    first = lines.peek()
    if "\0" in first:
        raise StructuralFault("E_ENCODING", line, "expected text, found NUL bytes: save it as CSV UTF-8")
    reader = csv.reader(lines, delimiter=max(DELIMITERS, key=_QUOTED.sub("", first).count), strict=True)
    try:
        cells = next(reader, [])
    except (csv.Error, RecordTooLong):
        cells = []
    lines.next_record()
    return reader, cells


def check_names(line: int, cells: list[str]) -> tuple[str, ...]:
    """The names of a header. Raises StructuralFault: E_HEADER for none, E_LENGTH for over 200."""
    names = tuple(name.strip() for name in cells)
    if not any(names):
        raise StructuralFault("E_HEADER", line, "expected a line of column names")
    if len(names) > COLUMNS:
        raise StructuralFault("E_LENGTH", line, f"expected at most {COLUMNS} columns")
    return names


class _Rows:
    """The records behind the header. `about` tells what a row belongs to by as many of its cells as can be read."""

    def __init__(self, reader: Any, lines: PhysicalLines, header: list[str], about: About | None) -> None:
        self._reader, self._lines, self._header, self._about = reader, lines, header, about

    def __iter__(self) -> Iterator[Row | Reject | Other]:
        short: Reject | None = None
        while (item := self._record()) is not None:
            if short and not isinstance(item, Other):
                # Not the last record after all.
                yield short
                short = None
            if isinstance(item, _Short):
                short = item.reject
            else:
                yield item
        if short:
            raise StructuralFault("E_TRUNCATED", short.line, f"the last record is cut: {short.reason}")

    def _record(self) -> Row | Reject | Other | _Short | None:
        """The next record; None at the end of the file."""
        lines = self._lines
        lines.next_record()
        line = lines.number + 1
        try:
            cells = next(self._reader, None)
        except csv.Error as error:
            return self._unreadable(line, str(error))
        except RecordTooLong:
            return self._swallowed(line)
        if cells is None:
            return None
        if lines.damaged:
            return self._reject(line, "E_ENCODING", "the row holds NUL bytes: it was damaged on its way", cells)
        if not cells or not (cells[0].strip() or any(map(str.strip, cells))):
            return Other(line)
        if len(cells) != len(self._header):
            return self._wrong_width(line, cells)
        if cells == self._header:
            reason = "the header stands here again: were two files joined?"
            return Reject(line, None, "E_HEADER", reason, raw_line(cells))
        return Row(line, cells, lines.size)

    def _reject(self, line: int, code: str, reason: str, cells: list[str]) -> Reject:
        return Reject(line, None, code, reason, raw_line(cells), self._about(cells) if self._about else None)

    def _wrong_width(self, line: int, cells: list[str]) -> Row | Reject | _Short:
        width = len(self._header)
        if not any(map(str.strip, cells[width:])) and len(cells) > width:
            # Delimiters behind the last column.
            return Row(line, cells[:width], self._lines.size)
        if len(self._lines.record) > 1:
            return self._swallowed(line)
        if len(cells) < width:
            return _Short(self._reject(line, "E_COLUMNS", f"{len(cells)} of {width} columns", cells))
        return self._reject(line, "E_COLUMNS", f"{len(cells)} columns, expected {width}", cells)

    def _unreadable(self, line: int, error: str) -> Reject:
        if len(self._lines.record) > 1:
            # Also at the end of the file: if it was cut here, its last line is no record either.
            return self._swallowed(line)
        if "end of data" in error:
            raise StructuralFault("E_TRUNCATED", line, "the file ends inside a quoted field")
        if "field larger" in error:
            return self._first_line(line, "E_LENGTH", f"a field has over {FIELD_CHARS} characters")
        return self._first_line(line, "E_COLUMNS", "the quotes of this line do not pair up")

    def _swallowed(self, line: int) -> Reject:
        reason = "a quote opens on this line and is not closed where it should be"
        reject = self._first_line(line, "E_COLUMNS", reason)
        self._lines.give_back()
        return reject

    def _first_line(self, line: int, code: str, reason: str) -> Reject:
        """The reject of a line whose quotes cannot be read; the cells before the damage can."""
        text = self._lines.record[0]
        begin = text[:FIELD_CHARS].rstrip("\r\n")
        cells = next(csv.reader([begin], delimiter=self._reader.dialect.delimiter), [])
        spoils = self._about(cells[:-1]) if self._about else None
        return Reject(line, None, code, reason, _raw_text(text), spoils)


def _raw_text(line: str) -> bytes:
    return line[:RAW_BYTES].rstrip("\r\n").encode()[:RAW_BYTES]


def raw_line(cells: list[str]) -> bytes:
    """Cells as a CSV line of at most 2 KiB."""
    out = io.StringIO()
    # With a line end of its own, the writer also quotes cells that hold one.
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n").encode()[:RAW_BYTES]
