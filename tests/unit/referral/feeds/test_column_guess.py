"""A first proposal for a mapping, by the names of the columns alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.column_guess import guess_fields, guess_key
from services.referral.feeds.mapping import SEVERAL, TARGETS

EXPORT = ["Arrest Number", "Case No.", "Arrest Date", "Arrest Time", "LastName", "First Name", "DOB", "Sex", "Race",
          "Statute", "Charge Description", "Home Address", "Remarks"]  # fmt: skip


def test_an_export_with_plain_names_is_mapped_at_first_sight() -> None:
    assert guess_fields(EXPORT) == {
        "Case No.": "case_no", "Arrest Date": "arrest_date", "Arrest Time": "arrest_time", "LastName": "person.last",
        "First Name": "person.first", "DOB": "person.birth_date", "Sex": "person.sex", "Race": "person.race",
        "Statute": "charge.section", "Charge Description": "charge.description", "Home Address": "person.address",
    }  # fmt: skip
    assert guess_key(EXPORT) == ["Arrest Number"]
    assert guess_key(["CCR", "Age"]) == ["CCR"]
    assert guess_key(["Colour"]) == []


def test_one_column_with_day_and_time_stands_for_both() -> None:
    found = guess_fields(["arrest_datetime", "arrest_date", "arrest_time", "offense"])
    assert found == {"arrest_datetime": "arrested_at", "offense": "charge.text"}


@given(st.lists(st.one_of(st.sampled_from(EXPORT), st.text(max_size=20)), max_size=20))
def test_no_field_is_proposed_twice(columns: list[str]) -> None:
    found = guess_fields(columns)
    assert set(found) <= set(columns)
    assert set(found.values()) <= set(TARGETS)
    once = [target for target in found.values() if target not in SEVERAL]
    assert len(once) == len(set(once))
