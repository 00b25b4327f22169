"""A table of a file: CSV or XLSX, told apart by its bytes and never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from services.referral.feeds.adapter import Other, Reading, Reject, StructuralFault
from services.referral.feeds.csv_stream import About, Accept, Row, read_csv
from services.referral.feeds.text_stream import head, refuse_other_kinds
from services.referral.feeds.xlsx_stream import read_xlsx

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def read_table(
    stream: BinaryIO,
    reading: Reading,
    accept: Accept,
    *,
    header_line: int = 1,
    sheet: str | None = None,
    about: About | None = None,
) -> Iterator[Row | Reject | Other]:
    """Rows in file order, as wide as the header; see `read_csv` and `read_xlsx` for what they raise.

    Raises StructuralFault E_TYPE for files of other kinds.
    """
    first = head(stream)
    if first.startswith(_ZIP):
        return read_xlsx(stream, reading, accept, header_line, sheet, about)
    refuse_other_kinds(first)
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<"):
        raise StructuralFault("E_TYPE", 1, "expected a table, this is XML or HTML: save it as CSV or .xlsx")
    if text.startswith((b"{", b"[")):
        raise StructuralFault("E_TYPE", 1, "expected a table, this is JSON: register the source with a JSON format")
    return read_csv(stream, reading, accept, header_line, about)
