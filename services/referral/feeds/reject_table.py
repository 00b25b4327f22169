"""Rejected rows as a CSV file that can be mended and sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

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


async def as_csv(columns: Sequence[str], pages: AsyncIterator[Sequence[Mapping[str, Any]]]) -> AsyncIterator[str]:
    """The rejected rows under their own header, page by page, with line, code and reason behind.

    Rows that were too long to be kept whole are left out: what is left of them cannot be mended.
    """
    yield _line([*map(no_formula, columns), *_BEHIND])
    async for page in pages:
        yield "".join(_row(len(columns), one) for one in page if not _cut(one))


async def as_json(pages: AsyncIterator[Sequence[Mapping[str, Any]]]) -> AsyncIterator[bytes]:
    """The rejected rows as an array, page by page; `cut`: the row was too long to be kept whole."""
    between = b"["
    async for page in pages:
        shown = [{name: one[name] for name in _SHOWN} | {"cut": _cut(one)} for one in page]
        yield between + b",".join(map(orjson.dumps, shown))
        between = b","
    yield b"[]" if between == b"[" else b"]"


def _cut(one: Mapping[str, Any]) -> bool:
    return int(one["bytes"]) >= RAW_BYTES


def _row(width: int, one: Mapping[str, Any]) -> str:
    cells = _cells(one["raw"] or "", width)
    cells += [""] * (width - len(cells))
    return _line([*map(no_formula, cells), one["line"], one["column"] or "", one["code"], one["reason"]])


def _line(cells: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cells(raw: str, width: int) -> list[str]:
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
