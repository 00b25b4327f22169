"""What the mapping editor finds in a file before anything is registered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.feeds.adapter import StructuralFault, Terms
from services.referral.feeds.mapping import BadMapping
from services.referral.feeds.sampling import ROWS, Tried, columns_of, shape, try_out
from services.referral.store.crosswalk import seed_classifier
from tests.unit.referral.feeds.feed_files import NEW_YORK, sheet_xml, workbook

NOW = datetime(2026, 2, 1, tzinfo=UTC)
HEADER = "Number,When,Who,Born,Race,Charge"
MAPPING: dict[str, Any] = {
    "key": ["Number"],
    "columns": {
        "Number": "case_no", "When": "arrest_date", "Who": "person.last", "Born": "person.birth_date",
        "Race": "person.race", "Charge": "charge.text",
    },
}  # fmt: skip


def file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def tried(content: bytes, mapping: dict[str, Any] = MAPPING) -> Tried:
    return try_out(content, Terms("PAPPD0000", NEW_YORK, mapping), seed_classifier(), NOW)


def test_every_row_is_counted_and_every_fault_named_by_its_first_line() -> None:
    found = tried(file(
        "1,1/3/2026,Sampleton,5/17/1990,W,3929 Retail Theft",
        "2,31/1/2026,Fable,5/17/1990,W,3929 Retail Theft",
        "3,32/1/2026,Fable,5/17/1990,W,3929 Retail Theft",
        "4,1/9/2026,Fable,5/17/1990,Purple,4999 Something New",
        "5,1/9/2027,Fable,5/17/1990,W,3929 Retail Theft",
        "6,1/5/2026,Fable,5/17/1990,W,nothing of the kind",
        "",
    ))  # fmt: skip
    assert (found.rows, found.accepted, found.rejected, found.other) == (7, 3, 3, 1)
    assert {(code, column): (count, found.first_line[code, column, reason])
            for (code, column, reason), count in found.faults.items()} == {
        ("E_DATE", "When"): (2, 3), ("E_FUTURE", ""): (1, 6),
    }  # fmt: skip
    assert found.days == (date(2026, 1, 3), date(2026, 1, 9))
    assert dict(found.warnings) == {"W_CODE": 1}
    assert (dict(found.statutes), found.unread) == ({"18 § 4999": 1}, 1)
    assert [(line, record.person.last) for line, record in found.shown] == [
        (2, "Sampleton"),
        (5, "Fable"),
        (7, "Fable"),
    ]


def test_columns_are_shown_with_their_values_and_the_codes_that_nobody_knows() -> None:
    rows = [f"{n},1/3/2026,Sampleton,5/17/1990,{'Caucasian' if n % 3 else 'W'},x" for n in range(9)]
    number, *_, race, _ = columns_of(file(*rows, "99,1/3/2026,Else,,Unlisted,x"))
    assert (number.name, number.examples) == ("Number", ["0", "1", "2"])
    assert race.unknown("person.race") == ["Caucasian", "Unlisted"]
    assert race.unknown("person.last") == []


def test_a_workbook_is_read_as_well() -> None:
    book = workbook(
        sheet_xml([HEADER.split(","), ["1", "1/3/2026", "Sampleton", "5/17/1990", "W", "3929 Retail Theft"]])
    )
    assert [column.name for column in columns_of(book)] == HEADER.split(",")
    assert tried(book).accepted == 1


def test_of_a_large_file_only_the_first_rows_are_read() -> None:
    row = "{},1/3/2026,Sampleton,5/17/1990,W,3929 Retail Theft"
    found = tried(file(*(row.format(n) for n in range(ROWS + 5))))
    assert (found.rows, found.more) == (ROWS, True)
    assert not tried(file(row.format(1))).more


def test_what_is_no_table_and_no_mapping_says_so() -> None:
    with pytest.raises(StructuralFault, match="E_TYPE"):
        columns_of(b"%PDF-1.7 fable")
    with pytest.raises(BadMapping, match="arrested_at"):
        tried(file(), {"key": ["Number"], "columns": {"Number": "case_no"}})


@given(st.text())
def test_a_shape_says_no_letter_and_no_digit(text: str) -> None:
    hidden = shape(text)
    assert len(hidden) == len(text)
    assert not {c for c in hidden if c.isalpha()} - {"a"}
    assert not {c for c in hidden if c.isdecimal()} - {"9"}
