"""Mappings: what makes one, and what each of its parts does to a row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import Record, Reject
from services.referral.feeds.mapping import BadMapping, Mapping, check_mapping, read_mapping
from services.referral.feeds.moments import read_moment
from tests.unit.referral.feeds.feed_files import MAPPING, fault_of, read, records

COLUMNS = MAPPING["columns"]


def changed(**given: Any) -> dict[str, Any]:
    return {**MAPPING, **given}


BAD: list[tuple[str, Any, str, str]] = [
    ("not an object", [], "mapping", ""),
    ("nothing", None, "mapping", "needs one"),
    ("no key", {k: v for k, v in MAPPING.items() if k != "key"}, "mapping.key", ""),
    ("an empty key", changed(key=[]), "mapping.key", "1 to 5 columns"),
    ("six columns of key", changed(key=list("abcdef")), "mapping.key", "1 to 5 columns"),
    ("a misspelt part", changed(colums={}), "mapping.colums", "unknown"),
    ("an unknown field", changed(columns={**COLUMNS, "X": "person.ssn"}), "mapping.columns.X", "expected one of"),
    ("no date", changed(columns={"Age": "person.age", "Charge": "charge.text"}), "mapping.columns", "arrested_at"),
    ("no charge", changed(columns={"Age": "person.age", "When": "arrested_at"}), "mapping.columns", "charge.text"),
    ("nobody", changed(columns={"When": "arrested_at", "Charge": "charge.text"}), "mapping.columns", "arrestee"),
    ("a field twice", changed(columns={**COLUMNS, "B": "person.age"}), "mapping.columns", "twice"),
    ("two dates", changed(columns={**COLUMNS, "B": "arrest_date"}), "mapping.columns", "give one"),
    ("a time alone", changed(columns={**COLUMNS, "B": "arrest_time"}), "mapping.columns", "needs arrest_date"),
    ("a date of no column", changed(dates={"X": ["%Y-%m-%d"]}), "mapping.dates.X", "mapped to a date"),
    ("a date of a text", changed(dates={"Charge": ["%Y-%m-%d"]}), "mapping.dates.Charge", "mapped to a date"),
    ("a year of two digits", changed(dates={"When": ["%d.%m.%y"]}), "mapping.dates.When", "four digits"),
    ("no day", changed(dates={"When": ["%m/%Y"]}), "mapping.dates.When", "day and month"),
    ("no pattern", changed(dates={"When": []}), "mapping.dates.When", ""),
    ("an unknown directive", changed(dates={"When": ["%Q %Y"]}), "mapping.dates.When", "pattern"),
    ("a half directive", changed(dates={"When": ["%Y-%m-%d%"]}), "mapping.dates.When", "pattern"),
    ("twelve hours without AM", changed(dates={"When": ["%Y-%m-%d %I:%M"]}), "mapping.dates.When", "AM or PM"),
    ("codes of no column", changed(codes={"X": {"a": "B"}}), "mapping.codes.X", "field of codes"),
    ("codes of a text", changed(codes={"Charge": {"a": "B"}}), "mapping.codes.Charge", "field of codes"),
    ("codes that are none", changed(codes={"Race": {"a": "Z"}}), "mapping.codes.Race", "expected values among"),
    ("a constant race", changed(constants={"person.race": "B"}), "mapping.constants.person.race", "record's own"),
    ("a constant day", changed(constants={"filed_at": "2024-01-01"}), "mapping.constants.filed_at", "record's own"),
    ("a bad constant", changed(constants={"disposition": "x"}), "mapping.constants.disposition", "expected one of"),
    ("a pointer that is none", changed(rows="features"), "mapping.rows", ""),
    ("a header line of nought", changed(header_line=0), "mapping.header_line", ""),
]


@pytest.mark.parametrize(("name", "given", "field", "word"), BAD, ids=[bad[0] for bad in BAD])
def test_a_bad_mapping_is_refused_by_the_place_of_its_fault(name: str, given: Any, field: str, word: str) -> None:
    faults = check_mapping(given)
    assert any(place.startswith(field) and word in reason for place, reason in faults), faults


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadMapping) as bad:
        read_mapping(changed(dates={"X": ["%y"]}, codes={"Y": {}}, constants={"disposition": "x"}))
    assert [field for field, _ in bad.value.faults] == [
        "mapping.dates.X", "mapping.dates.X", "mapping.codes.Y", "mapping.constants.disposition",
    ]  # fmt: skip


@given(st.recursive(st.none() | st.text(max_size=5) | st.integers(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["key", "columns", "codes", "dates", "constants", "x"]), inner, max_size=4),
                    max_leaves=10))  # fmt: skip
def test_whatever_is_sent_as_a_mapping_it_is_read_or_its_faults_are_told(given: Any) -> None:
    faults = check_mapping(given)
    assert faults or isinstance(read_mapping(given), Mapping)
    assert all(field.startswith("mapping") and reason for field, reason in faults)


def one(mapping: dict[str, Any], header: str, row: str) -> Record | Reject:
    (item,) = read("mapped_csv", f"{header}\n{row}\n".encode(), mapping)[0]
    assert isinstance(item, Record | Reject)
    return item


def test_codes_of_a_mapping_come_before_the_usual_words() -> None:
    mapping = changed(codes={"Race": {"W": "B", "2": "A"}}, constants={"disposition": "cited", "ori": "PA0020000"})
    for cell, code in (("W", "B"), ("2", "A"), ("Black", "B"), ("white", "W")):
        item = one(mapping, "Number,When,Age,Race,Charge", f"1,1/3/2024,30,{cell},5503")
        assert isinstance(item, Record)
        assert (item.record.person.race, item.record.disposition, item.record.ori) == (code, "cited", "PA0020000")


def test_a_key_of_several_columns_needs_all_of_them() -> None:
    mapping = changed(key=["Case", "Seq"])
    good = one(mapping, "Case,Seq,When,Age,Race,Charge", "C1,2,1/3/2024,30,B,5503")
    bad = one(mapping, "Case,Seq,When,Age,Race,Charge", "C1,,1/3/2024,30,B,5503")
    assert isinstance(good, Record)
    assert good.record.source_record_id == "C1/2"
    assert isinstance(bad, Reject)
    assert (bad.column, bad.code) == ("Seq", "E_KEY")


def test_phones_and_addresses_may_have_several_columns() -> None:
    mapping = changed(columns={**COLUMNS, "Home": "person.phone", "Cell": "person.phone", "Lives": "person.address"})
    item = one(mapping, "Number,When,Age,Race,Charge,Home,Cell,Lives", "1,1/3/2024,30,B,5503,555-0100,555-0101,X St")
    assert isinstance(item, Record)
    assert (item.record.person.phones, item.record.person.addresses) == (["555-0100", "555-0101"], ["X St"])


def test_a_void_needs_neither_charge_nor_person() -> None:
    mapping = changed(columns={**COLUMNS, "What": "action"}, codes={"What": {"DEL": "void", "NEW": "record"}})
    header = "Number,When,Age,Race,Charge,What"
    void = one(mapping, header, "1,1/3/2024,,,,DEL")
    bad = one(mapping, header, "1,1/3/2024,30,B,5503,PURGE")
    assert isinstance(void, Record)
    assert void.record.action == "void"
    assert isinstance(bad, Reject)
    assert (bad.column, bad.code) == ("What", "E_CODE")


@pytest.mark.parametrize(
    ("pattern", "text", "iso"),
    [
        ("%m/%d/%Y, %I:%M:%S %p", "03/03/2017, 9:13:00 am", "2017-03-03T09:13:00"),
        ("%d.%m.%Y %H:%M", "03.01.2024 14:30", "2024-01-03T14:30:00"),
        ("%Y%m%d", "20240103", "2024-01-03T00:00:00"),
        ("%b %d %Y", "Jan 3 2024", "2024-01-03T00:00:00"),
        ("epoch_ms", "1704305400000", "2024-01-03T18:10:00+00:00"),
        ("epoch_s", "1704305400", "2024-01-03T18:10:00+00:00"),
        ("epoch_s", "2024-01-03T14:30", "2024-01-03T14:30:00"),
        ("%Y-%j", "2024-003", "2024-01-03T00:00:00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-01-03T14:30:00Z", "2024-01-03T14:30:00+00:00"),
    ],
)
def test_dates_are_read_by_the_patterns_of_the_mapping(pattern: str, text: str, iso: str) -> None:
    found = read_moment(text, (pattern,))
    assert found is not None
    assert found[0].isoformat() == iso


@given(st.text(max_size=30), st.sampled_from(["epoch_ms", "epoch_s", "%m/%d/%Y", "%Y-%m-%d %H:%M"]))
def test_any_text_is_a_possible_moment_or_none(text: str, pattern: str) -> None:
    found = read_moment(text, (pattern,))
    assert found is None or 1900 <= found[0].year <= 2200


def test_a_report_with_lines_above_its_header() -> None:
    content = b"Report of the month\n\nNumber,When,Age,Race,Charge\n1,1/3/2024,30,B,5503\n"
    assert fault_of("mapped_csv", content, MAPPING) is not None
    items, _ = read("mapped_csv", content, changed(header_line=3))
    assert [item.line for item in records(items)] == [4]
