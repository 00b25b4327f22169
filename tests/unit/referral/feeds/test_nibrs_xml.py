"""NIBRS XML: one record per arrestee, deletes and zero reports, and XML that is not meant well."""

from __future__ import annotations

from datetime import date

import pytest

from services.referral.feeds.adapter import Delete, Heartbeat, Record, Reject, Restated
from tests.shared_data import shared_data
from tests.unit.referral.feeds.nibrs_files import ORI, arrested, flat, incident_number, level7, report, submission
from tests.unit.referral.feeds.reading import only, read, refused

A, B, ZERO = "GROUP A INCIDENT REPORT", "GROUP B ARREST REPORT", "ZERO REPORT"


def test_each_arrestee_of_a_report_is_a_record_of_its_own() -> None:
    items = read("nibrs_xml", submission(report(B, "A", arrested("007", ("1", "2"), kind="S"))))
    first, second = only(Record, items)
    assert (first.record.source_record_id, second.record.source_record_id) == ("7|007|1", "7|007|2")
    assert (first.record.ori, first.record.arrest_type, first.record.disposition) == (ORI, "summoned", "cited")
    assert (first.record.person.sex, first.record.person.race, first.record.person.age) == ("F", "B", 25)
    assert first.record.arrested_at.isoformat() == "2024-01-03T00:00:00-05:00"
    assert (first.line, first.part, first.group, first.linkable) == (3, True, "7|007", False)


def test_an_arrest_has_the_same_number_in_both_forms_of_nibrs() -> None:
    (xml,) = only(Record, read("nibrs_xml", submission(report(B, "A", arrested("A1", ("1",))))))
    (flat_one,) = only(Record, read("nibrs_flat", flat(level7("A1", "01"))))
    assert xml.record.source_record_id == flat_one.record.source_record_id


def test_an_incident_is_told_replaced_and_deleted_by_its_number() -> None:
    body = incident_number("0042") + arrested("A1")
    assert [
        item.record.source_record_id for item in only(Record, read("nibrs_xml", submission(report(A, "A", body))))
    ] == ["6|0042|1|A1"]
    replaced = read("nibrs_xml", submission(report(A, "R", body)))
    assert replaced[0] == Delete(3, ORI, group="6|0042", replaces=True)
    assert len(only(Record, replaced)) == 1
    assert read("nibrs_xml", submission(report(A, "D", incident_number("0042")))) == [Delete(3, ORI, group="6|0042")]
    assert read("nibrs_xml", submission(report(A, "I", incident_number("0042")))) == [Restated(3, ORI, "6|0042")]


def test_a_delete_without_the_arrestees_number_takes_all_of_the_arrest() -> None:
    body = arrested("A1")
    assert read("nibrs_xml", submission(report(B, "D", body))) == [Delete(3, ORI, key="7|A1|1")]
    whole = body.replace("<j:ArrestSequenceID>1</j:ArrestSequenceID>", "")
    assert read("nibrs_xml", submission(report(B, "D", whole))) == [Delete(3, ORI, group="7|A1")]


def test_a_zero_report_covers_its_month() -> None:
    assert read("nibrs_xml", submission(report(ZERO, "A"))) == [Heartbeat(3, ORI, date(2024, 2, 1), date(2024, 2, 29))]


@pytest.mark.parametrize(
    ("age", "years"),
    [
        ("<nc:MeasureIntegerValue>9</nc:MeasureIntegerValue>", 9),
        (
            "<nc:MeasureIntegerRange><nc:RangeMaximumIntegerValue>30</nc:RangeMaximumIntegerValue>"
            "<nc:RangeMinimumIntegerValue>25</nc:RangeMinimumIntegerValue></nc:MeasureIntegerRange>",
            25,
        ),
        ("<nc:MeasureValueText>BABY</nc:MeasureValueText>", 0),
        ("<nc:MeasureValueText>UNKNOWN</nc:MeasureValueText>", None),
        ("", None),
    ],
)
def test_ages_are_years_ranges_or_words(age: str, years: int | None) -> None:
    (item,) = only(Record, read("nibrs_xml", submission(report(B, "A", arrested(age=age)))))
    assert (item.record.person.age, item.warnings) == (years, ())


def test_a_race_that_nibrs_does_not_publish_is_read_as_unknown_with_a_warning() -> None:
    (item,) = only(Record, read("nibrs_xml", submission(report(B, "A", arrested(race="C")))))
    assert (item.record.person.race, item.warnings) == ("U", ("W_CODE",))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (report(B, "A", arrested(), ori="PA-1"), "E_ORI"),
        (report(B, "X", arrested()), "E_CODE"),
        (report("GROUP C", "A", arrested()), "E_CODE"),
        (report(B, "A"), "E_NO_ARREST"),
        (report(A, "A", arrested()), "E_KEY"),
        (report(A, "D"), "E_KEY"),
        (report(B, "D"), "E_KEY"),
        (report(B, "A", arrested(seqs=())), "E_NO_SUBJECT"),
        (report(B, "A", arrested().replace('s:ref="X"', 's:ref="Y"')), "E_REF"),
        (report(B, "A", arrested().replace('s:ref="P1"', 's:ref="P9"')), "E_REF"),
        (report(B, "A", arrested(code="")), "E_NO_CHARGE"),
        (report(B, "A", arrested(day="2024-02-30")), "E_DATE"),
        (report(B, "A", arrested(kind="Q")), "E_CODE"),
    ],
)
def test_a_report_that_cannot_be_used_rejects_itself_alone(body: str, code: str) -> None:
    items = read("nibrs_xml", submission(report(B, "A", arrested("OK1")), body, report(B, "A", arrested("OK2"))))
    found = only(Reject, items)
    assert found[0].code == code
    assert {reject.line for reject in found} == {4}
    assert all(reject.raw and len(reject.raw) <= 2048 for reject in found)
    assert [item.record.source_record_id for item in only(Record, items)] == ["7|OK1|1", "7|OK2|1"]


BOMB = b'<!DOCTYPE a [<!ENTITY a "Marlow"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
REMOTE = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">'
GOOD = submission(report(B, "A", arrested("A1")))
HEAD, BODY = GOOD.split(b"\n", 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (HEAD + b"\n" + BOMB + BODY, "E_XML_DTD"),
        (HEAD + b"\n" + OUTSIDE + BODY, "E_XML_DTD"),
        (HEAD + b"\n" + REMOTE + BODY, "E_XML_DTD"),
        ((BOMB + BODY).decode().encode("utf-16"), "E_XML_DTD"),
        (GOOD.replace(b"A1", b"&marlow;"), "E_XML"),
        (GOOD.replace(b"A1", b"\0"), "E_XML"),
        (GOOD.replace(b"A1", b"\xff\xfe"), "E_ENCODING"),
        (GOOD.replace(b"UTF-8", b"UTF-7"), "E_ENCODING"),
        (GOOD.replace(b"UTF-8", b"Marlow"), "E_ENCODING"),
        (GOOD.decode().encode("utf-32"), "E_ENCODING"),
        (GOOD.replace(b"</n:Report>", b"</n:Marlow>"), "E_XML"),
        (GOOD.replace(b"<n:ReportHeader>", b"<Marlow:ReportHeader>"), "E_XML"),
        (GOOD[:-40], "E_TRUNCATED"),
        (GOOD[: GOOD.index(b"ReportDate")], "E_TRUNCATED"),
        (GOOD + b"<more/>", "E_XML"),
        (GOOD.replace(b"<n:Report>", b"<n:Report>" + b"<deep>" * 64), "E_XML"),
        (GOOD.replace(b"<n:Report>", b'<n:Report a="' + b"x" * 200_000 + b'">'), "E_LENGTH"),
        (GOOD.replace(b"<n:Report>", b"<n:Report>" + b"<a/>" * 20_001), "E_LENGTH"),
        pytest.param(
            GOOD.replace(b"<n:Report>", b"<n:Report>" + b"x\n" * 5_000_000), "E_LENGTH", marks=pytest.mark.slow
        ),
        (b"<html><body>Marlow</body></html>", "E_TYPE"),
        (b"PK,CCR\r\n1,2\r\n", "E_TYPE"),
        (b"", "E_TYPE"),
        (b"\n\n", "E_TYPE"),
        (b"\xff\xd8\xff\xe0 a picture", "E_TYPE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "xml",
)
def test_hostile_or_damaged_xml_is_refused_whole_in_words_of_ours(content: bytes, code: str) -> None:
    assert refused("nibrs_xml", content)[0] == code


def test_what_is_allowed_in_xml_changes_nothing() -> None:
    plain = read("nibrs_xml", GOOD)
    assert read("nibrs_xml", b"\xef\xbb\xbf" + GOOD) == plain
    assert read("nibrs_xml", GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16")) == plain
    noted = GOOD.replace(b"<n:Report>", b"<!-- &lol; --><?php echo 1 ?><n:Report>").replace(b"A1", b"<![CDATA[A1]]>")
    assert read("nibrs_xml", noted) == plain


def test_the_line_of_a_report_is_exact_far_into_a_file() -> None:
    many = submission(*[report(B, "A", arrested(f"A{n}")) for n in range(1, 2001)]).replace(
        b"<n:Report>", b"\n\n<n:Report>"
    )
    items = read("nibrs_xml", many)
    assert [item.line for item in items] == [5 + 3 * n for n in range(2000)]


@pytest.mark.parametrize(
    ("name", "arrests"),
    [
        ("AllFields_Sample", 1),
        ("GroupBArrest_Sample", 1),
        ("GroupBArrest_Sample-HI", 1),
        ("GroupBArrest_Sample_multipleArrestees", 2),
        ("GroupAIncident_Sample", 0),
        ("GroupAIncident_Sample-HI", 0),
        ("GroupAReplace_Sample", 0),
        ("ZeroReport_Sample", 0),
        ("GroupBArrestDelete_Sample", 0),
        ("IncidentDelete_Sample", 0),
    ],
)
def test_the_official_samples_have_the_designs_counts(name: str, arrests: int) -> None:
    items = read("nibrs_xml", shared_data(f"nibrs/xml/2019_1__nibrs_{name}.xml").read_bytes())
    found = [item.record for item in only(Record, items)]
    assert (len(found), only(Reject, items)) == (arrests, [])
    for record in found:
        assert (record.ori, record.arrested_at.date(), record.arrest_type) == (
            "WVNDX0100",
            date(2016, 2, 28),
            "on_view",
        )
        assert [charge.nibrs for charge in record.charges] == ["64A"]
    if name == "AllFields_Sample":
        assert (found[0].person.sex, found[0].person.age) == ("F", 25)
    if name == "GroupBArrest_Sample-HI":
        assert found[0].person.race == "U"
    assert [item.replaces for item in only(Delete, items)] == (
        [True] if "Replace" in name else [False] if "Delete" in name else []
    )
