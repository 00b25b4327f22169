"""NIEM documents of every version: who was arrested, when, for what, and whom nobody can be sure of."""

from __future__ import annotations

import cProfile
from collections.abc import Callable
from datetime import date

import pytest

from services.referral.feeds.adapter import Delete, Item, Record, Reject
from tests.shared_data import shared_data
from tests.unit.referral.feeds.niem_files import (
    ORI,
    PERSON,
    arrest,
    associated,
    booking,
    charge,
    document,
    lexs,
    package,
    person,
)
from tests.unit.referral.feeds.reading import only, read, refused

ROLE = '<j:ArrestSubject><nc:RoleOfPerson s:ref="P1"/></j:ArrestSubject>'


def one(content: bytes, ori: str | None = None) -> Record:
    items = read("niem_xml", content, ori)
    (record,) = only(Record, items)
    assert len(items) == 1
    return record


def code(content: bytes, ori: str | None = None) -> str:
    items = read("niem_xml", content, ori)
    (reject,) = only(Reject, items)
    assert len(items) == 1
    assert b"Marlow" not in reject.raw
    assert "Marlow" not in reject.reason
    return reject.code


@pytest.mark.parametrize("version", [3, 4, 5, 6])
def test_an_arrest_reads_alike_in_every_version(version: int) -> None:
    item = one(document(arrest(), person(), charge(), associated(), version=version))
    record = item.record
    assert (record.ori, record.source_record_id) == (ORI, "AR-1")
    assert (record.arrested_at.isoformat(), record.time_precision) == ("2024-01-03T00:00:00-05:00", "day")
    about = record.person
    assert (about.last, about.first, about.birth_date) == ("Sampleton", "Marlow", date(1990, 5, 14))
    assert (about.race, about.sex) == ("W", "F")
    assert [(one.section, one.description, one.counts) for one in record.charges] == [("3929", "Retail theft", 1)]
    assert (item.linkable, item.warnings) == (True, ())


def test_from_version_4_a_uri_names_and_refers() -> None:
    content = booking().replace(b's:id="', b's:uri="#').replace(b's:ref="', b's:uri="#')
    assert one(content).record == one(booking()).record


def test_a_digest_and_its_payloads_describe_one_arrest() -> None:
    first, second = only(Record, read("niem_xml", lexs(package("I-1"), package("I-2"))))
    assert (first.line, second.line) == (2, 3)
    assert (first.record.source_record_id, first.record.case_no, first.group) == ("I-1-X", "I-1", "I-1")
    assert first.record.arrested_at.isoformat() == "2024-01-03T22:15:00-05:00"
    assert first.record.time_precision == "minute"
    assert [one.description for one in first.record.charges] == ["Public drunkenness"]


def test_a_warrant_for_an_arrest_is_no_arrest() -> None:
    (reject,) = only(
        Reject, read("niem_xml", lexs(package("I-1", category="Arrest Warrant").replace("j:Arrest>", "j:W>")))
    )
    assert reject.code == "E_NO_ARREST"


def test_a_package_that_is_taken_back_deletes_its_arrests() -> None:
    assert read("niem_xml", lexs(package("I-1", instruction="Delete"))) == [Delete(2, ORI, group="I-1")]


def test_documents_in_a_wrapper_are_read_one_by_one() -> None:
    inside = [booking(number=f"AR-{n}").decode() for n in (1, 2)]
    head = document(root="Batch").decode().removesuffix("</x:Batch>")
    items = read("niem_xml", f"{head}{''.join(inside)}</x:Batch>".encode())
    assert [item.record.source_record_id for item in only(Record, items)] == ["AR-1", "AR-2"]


def test_two_people_of_one_arrest_are_two_records_and_the_first_keeps_its_number() -> None:
    both = document(arrest(), person(), person("P2"), charge(), associated(), associated(person_id="P2"))
    found = [item.record.source_record_id for item in only(Record, read("niem_xml", both))]
    assert found == ["AR-1", "AR-1/2"]


def test_the_subject_comes_from_association_role_booking_or_a_lone_incident_in_this_order() -> None:
    booked = '<j:Booking><j:BookingSubject><nc:RoleOfPerson s:ref="P1"/></j:BookingSubject></j:Booking>'
    link = "j:IncidentSubjectPersonAssociation"
    lone = f'<{link}><nc:Activity s:ref="I"/><nc:Person s:ref="P1"/></{link}>'
    officer = person("P9", "<nc:PersonName><nc:PersonFullName>Officer Example</nc:PersonFullName></nc:PersonName>")
    for said in (associated(), booked, lone):
        assert one(document(arrest(), officer, person(), charge(), said)).record.person.last == "Sampleton"
    assert one(document(arrest(more=ROLE), officer, person(), charge())).record.person.last == "Sampleton"
    assert code(document(arrest(), officer, person(), charge())) == "E_NO_SUBJECT"
    assert code(document(arrest(), officer, person(), charge(), lone, lone.replace("P1", "P9"))) == "E_NO_SUBJECT"


def test_an_association_against_the_role_is_taken_but_never_linked() -> None:
    other = person("P2", PERSON.replace("Sampleton", "Otherton"))
    item = one(lexs(package("I-1", subject="P1", role="P2", people=person() + other)))
    assert (item.record.person.last, item.warnings, item.linkable) == ("Sampleton", ("W_SUBJECT_CONFLICT",), False)


def test_one_source_record_under_two_names_is_taken_as_said_last_but_never_linked() -> None:
    def known(local: str, inside: str, source: str) -> str:
        metadata = f'<d:Metadata s:id="M{local}"><nc:SourceIDText>{source}</nc:SourceIDText></d:Metadata>'
        return metadata + person(local, inside).replace("<nc:Person ", f'<nc:Person s:metadata="M{local}" ')

    renamed = PERSON.replace("Sampleton", "Otherton")
    item = one(lexs(package("I-1", people=known("P1", PERSON, "77") + known("P2", renamed, "77"))))
    assert (item.record.person.last, item.warnings, item.linkable) == ("Otherton", ("W_SUBJECT_CONFLICT",), False)
    # A source that gives everybody one id says nothing of who is who.
    stranger = renamed.replace("1990-05-14", "1955-01-01")
    item = one(lexs(package("I-1", people=known("P1", PERSON, "77") + known("P2", stranger, "77"))))
    assert (item.record.person.last, item.warnings, item.linkable) == ("Sampleton", (), True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (document(person(), charge()), "E_NO_ARREST"),
        (booking(agency="Arresting Agency ORI"), "E_ORI"),
        (booking(day="<nc:Date>soon</nc:Date>"), "E_DATE"),
        (booking(day=""), "E_DATE"),
        (document(arrest(charge=""), person(), associated()), "E_NO_CHARGE"),
        (document(arrest(), person(), charge(inside=""), associated()), "E_NO_CHARGE"),
        (document(arrest(), person(), charge(), associated(person_id="P7")), "E_REF"),
        (booking(number="9" * 81), "E_KEY"),
        (document(arrest(number="", local="", more=ROLE), person(), charge()), "E_KEY"),
        (document(arrest(), person("P1", PERSON.replace("1990", "2030")), charge(), associated()), "E_DATE"),
        (document(arrest(), person("P1", PERSON.replace("1990", "never")), charge(), associated()), "E_DATE"),
    ],
)
def test_an_arrest_that_cannot_be_used_rejects_itself(content: bytes, reason: str) -> None:
    assert code(content) == reason


def test_the_only_charge_of_a_document_belongs_to_its_only_arrest() -> None:
    assert [found.section for found in one(booking(charge="")).record.charges] == ["3929"]
    two = document(
        arrest(charge=""), arrest("AR-2", charge="", local="A2"), person(), charge(), associated(), associated("A2")
    )
    assert [reject.code for reject in only(Reject, read("niem_xml", two))] == ["E_NO_CHARGE"] * 2


def test_the_feeds_agency_stands_in_where_the_document_names_none() -> None:
    assert one(booking(agency="our town"), "PASAMPLE2").record.ori == "PASAMPLE2"
    assert one(booking(), "PASAMPLE2").record.ori == ORI


def test_what_must_never_be_stored_is_in_no_record() -> None:
    secret = "<j:PersonCriminalHistorySummary><nc:Text>Secret</nc:Text></j:PersonCriminalHistorySummary>"
    victim = person("P3", PERSON.replace("Sampleton", "Secret")) + '<j:Victim><nc:RoleOfPerson s:ref="P3"/></j:Victim>'
    health = "<x:BehavioralHealthInformation><x:Text>Secret</x:Text></x:BehavioralHealthInformation>"
    bond = "<j:BailBond><nc:Amount>Secret</nc:Amount></j:BailBond>"
    record = one(document(arrest(), person(), charge(), associated(), secret, victim, health, bond)).record
    assert "Secret" not in str(record)
    assert "900-00-0000" not in str(record)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"<booking><Arrest/></booking>", "E_TYPE"),
        (b"PK,CCR\n1,2\n", "E_TYPE"),
        (b'<!DOCTYPE a [<!ENTITY a "Marlow">]>' + booking(), "E_XML_DTD"),
        (booking().replace(b"AR-1", b"&xxe;"), "E_XML"),
        (booking()[:-30], "E_TRUNCATED"),
        (booking().replace(b"<nc:Person ", b"<nc:Person>" * 70 + b"<nc:Person ", 1), "E_XML"),
        (document(person() * 4000), "E_LENGTH"),
        (booking().replace(b"Sampleton", b"\xff"), "E_ENCODING"),
    ],
)
def test_what_is_no_niem_or_is_hostile_is_refused_whole(content: bytes, fault: str) -> None:
    assert refused("niem_xml", content)[0] == fault


EXPECTED = {
    "BookingReport-Adams.xml": [("Strong", "Otis", date(1968, 12, 17), "2016-08-04", 1)] * 2,
    "Hawaii_Arrest_Submission.xml": [("LASTNAME", "FIRSTNAME", date(1995, 5, 14), "2010-05-27T13:22:03+00:00", 1)],
    "Maine_Charge_Referral.xml": [("Schrute", "Dwight", date(1972, 1, 20), "1997-03-12", 2)],
    "Michigan_Charge_Referral_w-Arrest.xml": [("LASTNAME", "FIRSTNAME", date(1995, 5, 14), "2018-08-13", 1)],
    "State_Rapback_Arrest_Report.xml": [],
    "Vermont_Arrest_Report.xml": [("White", "Walter", date(1976, 9, 3), "2014-01-01T08:06:02+00:00", 1)],
}
OWN_ORI = {"Maine_Charge_Referral.xml": "MA9999999", "Vermont_Arrest_Report.xml": "VT0040100"}


def said(item: Record) -> tuple[str, str, date | None, str, int]:
    at = item.record.arrested_at
    when = at.isoformat() if item.record.time_precision == "minute" else at.date().isoformat()
    return (
        item.record.person.last,
        item.record.person.first,
        item.record.person.birth_date,
        when,
        len(item.record.charges),
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_the_states_samples_give_the_designs_arrests(name: str) -> None:
    content = shared_data(f"niem_exchange/{name}").read_bytes()

    def records(items: list[Item]) -> list[Record]:
        return only(Record, items)

    found = records(read("niem_xml", content, ORI))
    assert [said(item) for item in found] == EXPECTED[name]
    assert {item.record.ori for item in found} <= {OWN_ORI.get(name, ORI)}
    alone = read("niem_xml", content)
    rejected = "E_NO_ARREST" if "Rapback" in name else "E_ORI"
    if name in OWN_ORI:
        assert records(alone) == found
    else:
        assert [reject.code for reject in only(Reject, alone)] == [rejected] * max(1, len(found))
    conflict = "Vermont" in name
    assert all((item.warnings == ("W_SUBJECT_CONFLICT",), item.linkable) == (conflict, not conflict) for item in found)


def test_the_samples_charges_are_the_designs() -> None:
    def charges(name: str) -> list[tuple[str | None, str | None, str | None]]:
        items = read("niem_xml", shared_data(f"niem_exchange/{name}").read_bytes(), ORI)
        return [(c.section, c.description, c.nibrs) for item in only(Record, items) for c in item.record.charges]

    assert charges("Hawaii_Arrest_Submission.xml") == [("13A-8-41", "ROBBERY; FIRST DEGREE", None)]
    assert charges("Michigan_Charge_Referral_w-Arrest.xml") == [(None, "Treason", None)]
    assert [code for _, _, code in charges("Vermont_Arrest_Report.xml")] == ["90D"]


def many_people(number: int) -> bytes:
    told = [
        f'<nc:Person s:id="P{n}" s:metadata="M{n}">{PERSON}</nc:Person>'
        f'<nc:Metadata s:id="M{n}"><nc:SourceIDText>S{n}</nc:SourceIDText></nc:Metadata>{associated("A1", f"P{n}")}'
        for n in range(number)
    ]
    return document(arrest(), *told, charge())


def many_arrests(number: int, subject: Callable[[str, str], str] = associated) -> bytes:
    told = [
        arrest(f"AR-{n}", local=f"A{n}", charge=f'<j:ArrestCharge s:ref="C{n}"/>')
        + person(f"P{n}")
        + charge(f"C{n}")
        + subject(f"A{n}", f"P{n}")
        for n in range(number)
    ]
    return document(*told)


def many_loose_roles(number: int) -> bytes:
    return many_arrests(number, lambda _, of: f'<j:ArrestSubject><nc:RoleOfPerson s:ref="{of}"/></j:ArrestSubject>')


def calls(content: bytes) -> int:
    """How many calls reading takes: what it costs, on any machine."""
    profile = cProfile.Profile()
    profile.runcall(read, "niem_xml", content)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("many", [many_people, many_arrests, many_loose_roles])
def test_a_document_costs_by_its_size_not_by_its_square(many: Callable[[int], bytes]) -> None:
    assert len(read("niem_xml", many(50))) == 50
    assert calls(many(150)) < 4 * calls(many(50))
