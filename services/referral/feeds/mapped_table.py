"""Rows of a CSV or XLSX file read by a mapping: what `mapped_csv` and our template have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import BinaryIO

from services.referral.feeds.adapter import Other, Reading, Record, Reject, Spoils
from services.referral.feeds.columns import place_columns
from services.referral.feeds.csv_stream import About, Row, raw_line
from services.referral.feeds.mapped_row import MappedRows, Read
from services.referral.feeds.mapping import Mapping
from services.referral.feeds.record_key import BadCell
from services.referral.feeds.table import read_table

Texts = list[str]


def mapped_rows(
    mapping: Mapping,
    stream: BinaryIO,
    reading: Reading,
    required: Sequence[str],
    *,
    any_case: bool = False,
    about: About | None = None,
) -> Iterator[tuple[Row, Texts] | Reject | Other]:
    """Rows with the texts of the mapping's columns in the order of `mapping.names`, empty where one is absent.

    `about` tells by such texts what a row belongs to that cannot be read behind its key. Raises what `read_table` and
    `place_columns` raise.
    """
    names = mapping.names
    optional = [name for name in names if name not in required]
    take: Callable[[list[str]], tuple[str, ...]] = tuple
    width = behind_key = 0

    def accept(header: tuple[str, ...]) -> None:
        nonlocal take, width, behind_key
        found = place_columns(header, required, optional, any_case=any_case)
        # A column that is absent is an empty cell behind the last. Two places at least, so that it gives a tuple.
        take = itemgetter(*(found.get(name, len(header)) for name in names), len(header))
        width = len(header)
        key = {*mapping.key, *(name for name in names if mapping.columns.get(name) == "ori")}
        behind_key = 1 + max(place for name, place in found.items() if name in key)

    def beginning(cells: Sequence[str]) -> Spoils | None:
        if about is None or len(cells) < behind_key:
            return None
        return about([cell.strip() for cell in take([*cells, *[""] * width, ""])])

    for row in read_table(
        stream, reading, accept, header_line=mapping.header_line, sheet=mapping.sheet, about=beginning
    ):
        if isinstance(row, Row):
            yield row, [cell.strip() for cell in take([*row.cells, ""])]
        else:
            yield row


def chars(found: tuple[Row, Texts] | Reject | Other) -> int:
    """How much text this holds, for `side_by_side`."""
    return found[0].chars if isinstance(found, tuple) else 0


def read_rows(rows: MappedRows, found: Sequence[tuple[Row, Texts]]) -> list[Record | Reject]:
    """The record of each row, or why there is none."""
    arrests = rows.arrests([texts for _, texts in found])
    return [read_item(row, arrest) for (row, _), arrest in zip(found, arrests, strict=True)]


def read_item(row: Row, read: Read) -> Record | Reject:
    """The record of one row, or why there is none."""
    if isinstance(read, BadCell):
        return Reject(row.line, read.column, read.code, read.reason, raw_line(row.cells))
    return Record(row.line, *read)
