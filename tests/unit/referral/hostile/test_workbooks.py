"""Hostile workbooks: bombs, macros, links, damaged files. What reads them may die; nothing else does."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referral.feeds.adapter import StructuralFault
from services.referral.feeds.xlsx_parts import WorkbookFault, check_parts
from tests.unit.referral.feeds.feed_files import read, records, rejects, sheet_xml, workbook
from tests.unit.referral.hostile.verdict import helps, judge

HEADER: Final = ["Number", "When", "Age", "Race", "Charge"]
ROW: Final = [7, "1/3/2024", 30, "B", "5503 Disorderly Conduct"]
GOOD: Final = workbook(sheet_xml([HEADER, ROW]))
FILLER: Final = bytes(range(256)) * 16


def with_part(name: str, content: bytes = b"<a/>") -> bytes:
    return workbook(sheet_xml([HEADER, ROW]), parts={name: content})


def lying(content: bytes, at: int, fmt: str, value: int) -> bytes:
    """The content with a field of the last entry of the ZIP's directory changed."""
    place = content.rindex(b"PK\x01\x02") + at
    return content[:place] + struct.pack(fmt, value) + content[place + struct.calcsize(fmt) :]


def overlapping() -> bytes:
    """Every entry of the directory points at one large part."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", b"x" * 100_000)
        big = archive.infolist()[0]
        for number in range(50):
            twin = zipfile.ZipInfo(f"xl/part{number}.xml")
            twin.CRC, twin.compress_size, twin.file_size = big.CRC, big.compress_size, big.file_size
            twin.header_offset = big.header_offset
            archive.filelist.append(twin)
    return out.getvalue()


def archive_of(names: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return out.getvalue()


BAD: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "a bomb of one part": (lambda: with_part("xl/media/a.bin", b"\0" * 30_000_000), "E_ZIP"),
    "a bomb of many parts": (
        lambda: workbook(sheet_xml([HEADER]), parts={f"xl/m{n}.xml": b" " * 1_000_000 for n in range(40)}),
        "E_ZIP",
    ),
    "a sheet of blanks": (lambda: workbook(" " * 40_000_000 + sheet_xml([HEADER])), "E_ZIP"),
    "101 parts": (lambda: workbook(sheet_xml([HEADER]), parts={f"x{n}": b"a" for n in range(101)}), "E_ZIP"),
    "10,000 parts": (lambda: archive_of({f"x{n}": b"" for n in range(10_000)}), "E_ZIP"),
    "a ZIP in it": (lambda: with_part("xl/a.bin", GOOD), "E_ZIP"),
    "gzip in it": (lambda: with_part("xl/a.bin", b"\x1f\x8b\x08"), "E_ZIP"),
    "7z in it": (lambda: with_part("xl/a.bin", b"7z\xbc\xaf"), "E_ZIP"),
    "an old file in it": (lambda: with_part("xl/a.bin", b"\xd0\xcf\x11\xe0"), "E_ZIP"),
    "an embedded file": (lambda: with_part("xl/embeddings/oleObject1.bin"), "E_ZIP"),
    "macros": (lambda: with_part("xl/vbaProject.bin"), "E_ZIP"),
    "macros in capitals": (lambda: with_part("XL/VBAPROJECT.BIN"), "E_ZIP"),
    "macros elsewhere": (lambda: with_part("word/vbaProject.bin"), "E_ZIP"),
    "old macro sheets": (lambda: with_part("xl/macrosheets/sheet1.xml"), "E_ZIP"),
    "controls": (lambda: with_part("xl/activeX/activeX1.xml"), "E_ZIP"),
    "links to other files": (lambda: with_part("xl/externalLinks/externalLink1.xml"), "E_ZIP"),
    "a data connection": (lambda: with_part("xl/connections.xml"), "E_ZIP"),
    "a query": (lambda: with_part("xl/queryTables/queryTable1.xml"), "E_ZIP"),
    "a document type": (lambda: with_part("xl/a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "E_XML_DTD"),
    "entities that multiply": (
        lambda: with_part("xl/a.xml", b'<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>'),
        "E_XML_DTD",
    ),
    "an entity of the network": (
        lambda: workbook('<!DOCTYPE a SYSTEM "http://127.0.0.1/x">' + sheet_xml([HEADER])), "E_XML_DTD"
    ),
    "two parts of one name": (lambda: with_part("xl/WORKBOOK.xml"), "E_ZIP"),
    "parts that overlap": (overlapping, "E_ZIP"),
    "a password": (lambda: lying(GOOD, 8, "<H", 1), "E_ZIP"),
    "an unknown packing": (lambda: lying(GOOD, 10, "<H", 99), "E_ZIP"),
    "bzip2 packing": (lambda: workbook(sheet_xml([HEADER]), packing=zipfile.ZIP_BZIP2), "E_ZIP"),
    "LZMA packing": (lambda: workbook(sheet_xml([HEADER]), packing=zipfile.ZIP_LZMA), "E_ZIP"),
    "a wrong checksum": (lambda: lying(GOOD, 16, "<I", 1), "E_ZIP"),
    "a size too small": (lambda: lying(with_part("xl/z", FILLER), 24, "<I", 5), "E_ZIP"),
    "a size too large": (lambda: lying(GOOD, 20, "<I", 2**31), "E_ZIP"),
    "a directory that points nowhere": (lambda: lying(GOOD, 42, "<I", 2**30), "E_ZIP"),
    "no directory": (lambda: GOOD[: GOOD.index(b"PK\x01\x02")], "E_ZIP"),
    "its first half": (lambda: GOOD[: len(GOOD) // 2], "E_ZIP"),
    "its end cut": (lambda: GOOD[:-30], "E_ZIP"),
    "its middle overwritten": (lambda: GOOD[:200] + b"\xff" * 200 + GOOD[400:], "E_ZIP"),
    "no workbook": (lambda: archive_of({"list.csv": b"a,b\n1,2\n"}), "E_TYPE"),
    "a text document": (lambda: archive_of({"word/document.xml": b"<a/>"}), "E_TYPE"),
    "an empty archive": (lambda: archive_of({}), "E_TYPE"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_the_check_of_parts_refuses(name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(WorkbookFault) as fault:
        check_parts(make())
    assert fault.value.code == code
    helps(code, fault.value.reason)


SHEETS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "no sheet with content": (lambda: workbook(sheet_xml([])), "E_HEADER"),
    "two sheets with content": (lambda: workbook(sheet_xml([HEADER]), sheet_xml([ROW])), "E_HEADER"),
    "only a hidden sheet": (lambda: workbook(sheet_xml([HEADER, ROW]), hidden=[1]), "E_HEADER"),
    "no sheets at all": (lambda: archive_of({"xl/workbook.xml": b"<workbook/>"}), "E_ZIP"),
    "XML that is none": (lambda: workbook("<worksheet><sheetData><row><c>"), "E_ZIP"),
    "other columns": (lambda: workbook(sheet_xml([["a", "b"], [1, 2]])), "E_HEADER"),
    "201 columns": (lambda: workbook(sheet_xml([[f"c{n}" for n in range(201)]])), "E_LENGTH"),
    "cells at both ends of the world": (
        lambda: workbook(sheet_xml([['<c r="A1"><v>1</v></c>', '<c r="XFD1048576"><v>1</v></c>']])), "E_SIZE"
    ),
    "a bomb": (lambda: workbook(" " * 40_000_000 + sheet_xml([HEADER])), "E_ZIP"),
    "a cut file": (lambda: GOOD[: len(GOOD) // 2], "E_ZIP"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_a_workbook_that_makes_no_table_is_refused(name: str) -> None:
    make, code = SHEETS[name]
    assert judge("mapped_csv", make()).fault == code


def test_cells_of_every_kind_are_read_as_text_and_bad_rows_reject_themselves() -> None:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    rows: list[list[str | float]] = [
        [*HEADER, "", ""],
        ["", "", "", "", ""],
        [190000010, '<c s="1"><v>45294</v></c>', 30.0, "B", "5503\u00a0Disorderly Conduct"],
        ["0007", "2024-01-03", "<c><f>10+21</f><v>31</v></c>", "B", "=1+1"],
        ["8", '<c t="e"><v>#REF!</v></c>', 30, "B", "5503"],
        ["9", "1/3/2024", "<c><f>WEBSERVICE(1)</f></c>", "B", "5503"],
        ["10", "1/3/2024", 30, "B", "5503", "further"],
        ["11", "1/3/2024", 30, "B", "x" * 70_000],
        HEADER,
    ]
    items, reading = read("mapped_csv", workbook(sheet_xml(rows), styles=styles), MAPPED)
    found = records(items)
    assert [item.line for item in found] == [3, 4, 6]
    assert [item.record.source_record_id for item in found] == ["190000010", "0007", "9"]
    assert [item.record.arrested_at.date().isoformat() for item in found] == ["2024-01-03"] * 3
    assert [item.record.person.age for item in found] == [30, 31, None]
    assert found[0].record.charges[0].text == "5503 Disorderly Conduct"
    assert [(item.line, item.code) for item in rejects(items)] == [
        (5, "E_DATE"), (7, "E_COLUMNS"), (8, "E_LENGTH"), (9, "E_HEADER"),
    ]  # fmt: skip
    assert reading.columns == tuple(HEADER)


MAPPED: Final = {
    "key": ["Number"],
    "columns": {"When": "arrested_at", "Age": "person.age", "Race": "person.race", "Charge": "charge.text"},
}


def test_a_mapping_names_its_sheet_and_the_line_of_its_header() -> None:
    book = workbook(sheet_xml([["notes"]]), sheet_xml([["Report of the month"], [], HEADER, ROW]))
    items, _ = read("mapped_csv", book, {**MAPPED, "sheet": "Sheet2", "header_line": 3})
    assert [item.line for item in items] == [4]
    assert judge("mapped_csv", book, {**MAPPED, "sheet": "Sheet9"}).fault == "E_HEADER"


def test_a_workbook_and_a_csv_of_the_same_cells_are_the_same_records() -> None:
    (from_book,) = records(read("mapped_csv", GOOD, MAPPED)[0])
    text = ",".join(HEADER) + "\n" + ",".join(map(str, ROW)) + "\n"
    (from_text,) = records(read("mapped_csv", text.encode(), MAPPED)[0])
    assert from_book.record.digest() == from_text.record.digest()


@given(st.data())
@settings(max_examples=40)
def test_any_damage_of_a_workbook_is_found_or_harmless(data: st.DataObject) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        items, _ = read("mapped_csv", bytes(content), MAPPED)
    except StructuralFault as fault:
        helps(fault.code, fault.reason)
        return
    (intact,) = records(read("mapped_csv", GOOD, MAPPED)[0])
    assert [one.record for one in records(items)] == [intact.record]
