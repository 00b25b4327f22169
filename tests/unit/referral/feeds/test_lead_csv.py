"""Our template: what a row becomes, which rows are one arrest, and when none of them is."""

from __future__ import annotations

from typing import Any

import pytest

from services.referral.domain.arrest import classify_charges
from services.referral.feeds.adapter import Item, Other, Record, Reject, Spoils
from services.referral.store.crosswalk import seed_classifier
from tests.unit.referral.feeds.feed_files import ORI, TEMPLATE, fault_of, read, records, rejects, row, template


def kinds(items: list[Item]) -> list[tuple[int, str]]:
    return [(item.line, item.code if isinstance(item, Reject) else type(item).__name__) for item in items]


def only(**cells: str) -> Record:
    (item,) = read("lead_csv", template(row(**cells)))[0]
    assert isinstance(item, Record), item
    return item


def test_a_row_becomes_an_arrest_with_a_name() -> None:
    arrest = only().record
    assert (arrest.ori, arrest.source_record_id, arrest.case_no) == (ORI, "C-1/1", "C-1")
    assert arrest.arrested_at.isoformat() == "2024-01-03T14:30:00-05:00"
    assert (arrest.time_precision, arrest.disposition, arrest.offered) == ("minute", "arrested", False)
    person = arrest.person
    assert (person.last, person.first, str(person.birth_date)) == ("Sampleton", "Marlow", "1990-05-17")
    assert (person.sex, person.race, person.ethnicity) == ("M", "W", "N")
    assert (arrest.place.text, arrest.place.municipality, arrest.place.zone) == ("1 Example Street", "Pittsburgh", "2")


def test_rows_of_one_arrest_are_one_record_with_all_their_charges() -> None:
    items, _ = read(
        "lead_csv",
        template(row(), row(statute="5503", description="Disorderly Conduct"), row(arrest_no="2"), row(case_no="C-2")),
    )
    assert kinds(items) == [(2, "Record"), (3, "Other"), (4, "Record"), (5, "Record")]
    assert [[charge.section for charge in item.record.charges] for item in records(items)] == [
        ["3929(a)(1)", "5503"], ["3929(a)(1)"], ["3929(a)(1)"],
    ]  # fmt: skip
    assert all(item.part for item in records(items))


def test_two_keys_are_equal_only_if_both_their_parts_are() -> None:
    pairs = [("a/b", ""), ("a", "b"), ("a/b/", ""), ("", "a"), ("a%2Fb", ""), ("a", "/b")]
    keys = [only(case_no=case, arrest_no=number).record.source_record_id for case, number in pairs]
    assert len(set(keys)) == len(keys)


def test_if_one_line_of_an_arrest_is_bad_none_is_taken() -> None:
    items, _ = read("lead_csv", template(row(), row(arrest_date="soon"), row(), row(case_no="C-2")))
    assert kinds(items) == [(2, "E_REF"), (3, "E_DATE"), (4, "E_REF"), (5, "Record")]


# What damages a row on its way, and the code that it is told by.
DAMAGE = {
    "a comma without quotes": (row(description="Disorderly, Conduct"), "E_COLUMNS"),
    "a cell too few": (row().rpartition(",")[0], "E_COLUMNS"),
    "quotes that do not pair up": (row(description='"Disorderly" Conduct'), "E_COLUMNS"),
    "a quote that is not closed": (row(description='"Disorderly Conduct'), "E_COLUMNS"),
    "a NUL": (row(description="a\0b"), "E_ENCODING"),
    "a field too long": (row(description="x" * 70_000), "E_LENGTH"),
}


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("name", DAMAGE)
def test_if_one_line_of_an_arrest_cannot_even_be_read_none_is_taken(name: str, place: int) -> None:
    bad, code = DAMAGE[name]
    lines = [row(statute="5503"), row(statute="2701")]
    items, _ = read("lead_csv", template(row(case_no="C-0"), *lines[:place], bad, *lines[place:], row(case_no="C-2")))
    expected = [(2, "Record"), *((line, "E_REF") for line in (3, 4, 5)), (6, "Record")]
    expected[place + 1] = (place + 3, code)
    assert sorted(kinds(items)) == expected
    assert {item.spoils for item in rejects(items)} == {Spoils(ORI, "C-1/1")}


def test_a_line_of_nobody_knows_which_arrest_spoils_the_one_that_it_stands_in() -> None:
    unknown = '"x' + row(statute="5503")
    items, _ = read("lead_csv", template(row(), unknown, row(statute="2701"), row(case_no="C-2")))
    assert sorted(kinds(items)) == [(2, "E_REF"), (3, "E_COLUMNS"), (4, "E_REF"), (5, "Record")]
    items, _ = read("lead_csv", template(row(), unknown, row(case_no="C-2")))
    assert sorted(kinds(items)) == [(2, "Record"), (3, "E_COLUMNS"), (4, "Record")]


def test_a_line_that_says_the_same_again_is_no_second_charge() -> None:
    items, _ = read("lead_csv", template(row(), row(), row(statute="5503"), row()))
    assert kinds(items) == [(2, "Record"), (3, "Other"), (4, "Other"), (5, "Other")]
    (found,) = records(items)
    assert [charge.section for charge in found.record.charges] == ["3929(a)(1)", "5503"]
    assert (found.repeats, found.warnings) == (2, ())


def test_of_what_lines_say_differently_the_last_counts_and_a_blank_says_nothing() -> None:
    lines = [row(zone="2"), row(zone="3", statute="5503"), row(zone="", location="", sex="", statute="2701")]
    (found,) = records(read("lead_csv", template(*lines))[0])
    assert (found.record.place.zone, found.record.place.text) == ("3", "1 Example Street")
    assert (found.record.person.sex, len(found.record.charges)) == ("M", 3)
    assert found.warnings == ("W_KEY_TWICE",)


@pytest.mark.parametrize("other", [{"last": "Else"}, {"dob": "5/18/1990"}, {"arrest_time": "15:00"}])
def test_lines_that_differ_in_person_or_time_are_not_one_arrest(other: dict[str, str]) -> None:
    items, _ = read("lead_csv", template(row(), row(**other), row(case_no="C-2")))
    assert kinds(items) == [(2, "E_KEY"), (3, "E_KEY"), (4, "Record")]


def test_more_lines_than_an_arrest_can_have_charges_are_refused_together() -> None:
    many = [row(statute=str(2700 + number)) for number in range(150)]
    items, _ = read("lead_csv", template(*many, row(case_no="C-2")))
    assert sorted(kinds(items)) == [*((line, "E_LENGTH") for line in range(2, 152)), (152, "Record")]


def test_a_day_without_a_time_is_a_day() -> None:
    arrest = only(arrest_time="").record
    assert (arrest.arrested_at.isoformat(), arrest.time_precision) == ("2024-01-03T00:00:00-05:00", "day")


@pytest.mark.parametrize("time", ["14:30", "14:30:00", "1430", "2:30 PM", "02:30:00 pm"])
def test_times_as_people_write_them(time: str) -> None:
    assert only(arrest_time=time).record.arrested_at.isoformat() == "2024-01-03T14:30:00-05:00"


@pytest.mark.parametrize(
    ("column", "word", "code"),
    [
        ("sex", "female", "F"), ("sex", "X", "X"), ("race", "Black or African American", "B"), ("race", "o", "U"),
        ("ethnicity", "Not Hispanic", "N"), ("disposition", "CITED", "cited"), ("disposition", "citation", "cited"),
        ("offered", "Y", True), ("offered", "0", False), ("offered", "", None), ("disposition", "", "arrested"),
    ],
)  # fmt: skip
def test_codes_as_people_write_them(column: str, word: str, code: Any) -> None:
    item = only(**{column: word})
    said = item.record.person if column in ("sex", "race", "ethnicity") else item.record
    assert (getattr(said, column), item.warnings) == (code, ())


@pytest.mark.parametrize(
    ("statute", "title", "section"),
    [
        ("3929(a)(1)", "18", "3929"), ("18 § 3929 §§ A1", "18", "3929"), ("35 § 780-113 §§ A16", "35", "780-113"),
        ("780-113(a)(16)", "35", "780-113"), ("35 ยง 780-113 ยงยง A16", "35", "780-113"),
    ],
)  # fmt: skip
def test_statutes_as_officers_and_as_courts_write_them(statute: str, title: str, section: str) -> None:
    (charge,) = classify_charges(only(statute=statute, description="").record.charges, seed_classifier())
    assert (charge.title, charge.section) == (title, section)


def test_a_long_statute_is_kept_as_text() -> None:
    long = "3929(a)(1) Retail Theft of a thing with a long name / 5503 Disorderly Conduct"
    item = only(statute=long, description="", grade="")
    assert len(classify_charges(item.record.charges, seed_classifier())) == 2


def test_the_agency_is_the_registered_one_unless_a_row_says_another() -> None:
    assert only(ori="").record.ori == ORI
    assert only(ori="PA0020000").record.ori == "PA0020000"
    (item,) = read("lead_csv", template(row(ori="")), ori=None)[0]
    assert isinstance(item, Record)
    assert item.record.ori is None


def test_names_of_columns_in_any_case_and_with_blanks_for_underscores() -> None:
    header = TEMPLATE.replace("_", " ").title()
    items, _ = read("lead_csv", template(row()).replace(TEMPLATE.encode(), header.encode()))
    assert len(records(items)) == 1


def test_blank_lines_and_short_headers() -> None:
    short = "case_no,arrest_no,arrest_date,last,first,dob,statute"
    content = f"{short}\nC-1,1,1/3/2024,Sampleton,Marlow,5/17/1990,5503\n,,,,,,\n".encode()
    items, reading = read("lead_csv", content)
    assert {item.line: type(item) for item in items} == {2: Record, 3: Other}
    assert reading.columns == tuple(short.split(","))
    fault = fault_of("lead_csv", content.replace(b"dob,", b"birth,"))
    assert fault is not None
    assert (fault.code, fault.reason) == ("E_HEADER", "the columns dob are missing")
