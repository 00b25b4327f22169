"""CSV as agencies send it: any delimiter of four, mixed line ends, quoted breaks, UTF-8 or cp1252.

A row with the wrong number of cells rejects itself; the same at the very end of the file means that the file
was cut, and refuses all of it. A quote that is never closed costs its own line, not those it swallowed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from services.referral.feeds.adapter import RAW_BYTES, Other, Reading, Reject, StructuralFault
from services.referral.feeds.physical_lines import PhysicalLines, RecordTooLong
from services.referral.feeds.text_stream import text_of

FIELD_CHARS: Final = 64 * 1024
COLUMNS: Final = 200
DELIMITERS: Final = ",;\t|"
_QUOTED: Final = re.compile(r'"[^"]*"?')

csv.field_size_limit(FIELD_CHARS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as wide as the header. `line` is where it starts; no-break spaces are spaces."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class _Short:
    """Fewer cells than the header: if it is the last record, the file was cut."""

    reject: Reject


Accept = Callable[[tuple[str, ...]], None]
"""Told the names of the columns before the first row; raises StructuralFault E_HEADER if they will not do."""


def read_csv(
    stream: BinaryIO, reading: Reading, accept: Accept, header_line: int = 1
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
        yield from _rows(reader, lines, header)


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


def _rows(reader: Any, lines: PhysicalLines, header: list[str]) -> Iterator[Row | Reject | Other]:
    short: Reject | None = None
    while (item := _record(reader, lines, header)) is not None:
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


def _record(reader: Any, lines: PhysicalLines, header: list[str]) -> Row | Reject | Other | _Short | None:
    """The next record; None at the end of the file."""
    lines.next_record()
    line = lines.number + 1
    try:
        cells = next(reader, None)
    except csv.Error as error:
        return _unreadable(lines, line, str(error))
    except RecordTooLong:
        return _swallowed(lines, line)
    if cells is None:
        return None
    if lines.damaged:
        return Reject(line, None, "E_ENCODING", "the row holds NUL bytes: it was damaged on its way", raw_line(cells))
    if not cells or not (cells[0].strip() or any(map(str.strip, cells))):
        return Other(line)
    if len(cells) != len(header):
        return _wrong_width(lines, line, cells, len(header))
    if cells == header:
        return Reject(line, None, "E_HEADER", "the header stands here again: were two files joined?", raw_line(cells))
    return Row(line, cells)


def _wrong_width(lines: PhysicalLines, line: int, cells: list[str], width: int) -> Row | Reject | _Short:
    if not any(map(str.strip, cells[width:])) and len(cells) > width:
        # Delimiters behind the last column.
        return Row(line, cells[:width])
    if len(lines.record) > 1:
        return _swallowed(lines, line)
    if len(cells) < width:
        return _Short(Reject(line, None, "E_COLUMNS", f"{len(cells)} of {width} columns", raw_line(cells)))
    return Reject(line, None, "E_COLUMNS", f"{len(cells)} columns, expected {width}", raw_line(cells))


def _unreadable(lines: PhysicalLines, line: int, error: str) -> Reject:
    if len(lines.record) > 1:
        # Also at the end of the file: if it was cut here, its last line is no record either.
        return _swallowed(lines, line)
    if "end of data" in error:
        raise StructuralFault("E_TRUNCATED", line, "the file ends inside a quoted field")
    if "field larger" in error:
        reason = f"a field has over {FIELD_CHARS} characters"
        return Reject(line, None, "E_LENGTH", reason, _raw_text(lines.record[0]))
    return Reject(line, None, "E_COLUMNS", "the quotes of this line do not pair up", _raw_text(lines.record[0]))


def _swallowed(lines: PhysicalLines, line: int) -> Reject:
    raw = _raw_text(lines.record[0])
    lines.give_back()
    return Reject(line, None, "E_COLUMNS", "a quote opens on this line and is not closed where it should be", raw)


def _raw_text(line: str) -> bytes:
    return line[:RAW_BYTES].rstrip("\r\n").encode()[:RAW_BYTES]


def raw_line(cells: list[str]) -> bytes:
    """Cells as a CSV line of at most 2 KiB."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue().encode()[:RAW_BYTES]
