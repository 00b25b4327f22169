"""The program that reads a workbook in a process of its own: bytes on standard input, a JSON line a row out.

A workbook is loaded whole, so it gets at most 512 MiB and some seconds, and what kills it kills nothing else. The
first line is `{"sheet": name}` or `{"fault": [code, reason]}`; each further one `[line, cells]`, cells null for a
row that is too long. python-calamine: it reads values only, runs no formula, follows no link, expands no entity,
and is several times as fast as openpyxl in a third of its memory.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import sys
from datetime import date, datetime, time
from typing import Any, Final, TextIO

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from services.referral.feeds.xlsx_parts import WorkbookFault, check_parts

MEMORY_BYTES: Final = 512 * 1024 * 1024
SECONDS: Final = 120
ROW_CHARS: Final = 1024 * 1024
_TOO_LARGE: Final = "the workbook is too large to be read at once: save the sheet as CSV"


def main() -> None:
    """Read one workbook. Never fails but by its limits: what is wrong goes out as a fault."""
    _limit(resource.RLIMIT_AS, MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, SECONDS)
    wanted = sys.argv[1] if len(sys.argv) > 1 else None
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", write_through=False)
    try:
        _write(sys.stdin.buffer.read(), wanted, out)
    except WorkbookFault as fault:
        _line(out, {"fault": [fault.code, fault.reason]})
    except MemoryError:
        _line(out, {"fault": ["E_SIZE", _TOO_LARGE]})
    except BrokenPipeError:
        return
    except BaseException:
        # The library's own panics are no Exception; its words could quote a cell.
        _line(out, {"fault": ["E_ZIP", "the workbook is damaged: save it again, or as CSV"]})
    with contextlib.suppress(BrokenPipeError):
        out.flush()


def _write(content: bytes, wanted: str | None, out: TextIO) -> None:
    check_parts(content)
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    del content
    sheet = _sheet(workbook, wanted)
    _line(out, {"sheet": sheet.name})
    # `iter_rows` gives the empty rows above the first as well, so the number is the spreadsheet's own.
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [text_of(cell) for cell in cells]
        fits = sum(map(len, texts)) <= ROW_CHARS
        _line(out, [number, texts if fits else None])


def _sheet(workbook: CalamineWorkbook, wanted: str | None) -> CalamineSheet:
    """The sheet of this name, else the only visible one with content."""
    names = [
        meta.name
        for meta in workbook.sheets_metadata
        if meta.typ == SheetTypeEnum.WorkSheet and (meta.visible == SheetVisibleEnum.Visible or meta.name == wanted)
    ]
    if wanted is not None:
        if wanted not in names:
            raise WorkbookFault("E_HEADER", "the sheet that the mapping names is missing")
        return workbook.get_sheet_by_name(wanted)
    filled = [sheet for name in names if (sheet := workbook.get_sheet_by_name(name)).height]
    if len(filled) > 1:
        raise WorkbookFault("E_HEADER", "several sheets hold something: name one in the mapping, or keep one")
    if not filled:
        raise WorkbookFault("E_HEADER", "expected a line of column names, the workbook is empty")
    return filled[0]


def text_of(cell: Any) -> str:
    """A cell as it would stand in a CSV file: days and times by ISO 8601, whole numbers without a point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)


def _line(out: TextIO, value: Any) -> None:
    json.dump(value, out, separators=(",", ":"))
    out.write("\n")


def _limit(kind: int, most: int) -> None:
    # Not every system can hold a process to it (macOS); the ZIP's own limits still stand.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
