"""Hostile files of text, for every format that takes a table: each is refused, or its bad rows are, with a reason."""

from __future__ import annotations

import codecs
import io
import tracemalloc
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import Reading, Record, StructuralFault, Terms, Use
from services.referral.feeds.formats import FORMATS
from tests.unit.referral.feeds.feed_files import MAPPING, NEW_YORK, ORI
from tests.unit.referral.hostile.verdict import TABLES, judge

HEADERS: Final = {
    "wprdc_arrests": "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y",
    "wprdc_citations": "PK,CCR,AGE,GENDER,RACE,CITEDTIME,OFFENSES,INCIDENTLOCATION,ZONE,X,Y",
    "lead_csv": "case_no,arrest_no,arrest_date,last,first,dob,statute,description",
    "mapped_csv": "Number,When,Age,Race,Charge",
    "utilization_csv": "record_no,last,first,dob,sector,from,to,units,unit",
}
ROWS: Final = {
    "wprdc_arrests": "{n},C1,30,F,B,1/3/2024,5503 Disorderly Conduct,{text},2,-79.9,40.4",
    "wprdc_citations": "{n},C1,30,F,B,1/3/2024,5503 Disorderly Conduct,{text},2,-79.9,40.4",
    "lead_csv": "C1,{n},1/3/2024,Sampleton,Marlow,5/17/1990,5503,{text}",
    "mapped_csv": "{n},1/3/2024,30,B,5503 {text}",
    "utilization_csv": "{n},Sampleton{text},Marlow,5/17/1990,jail,1/3/2024,1/5/2024,2,day",
}
MARK: Final = "quetzal"


def line(format: str, n: int = 1, text: str = MARK) -> str:
    return ROWS[format].format(n=n, text=text)


def good(format: str, rows: int = 3) -> str:
    return "\n".join([HEADERS[format], *(line(format, n) for n in range(1, rows + 1)), ""])


KINDS: Final[dict[str, tuple[bytes, str]]] = {
    "nothing": (b"", "E_HEADER"),
    "a line break": (b"\n", "E_HEADER"),
    "only a mark": (codecs.BOM_UTF8, "E_HEADER"),
    "only blanks": (b"   \n  \n", "E_HEADER"),
    "only delimiters": (b",,,,\n,,,,\n", "E_HEADER"),
    "UTF-16 with a mark": ("PK,CCR\n1,2\n".encode("utf-16"), "E_ENCODING"),
    "UTF-16 big end first": (codecs.BOM_UTF16_BE + "PK,CCR\n".encode("utf-16-be"), "E_ENCODING"),
    "UTF-16 without a mark": ("PK,CCR\n1,2\n".encode("utf-16-le"), "E_ENCODING"),
    "UTF-32": ("PK,CCR\n1,2\n".encode("utf-32"), "E_ENCODING"),
    "no encoding at all": (b"PK\xe9\x81,CCR\n1,2\n", "E_ENCODING"),
    "NUL bytes alone": (b"\0" * 4096, "E_ENCODING"),
    "a PDF": (b"%PDF-1.7\n", "E_TYPE"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "E_TYPE"),
    "a web page named .xls": (b"<html><table><tr><td>PK</td></tr></table></html>", "E_TYPE"),
    "XML": (b'<?xml version="1.0"?><a/>', "E_TYPE"),
    "XML behind a mark": (codecs.BOM_UTF8 + b"  <a/>", "E_TYPE"),
    "JSON": (b'{"features":[]}', "E_TYPE"),
    "a JSON array": (b"[1,2]", "E_TYPE"),
    "gzip": (b"\x1f\x8b\x08\0\0\0", "E_TYPE"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "E_TYPE"),
    "RAR": (b"Rar!\x1a\x07", "E_TYPE"),
    "bzip2": (b"BZh91AY", "E_TYPE"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "E_TYPE"),
    "a photograph": (b"\xff\xd8\xff\xe0\0\x10JFIF", "E_TYPE"),
    "a database": (b"SQLite format 3\0", "E_TYPE"),
    "Parquet": (b"PAR1\x15\x04", "E_TYPE"),
    "a letter": (b"Dear colleagues\nattached is the list\n", "E_TYPE"),
    "a cut ZIP": (b"PK\x03\x04" + b"\0" * 40, "E_ZIP"),
    "201 columns": (",".join(f"c{n}" for n in range(201)).encode(), "E_LENGTH"),
    "a first line of 1.5 MB": (b"x" * 1_500_000, "E_LENGTH"),
    "an open quote at once": (b'"PK,CCR\n1,2\n', "E_HEADER"),
}


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_refused_by_its_kind(format: str, kind: str) -> None:
    content, code = KINDS[kind]
    assert judge(format, content).fault == code


@pytest.mark.parametrize("format", TABLES)
def test_a_file_without_its_header_is_refused_and_nobody_in_it_is_named(format: str) -> None:
    body = "\n".join(line(format, n) for n in (1, 2)).encode()
    reading = Reading()
    with pytest.raises(StructuralFault) as fault:
        list(FORMATS[format].parse(io.BytesIO(body), Terms(ORI, NEW_YORK, MAPPING), reading))
    assert fault.value.code == "E_HEADER"
    assert MARK not in fault.value.reason
    assert reading.columns == ()


@pytest.mark.parametrize("format", TABLES)
def test_a_column_that_stands_twice_or_not_at_all_refuses_the_file(format: str) -> None:
    names = HEADERS[format].split(",")
    for header in ([*names, names[1]], [name for name in names if name != names[1]], [n + "x" for n in names]):
        assert judge(format, ",".join(header).encode() + b"\n").fault == "E_HEADER"


CUTS: Final = {
    "in a cell": lambda text: text[: text.rindex(",")],
    "in a quote": lambda text: text.rstrip("\n").rsplit(",", 1)[0] + ',"half',
    "in a quote of several lines": lambda text: text.rstrip("\n").rsplit(",", 1)[0] + ',"half\nof a\ntext',
    "behind the first cell": lambda text: text[: text.rstrip("\n").rindex("\n") + 3],
    "and blank lines follow": lambda text: text[: text.rindex(",")] + "\n\n\n",
}


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("cut", CUTS)
def test_a_file_that_was_cut_is_refused(format: str, cut: str) -> None:
    verdict = judge(format, CUTS[cut](good(format, 5)).encode())
    assert verdict.fault == "E_TRUNCATED"


DAMAGES: Final[dict[str, tuple[str, str]]] = {
    "a row too short": ("a,b", "E_COLUMNS"),
    "a row too long": ("{row},1,2,3", "E_COLUMNS"),
    "a NUL in a row": ("{row}\0", "E_ENCODING"),
    "a stray quote": ('"{row}', "E_COLUMNS"),
    "a quote inside a quote": ('"a"b"{row}', "E_COLUMNS"),
    "a field of 70,000 characters": ("{long}", "E_LENGTH"),
    "the header again": ("{header}", "E_HEADER"),
}


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_row_costs_itself_and_no_neighbour(format: str, damage: str) -> None:
    template, code = DAMAGES[damage]
    bad = template.format(row=line(format, 90), header=HEADERS[format], long=line(format, 91, "x" * 70_000))
    rows = [line(format, n) for n in range(1, 41)]
    content = "\n".join([HEADERS[format], *rows[:20], bad, *rows[20:], ""]).encode()
    verdict = judge(format, content, secret=MARK)
    assert verdict.fault is None
    assert verdict.codes == [code]
    assert verdict.accepted == 40


SAME: Final = {
    "a mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "Windows line ends": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac line ends": lambda text: text.replace("\n", "\r").encode(),
    "mixed line ends": lambda text: text.replace("\n", "\r\n", 2).replace("\n", "\r", 1).encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "blank lines": lambda text: text.replace("\n", "\n\n \n,,\n").encode(),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "bars": lambda text: text.replace(",", "|").encode(),
    "every cell quoted": lambda text: "\n".join(
        '"' + row.replace(",", '","') + '"' if row else "" for row in text.split("\n")
    ).encode(),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0").replace(",", ",\u00a0").encode(),
    "no-break spaces of Windows": lambda text: text.replace(",", ",\u00a0").encode("cp1252"),
    "delimiters behind the last column": lambda text: "\n".join(
        row + ",,," if number else row for number, row in enumerate(text.split("\n"))
    ).encode(),
    "columns turned round": lambda text: "\n".join(",".join(row.split(",")[::-1]) for row in text.split("\n")).encode(),
    "columns nobody knows": lambda text: "\n".join(
        f"{row},{'x' if number else 'note'}" if row else "" for number, row in enumerate(text.split("\n"))
    ).encode(),
}


@pytest.mark.parametrize("format", TABLES)
@pytest.mark.parametrize("form", SAME)
def test_the_form_of_a_file_changes_nothing_of_its_records(format: str, form: str) -> None:
    def contents(body: bytes) -> list[bytes]:
        items = FORMATS[format].parse(io.BytesIO(body), Terms(ORI, NEW_YORK, MAPPING), Reading())
        return [item.record.content() for item in items if isinstance(item, Record | Use)]

    text = good(format)
    assert contents(SAME[form](text)) == contents(text.encode())
    assert len(contents(text.encode())) == 3


def test_line_numbers_are_physical_through_quoted_breaks_and_stray_quotes() -> None:
    rows = [
        '1,1/3/2024,30,B,"5503\nDisorderly\r\nConduct"',
        '2,1/3/2024,30,B,"5503',
        "x,1/3/2024,30,B,",
        "y,never,30,B,5503",
    ]
    content = "\n".join([HEADERS["mapped_csv"], *rows, ""]).encode()
    items = list(FORMATS["mapped_csv"].parse(io.BytesIO(content), Terms(ORI, NEW_YORK, MAPPING), Reading()))
    assert [(item.line, type(item).__name__) for item in items] == [
        (2, "Record"), (5, "Reject"), (6, "Reject"), (7, "Reject"),
    ]  # fmt: skip


class Endless(io.RawIOBase):
    """A file of `size` bytes made of one piece over and over, behind a start."""

    def __init__(self, start: bytes, piece: bytes, size: int) -> None:
        self._start, self._piece, self._size = start, piece * (65536 // len(piece) + 1), size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        assert (offset, whence) == (0, io.SEEK_SET)
        self._at = 0
        return 0

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        if self._at < len(self._start):
            piece = self._start[self._at : self._at + len(buffer)]
        else:
            piece = self._piece[: min(len(buffer), self._size - self._at)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


BIG: Final[dict[str, tuple[bytes, bytes, int, str | None]]] = {
    "one line of 190 MB": (b"", b"x", 190_000_000, "E_LENGTH"),
    "one row of 190 MB": (HEADERS["mapped_csv"].encode() + b"\n", b"x,", 190_000_000, "E_LENGTH"),
    "one quoted field of 40 MB": (HEADERS["mapped_csv"].encode() + b'\n"', b"x\n", 40_000_000, None),
    "over 200 MiB": (HEADERS["mapped_csv"].encode() + b"\n", b"x\n", 210_000_000, "E_SIZE"),
    "40 MB of blank lines": (HEADERS["mapped_csv"].encode() + b"\n", b"\n", 40_000_000, None),
}


@pytest.mark.parametrize("name", BIG)
def test_a_file_of_any_size_is_read_in_bounded_memory(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    start, piece, size, code = BIG[name]
    stream = io.BufferedReader(Endless(start, piece, size), 256 * 1024)
    tracemalloc.start()
    try:
        verdict = None
        found = 0
        try:
            for _ in FORMATS["mapped_csv"].parse(stream, Terms(ORI, NEW_YORK, MAPPING), Reading()):
                found += 1
                if found >= 20_000:
                    break
        except StructuralFault as fault:
            verdict = fault.code
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    record_property("peak_bytes", peak)
    assert verdict == code
    assert found == (0 if code else 20_000)
    assert peak < 32_000_000, peak


@given(format=st.sampled_from(TABLES), body=st.binary(max_size=600), behind=st.booleans())
def test_any_bytes_come_to_a_verdict(format: str, body: bytes, behind: bool) -> None:
    judge(format, (HEADERS[format].encode() + b"\n" if behind else b"") + body)


@given(
    format=st.sampled_from(TABLES),
    cells=st.lists(st.text(max_size=12), min_size=6, max_size=6),
)
def test_any_cells_come_to_a_verdict(format: str, cells: list[str]) -> None:
    width = len(HEADERS[format].split(","))
    cells = (cells * 2)[:width]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    verdict = judge(format, f"{good(format)}{quoted}\n{line(format, 99)}\n".encode("utf-8", "replace"))
    assert verdict.refused or verdict.accepted >= 3
