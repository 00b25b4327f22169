"""NIBRS as XML (FBI NIBRS IEPD): reports of incidents, of group B arrests, and zero reports. One record per arrestee.

Source: FBI, NIBRS XML Developer's Guide; police feeds design, section 3. Elements are known by their local names.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO, Final

from lxml import etree

from services.referral.feeds.adapter import (
    RAW_BYTES,
    Delete,
    Format,
    Item,
    Reading,
    Reject,
    Restated,
    Spoils,
    StructuralFault,
    Terms,
)
from services.referral.feeds.nibrs_record import Arrestee, Key, record, zero_report
from services.referral.feeds.ori import EXPECTED, is_ori
from services.referral.feeds.xml_stream import (
    Element,
    Unit,
    child,
    children,
    identity,
    local,
    read_units,
    reference,
    text,
)

_AGES: Final = {"NEONATAL": "NN", "NEWBORN": "NB", "BABY": "BB", "UNKNOWN": "00"}
_ID: Final = "ActivityIdentification/IdentificationID"


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Items report by report. Raises StructuralFault: E_TYPE (no NIBRS submission) and those of any XML."""
    for unit in read_units(stream, _is_report, _check_root):
        yield from _Report(unit, terms).items()


def _is_report(name: str, depth: int) -> bool:
    return name == "Report" and depth <= 2


def _check_root(root: Element) -> None:
    namespace = etree.QName(root).namespace or ""
    if local(root) not in {"Submission", "Report"} or "nibrs" not in namespace.lower():
        raise StructuralFault("E_TYPE", 1, "expected a NIBRS submission")


class _Report:
    """One report: its header, what it refers to, and what it says."""

    def __init__(self, unit: Unit, terms: Terms) -> None:
        self._line, self._report, self._terms = unit.line, unit.element, terms
        self._by_id = {identity(one): one for one in unit.element if identity(one)}
        header = child(unit.element, "ReportHeader")
        self._category = text(header, "NIBRSReportCategoryCode").upper()
        self._action = text(header, "ReportActionCategoryCode").upper()
        self._month = text(header, "ReportDate/YearMonthDate")
        agency = "ReportingAgency/OrganizationAugmentation/OrganizationORIIdentification/IdentificationID"
        self._ori = text(header, agency)

    def items(self) -> Iterator[Item]:
        if not is_ori(self._ori):
            yield self._reject("ori", "E_ORI", EXPECTED)
        elif self._category.startswith("ZERO"):
            yield self._zero()
        elif self._action not in {"A", "I", "R", "D"}:
            yield self._reject("action", "E_CODE", "expected A, I, R or D for the report's action")
        elif self._category.startswith("GROUP A"):
            yield from self._incident()
        elif self._category.startswith("GROUP B"):
            yield from self._group_b()
        else:
            yield self._reject("category", "E_CODE", "expected a report of group A, of group B or a zero report")

    def _zero(self) -> Item:
        year, _, month = self._month.partition("-")
        beat = zero_report(self._line, self._ori, year, month)
        return beat or self._reject("month", "E_DATE", "expected the year and month of the zero report")

    def _incident(self) -> Iterator[Item]:
        number = text(self._report, f"Incident/{_ID}")
        if not number or "|" in number:
            yield self._reject("incident", "E_KEY", "expected the incident's number")
            return
        group = Key(6, number, "", "").group
        if self._action == "D":
            yield Delete(self._line, self._ori, group=group)
            return
        arrests = list(self._arrests(6, number))
        # What cannot be read replaces nothing: the old one stands.
        if self._action == "R" and not any(isinstance(one, Reject) for one in arrests):
            yield Delete(self._line, self._ori, group=group, replaces=True)
        if not arrests and self._action != "R":
            yield Restated(self._line, self._ori, group)
        yield from arrests

    def _group_b(self) -> Iterator[Item]:
        if self._action == "D":
            yield self._delete()
            return
        arrests = list(self._arrests(7, ""))
        yield from arrests or [self._reject(None, "E_NO_ARREST", "expected an arrest in a report of group B")]

    def _delete(self) -> Item:
        arrest, arrestee = child(self._report, "Arrest"), child(self._report, "Arrestee")
        key = Key(7, "", text(arrestee, "ArrestSequenceID"), text(arrest, _ID))
        if not key.arrest or "|" in key.arrest + key.seq:
            return self._reject("arrest", "E_KEY", "expected the arrest's number")
        # Without the arrestee's number every arrestee of the arrest goes.
        if not key.seq:
            return Delete(self._line, self._ori, group=key.group)
        return Delete(self._line, self._ori, key=key.text)

    def _arrests(self, level: int, incident: str) -> Iterator[Item]:
        told = set()
        for association in children(self._report, "ArrestSubjectAssociation"):
            arrest = self._by_id.get(reference(association, "Activity"))
            arrestee = self._by_id.get(reference(association, "Subject"))
            if arrest is None or arrestee is None:
                spoils = Key(level, incident, "", text(arrest, _ID)).spoils(self._ori)
                reason = "expected an arrest and an arrestee of the report"
                yield self._reject("ArrestSubjectAssociation", "E_REF", reason, spoils)
                continue
            told.add(identity(arrest))
            yield self._arrest(
                Key(level, incident, text(arrestee, "ArrestSequenceID"), text(arrest, _ID)), arrest, arrestee
            )
        for arrest in children(self._report, "Arrest"):
            if identity(arrest) not in told:
                spoils = Key(level, incident, "", text(arrest, _ID)).spoils(self._ori)
                reason = "expected an association of the arrest with an arrestee"
                yield self._reject("Arrest", "E_NO_SUBJECT", reason, spoils)

    def _arrest(self, key: Key, arrest: Element, arrestee: Element) -> Item:
        person = self._by_id.get(reference(arrestee, "RoleOfPerson"))
        if person is None:
            reason = "expected the arrestee to refer to a person of the report"
            return self._reject("RoleOfPerson", "E_REF", reason, key.spoils(self._ori))
        typed = Arrestee(
            line=self._line,
            ori=self._ori,
            key=key,
            day=text(arrest, "ActivityDate/Date") or text(arrest, "ActivityDate/DateTime")[:10],
            kind=text(arrest, "ArrestCategoryCode"),
            offenses=tuple(text(one) for one in children(arrest, "ArrestCharge/ChargeUCRCode")),
            age=_age(person),
            sex=text(person, "PersonSexCode"),
            race=text(person, "PersonRaceNDExCode") or text(person, "PersonRaceCode"),
            ethnicity=text(person, "PersonEthnicityCode"),
        )
        return record(typed, self._terms, part=key.level == 7 and self._action != "R", raw=self._raw)

    @cached_property
    def _raw(self) -> bytes:
        # A report of NIBRS names nobody.
        return etree.tostring(self._report, with_tail=False)[:RAW_BYTES]

    def _reject(self, column: str | None, code: str, reason: str, spoils: Spoils | None = None) -> Reject:
        return Reject(self._line, column, code, reason, self._raw, spoils)


def _age(person: Element) -> str:
    measure = child(person, "PersonAgeMeasure")
    years = text(measure, "MeasureIntegerValue") or text(measure, "MeasureIntegerRange/RangeMinimumIntegerValue")
    words = text(measure, "MeasureValueText").upper()
    return years.zfill(2) if years else _AGES.get(words, words)


FORMATS: Final = (Format("nibrs_xml", "2", parse, compares=True),)
