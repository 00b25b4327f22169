"""CSV as agencies send it: any delimiter of four, mixed line ends, quoted breaks, UTF-8 or cp1252.

A row with the wrong number of cells rejects itself; the same at the very end of the file means that the file
was cut, and refuses all of it.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from services.referral.feeds.adapter import RAW_BYTES, Other, Reading, Reject, StructuralFault

FIELD_CHARS: Final = 64 * 1024
LINE_CHARS: Final = 1024 * 1024
COLUMNS: Final = 200
_CHUNK: Final = 1024 * 1024
_NOT_CP1252: Final = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")

csv.field_size_limit(FIELD_CHARS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as wide as the header. `line` is where it starts."""

    line: int
    cells: list[str]


def read_csv(stream: BinaryIO, reading: Reading) -> Iterator[Row | Reject | Other]:
    """Rows in file order; `reading.columns` is set before the first.

    Raises StructuralFault: E_ENCODING, E_HEADER (none), E_LENGTH (line or columns), E_TRUNCATED (last record short).
    """
    encoding = _encoding(stream, reading)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield from _rows(text, reading)
    finally:
        text.detach()


def _rows(text: io.TextIOWrapper, reading: Reading) -> Iterator[Row | Reject | Other]:
    lines = _lines(text)
    first = next(lines, "")
    delimiter = max(",;\t|", key=first.count)
    header = _header(first, delimiter)
    reading.columns = tuple(header)
    width = len(header)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    short: Reject | None = None
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "end of data" in str(error):
                raise StructuralFault("E_TRUNCATED", line, "the file ends inside a quoted field") from None
            if short:
                yield short
                short = None
            yield _unreadable(line, error)
            continue
        if cells is None:
            break
        if short:
            # Not the last record after all.
            yield short
            short = None
        if len(cells) == width:
            yield Row(line, cells)
        elif not any(cells):
            yield Other(line)
        elif len(cells) < width:
            short = Reject(line, None, "E_COLUMNS", f"{len(cells)} of {width} columns", raw_line(cells))
        else:
            yield Reject(line, None, "E_COLUMNS", f"{len(cells)} columns, expected {width}", raw_line(cells))
    if short:
        raise StructuralFault("E_TRUNCATED", short.line, f"the last record is cut: {short.reason}")


def _header(first: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([first], delimiter=delimiter, strict=True), [])
    except csv.Error:
        cells = []
    # PostgreSQL stores the names as JSON, which takes no NUL.
    header = [name.replace("\0", "").strip() for name in cells]
    if not any(header):
        raise StructuralFault("E_HEADER", 1, "expected a line of column names")
    if len(header) > COLUMNS:
        raise StructuralFault("E_LENGTH", 1, f"expected at most {COLUMNS} columns")
    return header


def raw_line(cells: list[str]) -> bytes:
    """Cells as a CSV line of at most 2 KiB."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue().encode()[:RAW_BYTES]


def _unreadable(line: int, error: csv.Error) -> Reject:
    if "field larger" in str(error):
        return Reject(line, None, "E_LENGTH", f"a field has over {FIELD_CHARS} characters")
    return Reject(line, None, "E_COLUMNS", "the quotes of this line do not pair up")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LINE_CHARS):
        number += 1
        if len(line) >= LINE_CHARS and not line.endswith(("\n", "\r")):
            raise StructuralFault("E_LENGTH", number, f"a line has over {LINE_CHARS} characters")
        yield line


def _encoding(stream: BinaryIO, reading: Reading) -> str:
    """UTF-8 if every byte of the file is, else cp1252, which is worth a warning.

    Raises StructuralFault: E_ENCODING for a file that is neither.
    """
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        _check_cp1252(stream)
        reading.file_warnings += ("W_ENCODING",)
        return "cp1252"
    return "utf-8-sig"


def _check_cp1252(stream: BinaryIO) -> None:
    stream.seek(0)
    line = 1
    while chunk := stream.read(_CHUNK):
        places = [place for byte in _NOT_CP1252 if (place := chunk.find(byte)) >= 0]
        if places:
            line += chunk.count(b"\n", 0, min(places))
            raise StructuralFault("E_ENCODING", line, "expected UTF-8 or cp1252")
        line += chunk.count(b"\n")
