"""A workbook as rows, read in a child process that may die of it; this process holds one row at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, BinaryIO, Final, cast

from services.referral.feeds.adapter import Other, Reading, Reject, StructuralFault
from services.referral.feeds.csv_stream import FIELD_CHARS, About, Accept, Row, check_names, raw_line
from services.referral.feeds.text_stream import FILE_BYTES

_CHUNK: Final = 1024 * 1024
_CHILD: Final = "services.referral.feeds.xlsx_child"
_BROKEN: Final = ("E_SIZE", "the workbook is too large or too broken to be read: save the sheet as CSV")


def read_xlsx(
    stream: BinaryIO, reading: Reading, accept: Accept, header_line: int, sheet: str | None, about: About | None = None
) -> Iterator[Row | Reject | Other]:
    """Rows in sheet order; `line` is the spreadsheet's own row number.

    Raises StructuralFault: E_SIZE, E_ZIP, E_TYPE, E_XML_DTD, E_HEADER (none, or which sheet), E_LENGTH (columns).
    """
    header: list[str] | None = None
    with _child(sheet) as child:
        for line, cells in _sheet_rows(child, stream):
            if line < header_line:
                continue
            if header is None:
                header = _trimmed(cells or [])
                names = check_names(line, header)
                accept(names)
                reading.columns = names
            else:
                yield _item(line, cells, header, about)
    if header is None:
        raise StructuralFault("E_HEADER", header_line, "expected a line of column names")


def _item(line: int, cells: list[str] | None, header: list[str], about: About | None) -> Row | Reject | Other:
    too_long = f"a cell has over {FIELD_CHARS} characters"
    if cells is None:
        return Reject(line, None, "E_LENGTH", too_long)

    texts = [cell.replace("\u00a0", " ") for cell in cells]

    def reject(code: str, reason: str) -> Reject:
        return Reject(line, None, code, reason, raw_line(texts), about(texts) if about else None)

    if max(map(len, texts), default=0) > FIELD_CHARS:
        return reject("E_LENGTH", too_long)
    if not any(map(str.strip, texts)):
        return Other(line)
    width = len(header)
    if any("\0" in text for text in texts):
        return reject("E_ENCODING", "the row holds NUL characters: it was damaged")
    if any(map(str.strip, texts[width:])):
        return reject("E_COLUMNS", f"{len(_trimmed(texts))} columns, expected {width}")
    texts = [*texts[:width], *[""] * (width - len(texts))]
    if texts == header:
        return Reject(line, None, "E_HEADER", "the header stands here again: were two tables joined?", raw_line(texts))
    return Row(line, texts, sum(map(len, texts)))


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells behind the last one that is not: a sheet is as wide as its widest row."""
    filled = [place for place, cell in enumerate(cells) if cell.strip()]
    return cells[: filled[-1] + 1] if filled else []


def _sheet_rows(child: subprocess.Popen[bytes], stream: BinaryIO) -> Iterator[tuple[int, list[str] | None]]:
    _send(stream, cast(IO[bytes], child.stdin))
    answers = cast(IO[bytes], child.stdout)
    first = _answer(answers.readline())
    if not isinstance(first, dict):
        raise StructuralFault(_BROKEN[0], 1, _BROKEN[1])
    if "fault" in first:
        code, reason = first["fault"]
        raise StructuralFault(code, 1, reason)
    last = 1
    for text in answers:
        found = _answer(text)
        if isinstance(found, dict):
            code, reason = found["fault"]
            raise StructuralFault(code, last, reason)
        last, cells = found
        yield last, cells
    if child.wait() != 0:
        raise StructuralFault(_BROKEN[0], last, _BROKEN[1])


def _answer(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        # Cut off: the child died.
        raise StructuralFault(_BROKEN[0], 1, _BROKEN[1]) from None


def _send(stream: BinaryIO, to: IO[bytes]) -> None:
    stream.seek(0)
    size = 0
    # A child that gives up early is told by what it answers.
    with suppress(BrokenPipeError), to:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > FILE_BYTES:
                raise StructuralFault("E_SIZE", 1, f"expected at most {FILE_BYTES >> 20} MiB: send it in parts")
            to.write(chunk)


@contextmanager
def _child(sheet: str | None) -> Iterator[subprocess.Popen[bytes]]:
    """The reading process, which ends with this block, however it is left."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-m", _CHILD, *([sheet] if sheet is not None else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
    )
    try:
        yield child
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                cast(IO[bytes], pipe).close()
        child.wait()
