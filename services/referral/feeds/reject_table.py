"""Rejected rows as a CSV file that can be mended and sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

import orjson
from sqlalchemy import RowMapping

from services.referral.feeds.adapter import RAW_BYTES
from services.referral.feeds.csv_stream import DELIMITERS

NO_TABLE: Final = (
    "What was sent is no table with a header, so its rejects make none: ask for them as JSON, and mend your own file."
)
_TABLES: Final = ("lead_csv", "mapped_csv", "utilization_csv", "wprdc_arrests", "wprdc_citations")
_BEHIND: Final = ("lead_line", "lead_column", "lead_code", "lead_reason")
"""Columns behind the sender's own, which a feed ignores."""
_SHOWN: Final = ("line", "column", "code", "reason", "raw")


def is_table(batch: RowMapping) -> bool:
    """Whether a batch's rows have a header to stand under again."""
    return bool(batch["columns"]) and batch["format"] in _TABLES


async def as_csv(
    columns: Sequence[str], pages: AsyncIterator[Sequence[Mapping[str, Any]]], header_line: int = 1
) -> AsyncIterator[str]:
    """The rejected rows under their own header, page by page, with line, code and reason behind.

    The header stands in the line where the source's mapping looks for it: the file is sent again as it is.

    Rows that were too long to be kept whole are left out: what is left of them cannot be mended.
    """
    yield "\r\n" * (header_line - 1) + _line([*map(no_formula, columns), *_BEHIND])
    async for page in pages:
        yield "".join(_row(len(columns), one) for one in page if not is_cut(one))


async def as_json(pages: AsyncIterator[Sequence[Mapping[str, Any]]]) -> AsyncIterator[bytes]:
    """The rejected rows as an array, page by page; `cut`: the row was too long to be kept whole."""
    between = b"["
    async for page in pages:
        shown = [{name: one[name] for name in _SHOWN} | {"cut": is_cut(one)} for one in page]
        yield between + b",".join(map(orjson.dumps, shown))
        between = b","
    yield b"[]" if between == b"[" else b"]"


def lines_of(file: BinaryIO) -> list[int]:
    """The lines of the rejected rows that a file brings back, by the column that was set behind them; none without."""
    text = io.TextIOWrapper(file, "utf-8-sig", "replace", newline="")
    found: list[int] = []
    try:
        # A spreadsheet saves the empty lines in front of it as delimiters.
        first = next((line for line in text if line.strip(f"{DELIMITERS} \r\n")), "")
        delimiter = max(DELIMITERS, key=first.count)
        names = next(csv.reader([first], delimiter=delimiter), [])
        if _BEHIND[0] in names:
            place = names.index(_BEHIND[0])
            cells = (row[place].strip() for row in csv.reader(text, delimiter=delimiter) if len(row) > place)
            found = [int(cell) for cell in cells if cell.isascii() and cell.isdecimal() and len(cell) < 9]
    except csv.Error:
        # The file is refused or its rows rejected by whoever reads it in earnest.
        return found
    finally:
        text.detach()
    return found


def is_cut(one: Mapping[str, Any]) -> bool:
    """Whether a row was too long to be kept whole."""
    return int(one["bytes"]) >= RAW_BYTES


def _row(width: int, one: Mapping[str, Any]) -> str:
    cells = cells_of(one["raw"] or "", width)
    cells += [""] * (width - len(cells))
    return _line([*map(no_formula, cells), one["line"], one["column"] or "", one["code"], one["reason"]])


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def cells_of(raw: str, width: int) -> list[str]:
    """What was kept of a row, as cells; a line that is no CSV is one cell."""
    try:
        found = next(csv.reader(io.StringIO(raw, newline="")), [])
        if len(found) == 1 < width:
            # Kept as it stood, with the file's own delimiter.
            delimiter = max(DELIMITERS, key=raw.count)
            found = next(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return [raw]
    return found


def no_formula(cell: str) -> str:
    """A cell that a spreadsheet would run gets an apostrophe; numbers stay."""
    if cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
