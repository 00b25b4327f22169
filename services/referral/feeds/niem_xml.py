"""NIEM XML, versions 2 to 6: arrest reports, bookings and charge referrals. One record per arrested person.

Source: NIEM Naming and Design Rules; LEXS 3.1; police feeds design, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final

from pydantic import ValidationError

from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds import niem_charges, niem_subject
from services.referral.feeds.adapter import Delete, Format, Item, Reading, Record, Reject, Terms
from services.referral.feeds.code_words import read_code
from services.referral.feeds.moments import read_moment
from services.referral.feeds.niem_document import Document, check_root, first_text
from services.referral.feeds.niem_place import place_of
from services.referral.feeds.ori import EXPECTED, is_ori
from services.referral.feeds.record_key import KEY_CHARS, BadCell
from services.referral.feeds.xml_stream import Element, Unit, Wanted, children, identity, local, read_units, text

_ARREST: Final = re.compile(r"arrest(?!\s+warrant)", re.IGNORECASE)
_PACKAGE: Final = "DataItemPackage"
_DOCUMENTS: Final = frozenset({"ArrestReport", "BookingReport", "ChargeReferral", "IncidentReport"})
_AGENCY: Final = "OrganizationAugmentation/OrganizationORIIdentification/IdentificationID"


def parse(stream: BinaryIO, terms: Terms, reading: Reading) -> Iterator[Item]:
    """Items document by document: packages of LEXS, documents in a wrapper, or the file itself.

    Raises StructuralFault: E_TYPE (no NIEM) and those of any XML.
    """
    for unit in read_units(stream, _records_of(stream), check_root):
        yield from _Arrests(unit, terms).items()


def _records_of(stream: BinaryIO) -> Wanted:
    """What the records of this file are, by the first one that is met."""

    def is_package(name: str, depth: int) -> bool:
        return name == _PACKAGE

    def is_wrapped(name: str, depth: int) -> bool:
        return depth == 2 and name in _DOCUMENTS

    for unit in read_units(stream, lambda name, depth: is_package(name, depth) or is_wrapped(name, depth), check_root):
        return is_package if local(unit.element) == _PACKAGE else is_wrapped
    return lambda name, depth: depth == 1


class _Arrests:
    """The arrests of one document."""

    def __init__(self, unit: Unit, terms: Terms) -> None:
        self._line, self._terms = unit.line, terms
        self._document = Document(unit.element)
        self._package = first_text([unit.element], "PackageMetadata/DataItemID")
        self._reference = first_text([unit.element], "PackageMetadata/DataItemReferenceID")
        self._agencies = [
            *(first_text([one], _AGENCY) for one in self._document.named("BookingAgency")),
            first_text([unit.element], "PackageMetadata/DataOwnerMetadata/DataOwnerIdentifier/ORI"),
        ]
        self._arrests = self._find()

    def items(self) -> Iterator[Item]:
        instruction = first_text([self._document.root], "PackageMetadata/DataItemPublishInstruction").lower()
        if instruction == "delete":
            yield self._delete()
            return
        if not self._arrests:
            yield self._reject(BadCell("Arrest", "E_NO_ARREST", "expected an arrest in the document"), None)
        for arrest in self._arrests:
            try:
                yield from self._records(arrest)
            except BadCell as bad:
                yield self._reject(bad, arrest)

    def _find(self) -> list[Element]:
        named = [one for one in self._document.named("Arrest") if not self._document.is_another_view(one)]
        activities = [
            one for one in self._document.named("Activity") if _ARREST.search(text(one, "ActivityCategoryText"))
        ]
        return [*named, *activities]

    def _delete(self) -> Item:
        if not self._package:
            return self._reject(BadCell("DataItemID", "E_KEY", "expected the number of what is deleted"), None)
        ori = self._ori(None)
        if ori is None:
            return self._reject(_no_agency(), None)
        return Delete(self._line, ori, group=self._package)

    def _records(self, arrest: Element) -> Iterator[Record]:
        ori = self._ori(arrest)
        if ori is None:
            raise _no_agency()
        if self._document.dangling("ArrestSubjectAssociation", arrest):
            raise BadCell("ArrestSubjectAssociation", "E_REF", "expected the arrest's person in the document")
        subjects = niem_subject.find(self._document, arrest)
        if not subjects.people:
            raise BadCell("ArrestSubject", "E_NO_SUBJECT", "expected one person who was arrested")
        said = self._said(arrest)
        key = self._key(arrest)
        for number, person in enumerate(subjects.people, start=1):
            warnings = ["W_SUBJECT_CONFLICT"] if subjects.conflict else []
            about = self._person(person, said["arrested_at"], warnings)
            place = place_of(self._document, arrest, person)
            # The first keeps the arrest's number, so that a second one changes nothing about it.
            named = {"ori": ori, "source_record_id": key if number == 1 else f"{key}/{number}"}
            record = _valid({**said, **named, "person": about, "place": place})
            yield Record(
                self._line,
                record,
                tuple(warnings),
                group=self._package or None,
                linkable=not subjects.conflict,
            )

    def _said(self, arrest: Element) -> dict[str, Any]:
        views = self._document.views(arrest)
        at, precision = self._moment(views)
        try:
            charges = niem_charges.find(self._document, arrest, len(self._arrests))
        except ValueError as error:
            raise BadCell("ArrestCharge", "E_NO_CHARGE", str(error)) from None
        if not charges:
            raise BadCell("ArrestCharge", "E_NO_CHARGE", "expected at least one charge of the arrest")
        kind = first_text(views, "ArrestCategoryCode", "ArrestCategoryText")
        return {
            "case_no": self._case(arrest)[:KEY_CHARS] or None,
            "arrested_at": at,
            "time_precision": precision,
            "arrest_type": (read_code("arrest_type", kind, None) if kind else None) or "unknown",
            "charges": charges,
        }

    def _moment(self, views: list[Element]) -> tuple[datetime, str]:
        said = first_text(
            views,
            "ActivityDate/DateTime",
            "ActivityDate/Date",
            "ActivityDateRange/StartDate/DateTime",
            "ActivityDateRange/StartDate/Date",
        )
        found = read_moment(said, ())
        if found is None:
            raise BadCell(
                "ActivityDate", "E_DATE", "expected the day or time of the arrest as YYYY-MM-DD or with THH:MM:SS"
            )
        at, timed = found
        return (at if at.tzinfo else at.replace(tzinfo=self._terms.timezone)), ("minute" if timed else "day")

    def _person(self, person: Element, at: datetime, warnings: list[str]) -> dict[str, Any]:
        try:
            about = niem_subject.describe(self._document, person, warnings)
        except ValueError as error:
            raise BadCell("PersonBirthDate", "E_DATE", str(error)) from None
        if about["birth_date"] and about["birth_date"] > at.date():
            raise BadCell("PersonBirthDate", "E_DATE", "expected a birth date before the arrest")
        return about

    def _ori(self, arrest: Element | None) -> str | None:
        views = self._document.views(arrest)
        agencies = [
            found
            for view in views
            for one in children(view, "ArrestAgency")
            if (found := self._document.resolve(one)) is not None
        ]
        said = [*(first_text([one], _AGENCY) for one in agencies), *self._agencies]
        return next((ori for ori in said if is_ori(ori)), self._terms.ori)

    def _case(self, arrest: Element) -> str:
        incidents = [
            first_text(self._document.views(one), "ActivityIdentification/IdentificationID")
            for one in self._document.linked("IncidentArrestAssociation", arrest)
        ]
        return next((number for number in incidents if number), self._reference or self._package)

    def _key(self, arrest: Element) -> str:
        """The arrest's own number, else the document's and the arrest's place in it."""
        views = self._document.views(arrest)
        numbers = [one for view in views for one in children(view, "ArrestAgencyRecordIdentification")]
        primary = [one for one in numbers if "primary" in text(one, "IdentificationCategoryDescriptionText").lower()]
        key = (
            first_text(views, "ActivityIdentification/IdentificationID")
            or first_text([*primary, *numbers], "IdentificationID")
            or self._number_in_document(arrest)
        )
        if not 0 < len(key) <= KEY_CHARS - 4:
            raise BadCell("ActivityIdentification", "E_KEY", "expected the arrest's number, of at most 76 characters")
        return key

    def _number_in_document(self, arrest: Element) -> str:
        booking = [text(one, "IdentificationID") for one in self._document.named("BookingAgencyRecordIdentification")]
        number = next((one for one in booking if one), "") or self._package
        number = number or first_text([self._document.root], "DocumentIdentification/IdentificationID")
        return f"{number}#{identity(arrest) or self._arrests.index(arrest) + 1}" if number else ""

    def _reject(self, bad: BadCell, arrest: Element | None) -> Reject:
        # A document holds what is never stored: only its numbers are kept, to find it in the sender's system.
        number = first_text(self._document.views(arrest), "ActivityIdentification/IdentificationID")
        raw = f"document {self._package} arrest {number}".encode()[:400]
        return Reject(self._line, bad.column, bad.code, bad.reason, raw)


def _no_agency() -> BadCell:
    return BadCell("ORI", "E_ORI", EXPECTED)


def _valid(said: dict[str, Any]) -> CanonicalArrest:
    try:
        return CanonicalArrest.model_validate(said)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in fault["loc"] if isinstance(step, str))
        raise BadCell(where, "E_LENGTH", "expected a shorter text, or fewer of them") from None


FORMATS: Final = (Format("niem_xml", "1", parse),)
