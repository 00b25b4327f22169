"""Rejected rows as a CSV file that can be mended and sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any


def as_csv(columns: Sequence[str], found: Sequence[Mapping[str, Any]]) -> str:
    """The rejected rows under their own header, with line, code and reason behind, which a feed ignores."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*columns, "lead_line", "lead_column", "lead_code", "lead_reason"])
    for one in found:
        cells = next(csv.reader([one["raw"] or ""]), [])
        cells = [*cells, *[""] * (len(columns) - len(cells))]
        shown = [_no_formula(cell) for cell in cells]
        writer.writerow([*shown, one["line"], one["column"] or "", one["code"], one["reason"]])
    return out.getvalue()


def _no_formula(cell: str) -> str:
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
