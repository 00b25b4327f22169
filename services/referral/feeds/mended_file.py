"""Rejected rows with other cells -> the file in which they are sent again, tried before it is sent."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.referral.feeds.adapter import (
    Delete,
    Heartbeat,
    Reading,
    Record,
    Reject,
    Restated,
    StructuralFault,
    Terms,
    Use,
)
from services.referral.feeds.formats import FORMATS
from services.referral.feeds.reject_columns import Columns
from services.referral.feeds.reject_rows import RejectRow
from services.referral.feeds.staged_page import refused

_BREAK: Final = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Judge:
    """By what a file is tried: its format, the terms of its source, when it comes, for whom it may be sent."""

    format: str
    terms: Terms
    now: datetime
    agencies: frozenset[str] | None


@dataclass(frozen=True)
class Mended:
    """A file that can be taken in, the rows it is made of, and of each that cannot go why not."""

    content: bytes
    sent: list[RejectRow]
    faults: dict[int, Reject]
    """A row's number -> what is wrong with it now. Rows that wait for it have none of their own."""


def mend(
    arrests: Sequence[Sequence[RejectRow]], cells: Mapping[int, list[str]], columns: Columns, judge: Judge
) -> Mended:
    """The file of the arrests that can be read with these cells (by a row's number; others as they were sent).

    An arrest goes with all its rows or stays. Pure computation: it may run in a thread. Raises StructuralFault if its
    header is not what the source has now.
    """
    faults: dict[int, Reject] = {}
    whole = [rows for rows in arrests if not any(row.cut for row in rows)]
    content, lines = _file(whole, cells, columns, judge.terms)
    for fault in _faults(content, judge):
        if fault.line not in lines:
            raise StructuralFault(fault.code, fault.line, fault.reason)
        faults.setdefault(lines[fault.line], fault)
    going = [rows for rows in whole if not any(row.number in faults for row in rows)]
    content, _ = _file(going, cells, columns, judge.terms)
    return Mended(content if going else b"", [row for rows in going for row in rows], faults)


def _file(
    arrests: Sequence[Sequence[RejectRow]], cells: Mapping[int, list[str]], columns: Columns, terms: Terms
) -> tuple[bytes, dict[int, int]]:
    """The file, and which row stands in which of its lines. Rows of one arrest stand together."""
    texts = ["\n" * ((terms.mapping or {}).get("header_line", 1) - 1), _text(columns.names)]
    line = 1 + sum(text.count("\n") for text in texts)
    lines: dict[int, int] = {}
    for row in (row for rows in arrests for row in rows):
        lines[line] = row.number
        texts.append(_text(cells.get(row.number, row.cells)))
        line += texts[-1].count("\n")
    return "".join(texts).encode(), lines


def _text(cells: Sequence[str]) -> str:
    """Cells as a line of CSV; a break inside a cell is one kind of break, so that lines can be counted."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_BREAK.sub("\n", cell) for cell in cells])
    return out.getvalue()


def _faults(content: bytes, judge: Judge) -> list[Reject]:
    found: list[Reject] = []
    try:
        for item in FORMATS[judge.format].parse(io.BytesIO(content), judge.terms, Reading()):
            if isinstance(item, Record | Use | Delete | Restated | Heartbeat):
                item_fault = refused(item, judge.now, judge.agencies)
                if isinstance(item_fault, Reject):
                    found.append(item_fault)
            elif isinstance(item, Reject):
                found.append(item)
    except StructuralFault as fault:
        found.append(Reject(fault.line, None, fault.code, fault.reason))
    return found
