"""`mapped_csv`: any CSV or XLSX file, read by the mapping its source was registered with; one row is one arrest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from services.referral.feeds.adapter import Format, Item, Reading, Terms
from services.referral.feeds.mapped_row import MappedRows
from services.referral.feeds.mapped_table import mapped_rows, read_row
from services.referral.feeds.mapping import check_mapping, read_mapping


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises BadMapping, and StructuralFault if the file lacks a column of the mapping."""
    mapping = read_mapping(terms.mapping)
    rows = MappedRows(mapping, terms, mapping.names)
    for found in mapped_rows(mapping, stream, reading, mapping.names):
        yield read_row(rows, *found) if isinstance(found, tuple) else found


FORMATS: Final = (Format("mapped_csv", "1", parse, check_mapping),)
