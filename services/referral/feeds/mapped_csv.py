"""`mapped_csv`: any CSV or XLSX file, read by the mapping its source was registered with; one row is one arrest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from services.referral.feeds.adapter import Format, Item, Reading, Terms
from services.referral.feeds.mapped_row import MappedRows
from services.referral.feeds.mapped_table import chars, mapped_rows, read_rows
from services.referral.feeds.mapping import check_mapping, read_mapping
from services.referral.feeds.side_by_side import side_by_side


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Records of one file. Raises BadMapping, and StructuralFault if the file lacks a column of the mapping."""
    mapping = read_mapping(terms.mapping)
    rows = MappedRows(mapping, terms, mapping.names)
    for some in side_by_side(mapped_rows(mapping, stream, reading, mapping.names), chars):
        items = iter(read_rows(rows, [found for found in some if isinstance(found, tuple)]))
        for found in some:
            yield next(items) if isinstance(found, tuple) else found


FORMATS: Final = (Format("mapped_csv", "1", parse, check_mapping),)
