"""Hostile JSON: pages of a map server, files of canonical arrests."""

from __future__ import annotations

import codecs
import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import Other, Reading, Record, Reject, StructuralFault, Terms
from services.referral.feeds.formats import FORMATS
from tests.unit.referral.feeds.feed_files import MAPPING, NEW_YORK, ORI, read, records, rejects
from tests.unit.referral.hostile.test_text_files import Endless
from tests.unit.referral.hostile.verdict import judge

ESRI: Final[dict[str, Any]] = {**MAPPING, "rows": "/features", "row": "/attributes", "dates": {"When": ["epoch_ms"]}}
ROW: Final[dict[str, Any]] = {"Number": "7", "When": 1704305400000, "Age": 30, "Race": "B", "Charge": "5503"}
ARREST: Final[dict[str, Any]] = {
    "source_record_id": "7",
    "arrested_at": "2024-01-03T14:30:00-05:00",
    "person": {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-17"},
    "charges": [{"text": "5503 Disorderly Conduct"}],
}


def page(*rows: Any, **more: Any) -> bytes:
    return json.dumps({"fields": [], "features": [{"attributes": row} for row in rows], **more}).encode()


GOOD: Final = page(ROW)

FILES: Final[dict[str, tuple[bytes, str]]] = {
    "nothing": (b"", "E_TYPE"),
    "blanks": (b" \n ", "E_TYPE"),
    "a number": (b"12", "E_TYPE"),
    "CSV": (b"Number,When\n", "E_TYPE"),
    "a web page": (b"<html>429 too many requests</html>", "E_TYPE"),
    "a PDF": (b"%PDF-1.7", "E_TYPE"),
    "gzip": (b"\x1f\x8b\x08\0", "E_TYPE"),
    "UTF-16": ('{"features":[]}'.encode("utf-16"), "E_ENCODING"),
    "UTF-16 without a mark": ('{"features":[]}'.encode("utf-16-le"), "E_JSON"),
    "bytes of no encoding": (b'{"features":[{"attributes":{"Number":"\xff"}}]}', "E_ENCODING"),
    "no array": (b'{"features":{}}', "E_HEADER"),
    "another name": (b'{"rows":[]}', "E_HEADER"),
    "an error of the server": (b'{"error":{"code":400,"message":"Invalid"}}', "E_HEADER"),
    "an array on top": (b"[]", "E_HEADER"),
    "other columns": (page({"a": 1}), "E_HEADER"),
    "cut in a text": (GOOD[: GOOD.index(b"5503") + 2], "E_TRUNCATED"),
    "cut behind a row": (GOOD[:-2], "E_TRUNCATED"),
    "cut at once": (b"{", "E_TRUNCATED"),
    "two documents": (GOOD + GOOD, "E_JSON"),
    "a tail": (GOOD + b"x", "E_JSON"),
    "NaN": (GOOD.replace(b"30", b"NaN"), "E_JSON"),
    "Infinity": (GOOD.replace(b"30", b"-Infinity"), "E_JSON"),
    "single quotes": (GOOD.replace(b'"', b"'"), "E_JSON"),
    "a comma too many": (GOOD.replace(b"}}]", b"}},]"), "E_JSON"),
    "a comment": (b"{/* x */" + GOOD[1:], "E_JSON"),
    "a NUL": (GOOD.replace(b"5503", b"55\0003"), "E_JSON"),
    "a bare line break": (GOOD.replace(b"5503", b"55\n03"), "E_JSON"),
    "nested 65 deep": (b'{"features":[' + b"[" * 65 + b"]" * 65 + b"]}", "E_JSON"),
    "nested a million deep": (b'{"features":[' + b"[" * 1_000_000, "E_JSON"),
    "objects a million deep": (b'{"a":' * 1_000_000, "E_JSON"),
    "a row of 2 MB": (page({**ROW, "Charge": "x" * 2_000_000}), "E_LENGTH"),
    "2 MB before the rows": (b'{"a":"' + b"x" * 2_000_000 + b'","features":[]}', "E_LENGTH"),
    "a number of 2 MB": (b'{"features":[' + b"9" * 2_000_000 + b"]}", "E_LENGTH"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_page_that_cannot_be_read_is_refused(name: str) -> None:
    content, code = FILES[name]
    assert judge("mapped_json", content, ESRI).fault == code


ROWS: Final[dict[str, tuple[Any, str]]] = {
    "no number": ({**ROW, "Number": None}, "E_KEY"),
    "an empty number": ({**ROW, "Number": " \u00a0"}, "E_KEY"),
    "a number too long": ({**ROW, "Number": "9" * 81}, "E_KEY"),
    "an object for a text": ({**ROW, "Charge": {"a": 1}}, "E_CODE"),
    "an array for a text": ({**ROW, "Charge": ["5503"]}, "E_CODE"),
    "a NUL": ({**ROW, "Charge": "55\u000003"}, "E_ENCODING"),
    "no moment": ({**ROW, "When": None}, "E_DATE"),
    "a moment of long ago": ({**ROW, "When": -99999999999999}, "E_DATE"),
    "a moment beyond time": ({**ROW, "When": 10**18}, "E_DATE"),
    "a moment that is none": ({**ROW, "When": 1.5}, "E_DATE"),
    "a moment that is true": ({**ROW, "When": True}, "E_DATE"),
    "no charge": ({**ROW, "Charge": ""}, "E_NO_CHARGE"),
    "nobody": ({**ROW, "Age": None, "Race": None}, "E_NO_SUBJECT"),
    "a text for a row": ("Marlow Sampleton", "E_JSON"),
    "a number for a row": (5, "E_JSON"),
    "an array for a row": ([1, 2], "E_JSON"),
    "a field of 70,000": ({**ROW, "Charge": "x" * 70_000}, "E_LENGTH"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_of_a_page_rejects_itself(name: str) -> None:
    bad, code = ROWS[name]
    items, _ = read("mapped_json", page(ROW, bad, {**ROW, "Number": "8"}), ESRI)
    assert [type(item) for item in items] == [Record, Reject, Record]
    assert [(item.line, item.code) for item in rejects(items)] == [(2, code)]
    judge("mapped_json", page(ROW, bad), ESRI, secret="Marlow")


@pytest.mark.parametrize("where", ["before", "behind"])
def test_the_cap_of_a_server_is_a_warning_wherever_it_stands(where: str) -> None:
    flag = b'"exceededTransferLimit":true'
    content = b"{" + flag + b"," + GOOD[1:] if where == "before" else GOOD[:-1] + b"," + flag + b"}"
    items, reading = read("mapped_json", content, ESRI)
    assert reading.file_warnings == ("W_CAP",)
    assert len(records(items)) == 1
    assert read("mapped_json", GOOD, ESRI)[1].file_warnings == ()


def test_columns_may_be_pointers_and_rows_may_stand_on_top() -> None:
    mapping = {
        "key": ["/id/no"],
        "columns": {"/when": "arrested_at", "/who/age": "person.age", "/what/0x": "charge.text"},
    }
    row = {"id": {"no": 7}, "when": "2024-01-03", "who": {"age": 30}, "what": {"0x": "5503"}}
    (item,) = read("mapped_json", json.dumps([row, None, {}]).encode(), mapping)[0][:1]
    assert isinstance(item, Record)
    assert (item.record.source_record_id, item.record.person.age) == ("7", 30)
    assert [type(other) for other in read("mapped_json", json.dumps([row, None]).encode(), mapping)[0][1:]] == [Other]


@pytest.mark.parametrize("size", [190_000_000])
@pytest.mark.parametrize("start", [b'{"features":["', b'{"a":"', b'{"features":[', b"["])
def test_a_page_of_any_size_needs_bounded_memory(
    start: bytes, size: int, record_property: Callable[[str, object], None]
) -> None:
    stream = io.BufferedReader(Endless(start, b"9", size), 256 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(StructuralFault) as fault:
            list(FORMATS["mapped_json"].parse(stream, Terms(ORI, NEW_YORK, ESRI), Reading()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    record_property("peak_bytes", peak)
    assert fault.value.code == "E_LENGTH"
    assert peak < 32_000_000


CANONICAL: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "no number": ({"source_record_id": ""}, "E_KEY"),
    "a number too long": ({"source_record_id": "9" * 81}, "E_KEY"),
    "an agency that is none": ({"ori": "Pittsburgh"}, "E_ORI"),
    "no time": ({"arrested_at": None}, "E_DATE"),
    "a time without its zone": ({"arrested_at": "2024-01-03T14:30:00"}, "E_DATE"),
    "a time of long ago": ({"arrested_at": "0001-01-01T00:00:00Z"}, "E_DATE"),
    "a time far off": ({"arrested_at": "9999-12-31T23:59:59-12:00"}, "E_DATE"),
    "no charge": ({"charges": []}, "E_NO_CHARGE"),
    "an empty charge": ({"charges": [{}]}, "E_NO_CHARGE"),
    "101 charges": ({"charges": [{"text": "5503"}] * 101}, "E_NO_CHARGE"),
    "1,200 charges in two texts": ({"charges": [{"text": " / ".join(["5"] * 600)}] * 2}, "E_LENGTH"),
    "charges of 44,000 characters": ({"charges": [{"text": "x" * 4000}] * 11}, "E_LENGTH"),
    "charges that are none": ({"charges": "5503"}, "E_NO_CHARGE"),
    "a misspelt field": ({"Marlow Sampleton": 1}, "E_CODE"),
    "a misspelt field inside": ({"person": {"Marlow": 1}}, "E_CODE"),
    "a race that is none": ({"person": {"race": "Marlow"}}, "E_CODE"),
    "a birth that is none": ({"person": {"birth_date": "Marlow"}}, "E_CODE"),
    "an action that is none": ({"action": "erase"}, "E_CODE"),
    "an age below nothing": ({"person": {"age": -1}}, "E_CODE"),
    "a NUL": ({"case_no": "a\u0000b"}, "E_ENCODING"),
    "a person that is a text": ({"person": "Marlow"}, "E_CODE"),
}


@pytest.mark.parametrize("form", ["lines", "array"])
@pytest.mark.parametrize("name", CANONICAL)
def test_a_bad_canonical_arrest_rejects_itself(name: str, form: str) -> None:
    given, code = CANONICAL[name]
    both = [{**ARREST, **given}, {**ARREST, "source_record_id": "8"}]
    text = json.dumps(both) if form == "array" else "\n".join(map(json.dumps, both))
    verdict = judge("canonical_json", text.encode(), secret="Marlow")
    assert verdict.codes == [code]
    assert verdict.accepted == 1
    assert "Marlow" not in str(verdict.columns)


LINES: Final[dict[str, tuple[bytes, str]]] = {
    "a text": (b'"Marlow Sampleton"', "E_JSON"),
    "a broken object": (b'{"source_record_id": "7"', "E_JSON"),
    "two objects": (b"{}{}", "E_JSON"),
    "nested a million deep": (b'{"a":' * 100_000, "E_JSON"),
    "a lone surrogate": (b'{"case_no":"\\ud800"}', "E_JSON"),
    "bytes of no encoding": (b'{"case_no":"\xff"}', "E_JSON"),
    "the same key twice": (b'{"case_no":"1","case_no":"2"}', "E_KEY"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_bad_line_costs_itself(name: str) -> None:
    bad, code = LINES[name]
    good = json.dumps(ARREST).encode()
    content = codecs.BOM_UTF8 + b"\n".join([good, bad, b"", good.replace(b'"7"', b'"8"'), b""])
    items, _ = read("canonical_json", content)
    assert [(type(item), item.line) for item in items if not isinstance(item, Other)] == [
        (Record, 1), (Reject, 2), (Record, 4),
    ]  # fmt: skip
    assert rejects(items)[0].code == code


@pytest.mark.parametrize("cut", [20, 60, 100])
def test_lines_that_were_cut_refuse_the_file(cut: int) -> None:
    good = json.dumps(ARREST).encode()
    verdict = judge("canonical_json", good + b"\n" + good[:cut])
    assert verdict.fault == "E_TRUNCATED"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("name", ["a text", "two objects", "nested a thousand deep", "bytes of no encoding"])
def test_a_last_line_that_is_whole_and_bad_costs_itself(name: str, end: bytes) -> None:
    bad, code = LINES.get(name, (b'{"a":' * 1100 + b"1" + b"}" * 1100, "E_JSON"))
    verdict = judge("canonical_json", json.dumps(ARREST).encode() + b"\n" + bad + end, secret="Marlow")
    assert (verdict.fault, verdict.accepted, verdict.codes) == (None, 1, [code])


def test_a_last_line_that_ends_is_whole_even_if_its_object_does_not() -> None:
    verdict = judge("canonical_json", json.dumps(ARREST).encode() + b'\n{"source_record_id": "8"\n')
    assert (verdict.fault, verdict.accepted, verdict.codes) == (None, 1, ["E_JSON"])


@pytest.mark.parametrize("cut", [b'{"offered": tru', b'{"place": {"zone": "2"}', b'{"a": "}', b'{"a": -', b"{"])
def test_a_file_that_ends_inside_a_record_is_refused(cut: bytes) -> None:
    assert judge("canonical_json", json.dumps(ARREST).encode() + b"\n" + cut).fault == "E_TRUNCATED"


def test_an_array_and_lines_are_the_same_records() -> None:
    two = [ARREST, {**ARREST, "source_record_id": "8"}]
    array, _ = read("canonical_json", json.dumps(two, indent=2).encode())
    lines, _ = read("canonical_json", "\n".join(map(json.dumps, two)).encode())
    assert [item.record for item in records(array)] == [item.record for item in records(lines)]
    assert len(records(lines)) == 2


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
                    max_leaves=12))  # fmt: skip
def test_any_value_comes_to_a_verdict(value: Any) -> None:
    text = json.dumps(value).encode()
    judge("canonical_json", b"[" + text + b"]")
    judge("canonical_json", b'{"person": ' + text + b"}\n")
    judge("mapped_json", b'{"features":[{"attributes":' + text + b"}]}", ESRI)
    judge("mapped_json", text, ESRI)


@given(st.binary(max_size=300), st.sampled_from(["mapped_json", "canonical_json"]))
def test_any_bytes_come_to_a_verdict(content: bytes, format: str) -> None:
    judge(format, content, ESRI if format == "mapped_json" else None)
    judge(format, b'{"features":[' + content, ESRI if format == "mapped_json" else None)
