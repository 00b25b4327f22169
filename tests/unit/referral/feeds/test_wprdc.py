"""The open-data format: what a row becomes, what rejects a row, and what refuses a file."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import Item, Other, Reading, Record, Reject, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS

HEADER = "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,ARRESTLOCATION,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y"
GOOD = "7,1900001,30,M,B,1/3/2019,600 Block First AV,5503 Disorderly Conduct,100 Block Sample ST,2,-79.9,40.4"
TERMS = Terms("PAPPD0000", ZoneInfo("America/New_York"))


def read(*lines: str, end: str = "\n", encoding: str = "utf-8") -> tuple[list[Item], Reading]:
    reading = Reading()
    content = end.join([HEADER, *lines, ""]).encode(encoding)
    return list(FORMATS["wprdc_arrests"].parse(io.BytesIO(content), TERMS, reading)), reading


def only(*lines: str) -> Item:
    items, _ = read(*lines)
    (item,) = items
    return item


def changed(**cells: str) -> str:
    names = HEADER.split(",")
    values = dict(zip(names, GOOD.split(","), strict=True)) | cells
    return ",".join(values[name] for name in names)


def test_a_row_becomes_a_canonical_arrest() -> None:
    item = only(GOOD)
    assert isinstance(item, Record)
    assert (item.line, item.warnings) == (2, ("W_COURT_BLOCK",))
    arrest = item.record
    assert (arrest.ori, arrest.source_record_id, arrest.case_no) == ("PAPPD0000", "7", "1900001")
    assert arrest.arrested_at.isoformat() == "2019-01-03T00:00:00-05:00"
    assert (arrest.time_precision, arrest.disposition, arrest.arrest_type) == ("day", "arrested", "unknown")
    assert (arrest.person.race, arrest.person.sex, arrest.person.age) == ("B", "M", 30)
    assert (arrest.place.zone, arrest.place.x) == ("2", -79.9)


def test_the_order_of_columns_and_line_ends_and_delimiters_changes_nothing() -> None:
    names, values = HEADER.split(","), GOOD.split(",")
    turned = ";".join(names[::-1]) + "\r\n" + ";".join(values[::-1]) + "\r\n"
    (item,) = FORMATS["wprdc_arrests"].parse(io.BytesIO(turned.encode()), TERMS, Reading())
    straight = only(GOOD)
    assert isinstance(item, Record)
    assert isinstance(straight, Record)
    assert item.record.digest() == straight.record.digest()


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"PK": ""}, "PK", "E_KEY"),
        ({"ARRESTTIME": "2/30/2019"}, "ARRESTTIME", "E_DATE"),
        ({"ARRESTTIME": "yesterday"}, "ARRESTTIME", "E_DATE"),
        ({"OFFENSES": " "}, "OFFENSES", "E_NO_CHARGE"),
    ],
)
def test_a_bad_row_rejects_itself_and_its_neighbours_pass(cells: dict[str, str], column: str, code: str) -> None:
    items, _ = read(GOOD, changed(**cells), GOOD)
    assert [type(item) for item in items] == [Record, Reject, Record]
    reject = items[1]
    assert isinstance(reject, Reject)
    assert (reject.line, reject.column, reject.code) == (3, column, code)
    assert not any(value.strip() and value in reject.reason for value in cells.values())


@pytest.mark.parametrize(
    ("cells", "warning"),
    [
        ({"AGE": "121", "ARRESTLOCATION": ""}, "W_AGE"),
        ({"AGE": "9" * 5000, "ARRESTLOCATION": ""}, "W_AGE"),
        ({"RACE": "Z", "ARRESTLOCATION": ""}, "W_CODE"),
        ({"X": "0.0", "Y": "0", "ARRESTLOCATION": ""}, "W_GEO_ZERO"),
        ({"ARRESTLOCATION": "900 BLOCK SECOND AV"}, "W_COURT_BLOCK"),
    ],
)
def test_what_only_warns(cells: dict[str, str], warning: str) -> None:
    item = only(changed(**cells))
    assert isinstance(item, Record)
    assert item.warnings == (warning,)


def test_other_races_are_unknown_without_a_warning() -> None:
    item = only(changed(RACE="O", ARRESTLOCATION=""))
    assert isinstance(item, Record)
    assert (item.record.person.race, item.warnings) == ("U", ())


def test_a_short_row_in_the_middle_rejects_itself() -> None:
    items, _ = read(GOOD, "8,1900002,30", GOOD)
    assert [type(item) for item in items] == [Record, Reject, Record]
    assert isinstance(items[1], Reject)
    assert (items[1].code, items[1].reason) == ("E_COLUMNS", "3 of 12 columns")


@pytest.mark.parametrize("tail", ["8,1900002,30", '8,1900002,30,M,B,1/3/2019,"600 Block'])
def test_a_file_that_ends_in_the_middle_of_a_record_is_refused(tail: str) -> None:
    with pytest.raises(StructuralFault) as fault:
        read(GOOD, tail)
    assert (fault.value.code, fault.value.line) == ("E_TRUNCATED", 3)


def test_a_quoted_break_counts_physical_lines() -> None:
    items, _ = read(changed(OFFENSES='"5503 Disorderly\nConduct"'), changed(PK=""))
    assert [item.line for item in items] == [2, 4]


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(StructuralFault) as fault:
        list(FORMATS["wprdc_arrests"].parse(io.BytesIO(b"PK,CCR\n1,2\n"), TERMS, Reading()))
    assert (fault.value.code, fault.value.line) == ("E_HEADER", 1)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(StructuralFault, match="E_HEADER"):
        list(FORMATS["wprdc_arrests"].parse(io.BytesIO(content), TERMS, Reading()))


def test_blank_lines_are_counted_apart() -> None:
    items, _ = read(GOOD, "", GOOD)
    assert [type(item) for item in items] == [Record, Other, Record]


def test_a_file_that_is_not_utf8_is_read_as_cp1252_with_a_warning() -> None:
    items, reading = read(changed(INCIDENTLOCATION="Café"), encoding="cp1252")
    assert reading.file_warnings == ("W_ENCODING",)
    assert isinstance(items[0], Record)
    assert items[0].record.place.text == "Café"


def test_bytes_of_no_encoding_refuse_the_file() -> None:
    with pytest.raises(StructuralFault) as fault:
        FORMATS["wprdc_arrests"].parse(io.BytesIO(b"PK\n\xe9\n\x81"), TERMS, Reading()).__next__()
    assert (fault.value.code, fault.value.line) == ("E_ENCODING", 3)


@given(st.binary(max_size=2000))
def test_any_bytes_give_items_or_a_fault_with_a_code(content: bytes) -> None:
    for body in (content, HEADER.encode() + b"\n" + content):
        fault = None
        try:
            for item in FORMATS["wprdc_arrests"].parse(io.BytesIO(body), TERMS, Reading()):
                assert isinstance(item, Record | Reject | Other)
        except StructuralFault as found:
            fault = found
        assert fault is None or fault.code in {"E_ENCODING", "E_HEADER", "E_TRUNCATED", "E_LENGTH", "E_TYPE", "E_ZIP"}
