"""NIBRS flat files: what each segment says, and what a clerk is told of those that say nothing usable."""

from __future__ import annotations

import io
from collections import Counter
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.arrest import classify_charges
from services.referral.feeds.adapter import (
    Delete,
    Heartbeat,
    Item,
    Other,
    Reading,
    Record,
    Reject,
    Restated,
    StructuralFault,
    Terms,
)
from services.referral.feeds.formats import FORMATS
from services.referral.store.crosswalk import seed_classifier
from tests.shared_data import shared_data
from tests.unit.referral.feeds.nibrs_files import ORI, flat, incident, level6, level7, property_of, zero_report
from tests.unit.referral.feeds.reading import ZONE, only, read, refused


def flat_items(*lines: str) -> list[object]:
    return list(read("nibrs_flat", flat(*lines)))


def test_an_arrest_of_an_incident_is_read_column_by_column() -> None:
    (item,) = only(Record, read("nibrs_flat", flat(level6("INC-1", "ARR-1", "02", kind="T", age="2560"))))
    record = item.record
    assert (record.ori, record.source_record_id, record.case_no) == (ORI, "6|INC-1|2|ARR-1", "INC-1")
    assert record.arrested_at.isoformat() == "2024-01-03T00:00:00-05:00"
    assert (record.time_precision, record.arrest_type, record.disposition) == ("day", "taken", "arrested")
    assert (record.person.sex, record.person.race, record.person.ethnicity, record.person.age) == ("F", "B", "N", 25)
    assert [charge.nibrs for charge in record.charges] == ["35A"]
    assert (item.part, item.group, item.linkable) == (False, "6|INC-1", False)


def test_an_arrest_of_group_b_is_read_column_by_column() -> None:
    (item,) = only(Record, read("nibrs_flat", flat(level7("007", kind="S", age="NB", person="M  R "))))
    record = item.record
    assert (record.source_record_id, record.case_no, record.arrest_type, record.disposition) == (
        "7|007|1",
        "007",
        "summoned",
        "cited",
    )
    assert (record.person.race, record.person.ethnicity, record.person.age) == ("U", None, 0)
    assert (item.part, item.group) == (True, "7|007")


@pytest.mark.parametrize(("typed", "years"), [("25", 25), ("2560", 25), ("NN", 0), ("BB", 0), ("00", None), ("99", 99)])
def test_ages_are_years_ranges_or_codes(typed: str, years: int | None) -> None:
    (item,) = only(Record, read("nibrs_flat", flat(level7("A1", age=typed))))
    assert (item.record.person.age, item.warnings) == (years, ())


def test_an_age_that_is_none_is_left_out_with_a_warning() -> None:
    (item,) = only(Record, read("nibrs_flat", flat(level7("A1", age="X1"))))
    assert (item.record.person.age, item.warnings) == (None, ("W_AGE",))


def test_an_offense_code_is_published_with_its_label_and_left_to_a_person() -> None:
    (item,) = only(Record, read("nibrs_flat", flat(level7("A1", code="90C"))))
    (charge,) = classify_charges(item.record.charges, seed_classifier())
    assert (charge.label, charge.nibrs, charge.category, charge.eligibility) == (
        "Disorderly conduct",
        "90C",
        "public_order",
        "REVIEW",
    )


def test_deletes_zero_reports_and_other_segments_are_told_apart() -> None:
    items = flat_items(
        zero_report("022024"),
        incident("I1", "D"),
        incident("I1"),
        property_of("I1"),
        level7("A1", "02", action="D"),
        "  ",
    )
    assert items == [
        Heartbeat(1, ORI, date(2024, 2, 1), date(2024, 2, 29)),
        Delete(2, ORI, group="6|I1"),
        Restated(3, ORI, "6|I1"),
        Other(4),
        Delete(5, ORI, key="7|A1|2"),
        Other(6),
    ]


@pytest.mark.parametrize(
    ("line", "code", "column"),
    [
        (level7("A1", day="20241340"), "E_DATE", "date"),
        (level7("A1", day="2024 1 3"), "E_DATE", "date"),
        (level7("A1", kind="X"), "E_CODE", "type"),
        (level7("A1", code="   "), "E_NO_CHARGE", "offense"),
        (level7("A1", code="9-C"), "E_CODE", "offense"),
        (level7("", "01"), "E_KEY", "key"),
        (level7("A1", "  "), "E_KEY", "key"),
        (level7("A|1"), "E_KEY", "key"),
        (level6("", "A1"), "E_KEY", "key"),
        (level7("", action="D"), "E_KEY", "key"),
        (incident("", "D"), "E_KEY", "incident"),
        (level7("A1", action="I"), "E_CODE", "action"),
        (level7("A1", ori="123456789"), "E_ORI", "ori"),
        (zero_report("132024"), "E_DATE", "month"),
        (level7("A1") + " ", "E_LENGTH", "length"),
        (level7("A1")[:-9], "E_LENGTH", "length"),
        ("0020" + level7("A1")[4:20], "E_LENGTH", "length"),
        (level7("A\0"), "E_ENCODING", None),
        (level7("A\u00e9"), "E_ENCODING", None),
        ("Marlow Sampleton was here", "E_CODE", None),
    ],
)
def test_a_segment_that_cannot_be_used_rejects_itself_alone_and_its_reason_quotes_nothing(
    line: str, code: str, column: str | None
) -> None:
    items = read("nibrs_flat", flat(level7("OK1"), line, level7("OK2")))
    (reject,) = only(Reject, items)
    assert (reject.line, reject.code, reject.column) == (2, code, column)
    assert line.encode("latin-1")[:2048] == reject.raw
    assert reject.reason.startswith(("expected", "a segment", "the segment"))
    assert "Marlow" not in reject.reason
    assert [item.record.source_record_id for item in only(Record, items)] == ["7|OK1|1", "7|OK2|1"]


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"", "E_TYPE", 1),
        (b"\r\n\r\n", "E_TYPE", 1),
        (b"PK,CCR,AGE\r\n1,2,3\r\n", "E_TYPE", 1),
        (b"2016010000015IPASAMPLE1REJECTED\r\n", "E_TYPE", 1),
        (flat(level7("A1"), level7("A2")[:40]), "E_TRUNCATED", 2),
        (flat(level7("A1"), level7("A2")[:40], end="\n"), "E_TRUNCATED", 2),
        (flat(level7("A1")) + b"00", "E_TRUNCATED", 2),
        (flat(level7("A1")).decode().encode("utf-16"), "E_ENCODING", 1),
        (flat(level7("A1")) + b"x" * 2_000_000, "E_LENGTH", 2),
    ],
)
def test_a_file_that_is_no_submission_or_was_cut_is_refused_whole(content: bytes, code: str, line: int) -> None:
    assert refused("nibrs_flat", content) == (code, line)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_a_mark_in_front_and_a_dos_end_of_file_change_nothing(end: str) -> None:
    plain = read("nibrs_flat", flat(level7("A1"), level7("A2")))
    marked = read("nibrs_flat", b"\xef\xbb\xbf" + flat(level7("A1"), level7("A2"), end=end) + b"\x1a")
    assert marked == [*plain, Other(3)]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    items: list[Item] = []
    with suppress(StructuralFault):
        items += FORMATS["nibrs_flat"].parse(io.BytesIO(flat(level7("A1")) + content), Terms(None, ZONE), Reading())
    assert [item.line for item in items] == list(range(1, len(items) + 1))
    assert items[0].line == 1


@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), min_size=62, max_size=62))
def test_any_columns_make_a_record_or_a_reject(columns: str) -> None:
    items = read("nibrs_flat", flat(level7("A1"), "00667A" + columns[2:], level7("A2")))
    assert len(items) == 3
    assert isinstance(items[1], Record | Reject)


def real(name: str) -> bytes:
    return shared_data(f"nibrs/flatfile/{name}").read_bytes()


def test_a_real_states_month_has_the_designs_counts() -> None:
    items = read("nibrs_flat", real("VTUCR0001_20200420_NIBRS_010.txt"))
    assert len(items) == 6518
    records = [item.record for item in only(Record, items)]
    assert Counter(record.source_record_id[0] for record in records) == {"6": 437, "7": 324}
    assert Counter(record.arrest_type for record in records) == {"on_view": 232, "summoned": 382, "taken": 147}
    assert sum(record.person.age is not None and record.person.age < 18 for record in records) == 44
    assert len({record.ori for record in records}) == 64
    named = [item for item in items if isinstance(item, Delete | Restated | Heartbeat)]
    assert len({item.ori for item in named} | {record.ori for record in records}) == 83
    deletes = only(Delete, items)
    assert (sum(d.key is not None for d in deletes), sum(d.group is not None for d in deletes)) == (104, 304)
    assert only(Reject, items) == []


def test_a_certification_file_has_the_designs_counts_and_its_answer_is_no_submission() -> None:
    content = real("Test-Submission-1.txt")
    items = read("nibrs_flat", content)
    records = [item.record for item in only(Record, items)]
    assert (len(items), len(records), len(only(Reject, items))) == (1400, 206, 0)
    assert Counter(record.source_record_id[0] for record in records) == {"6": 194, "7": 12}
    assert Counter(record.arrest_type for record in records) == {"on_view": 25, "summoned": 62, "taken": 119}
    assert len({record.ori for record in records}) == 2
    blank = [number for number, line in enumerate(content.splitlines(), start=1) if not line.strip()]
    assert blank == [12, 20, 363, 377, 378, 1120, 1133]
    assert {item.line for item in only(Other, items)} >= set(blank)
    assert refused("nibrs_flat", real("Test-EDS-1.txt")) == ("E_TYPE", 1)
