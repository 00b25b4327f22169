"""Who a NIEM document says was arrested, and what it says of them that is kept.

Never read: social security numbers, criminal history, health, care episodes, bonds, victims, witnesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.referral.feeds.code_words import read_code
from services.referral.feeds.moments import read_day
from services.referral.feeds.niem_document import Document, first_text, reference_only
from services.referral.feeds.xml_stream import Element, child, children, local, text

_CONTACTS: Final = ("PersonContactAssociation", "EntityTelephoneNumberAssociation", "ContactInformationAssociation")
_RESIDENCES: Final = ("ResidenceAssociation", "PersonResidenceAssociation")


@dataclass(frozen=True)
class Subjects:
    """The people of one arrest. `conflict`: the document names two for one place, so nobody is sure."""

    people: tuple[Element, ...]
    conflict: bool


def find(document: Document, arrest: Element) -> Subjects:
    """By association with the arrest, else by role in it, in the booking, or alone in the incident; perhaps nobody."""
    linked = _people(document, document.linked("ArrestSubjectAssociation", arrest))
    roles = _people(document, _roles(document, arrest))
    if linked:
        against = bool(roles) and not set(linked) <= set(roles)
        claims = [_claims(document, person) for person in linked]
        return Subjects(tuple(same[-1] for same in claims), against or any(len(same) > 1 for same in claims))
    for found in (roles, document.once(_booked)):
        if found:
            return Subjects(found, conflict=False)
    return Subjects(document.once(_alone), conflict=False)


def _roles(document: Document, arrest: Element) -> list[Element]:
    inside = [one for view in document.views(arrest) for one in children(view, "ArrestSubject")]
    found = [resolved for one in inside if (resolved := document.resolve(one)) is not None]
    if _people(document, found):
        return found
    return document.once(_roles_apart)


def _roles_apart(document: Document) -> list[Element]:
    """Roles that are tied to no arrest: they name its subject only if there is no choice."""
    apart = [one for one in document.named("ArrestSubject") if local_parent(one) != "Arrest"]
    return apart if len(_people(document, apart)) == 1 else []


def _booked(document: Document) -> tuple[Element, ...]:
    return _people(document, document.named("BookingSubject"))


def _alone(document: Document) -> tuple[Element, ...]:
    """The only person that an incident names as its subject."""
    associations = document.named("IncidentSubjectPersonAssociation")
    found = _people(document, [one for each in associations for one in _members(document, each)])
    return found if len(found) == 1 else ()


def local_parent(element: Element) -> str:
    """The local name of what an element stands in."""
    parent = element.getparent()
    return "" if parent is None else local(parent)


def _members(document: Document, association: Element) -> Iterator[Element]:
    for member in association:
        if (found := document.resolve(member)) is not None:
            yield found


def _people(document: Document, found: Iterable[Element]) -> tuple[Element, ...]:
    """The people behind roles or themselves, each once."""
    people = [person for one in found if (person := _person(document, one)) is not None]
    return tuple(dict.fromkeys(people))


def _person(document: Document, element: Element) -> Element | None:
    if local(element) == "Person":
        return element
    for role in ("RoleOfPerson", "RoleOfPersonReference"):
        found = child(element, role)
        person = None if found is None else document.resolve(found)
        if person is not None and (len(person) or not reference_only(person)):
            return person
    return None


def _claims(document: Document, person: Element) -> list[Element]:
    """People whom the source calls the same record (`SourceIDText`), of one birth date and under several names.

    The last said is last. A source that gives one id to everybody is told apart by the birth dates.
    """
    same = document.same_record(person)
    names = {first_text([one], "PersonName/PersonSurName", "PersonName/PersonFullName") for one in same}
    return same if len(names) > 1 else [person]


def describe(document: Document, person: Element, warnings: list[str]) -> dict[str, Any]:
    """A person as the canonical arrest has it. Raises ValueError for a birth date that is none."""
    views = document.views(person)
    last, first, middle = _name(document, views)
    born = first_text(views, "PersonBirthDate/Date", "PersonBirthDate/DateTime")
    birth_date = _day(born)
    age = first_text(
        views,
        "PersonAgeMeasure/MeasureIntegerValue",
        "PersonAgeMeasure/MeasurePointValue",
        "PersonAgeMeasure/MeasureValueText",
    )
    return {
        "last": last,
        "first": first,
        "middle": middle or None,
        "suffix": first_text(views, "PersonName/PersonNameSuffixText")[:20] or None,
        "birth_date": birth_date,
        "age": int(age) if not birth_date and re.match(r"^\d{1,2}$", age, re.ASCII) else None,
        "sid": first_text(views, "PersonAugmentation/PersonStateFingerprintIdentification/IdentificationID")[:40]
        or None,
        "sex": _code("person.sex", first_text(views, "PersonSexCode", "PersonSexText"), warnings) or "U",
        "race": _code("person.race", _race(views), warnings) or "U",
        "ethnicity": _code(
            "person.ethnicity", first_text(views, "PersonEthnicityCode", "PersonEthnicityText"), warnings
        ),
        "phones": _phones(document, person),
        "addresses": [
            found
            for name in _RESIDENCES
            for place in document.linked(name, person)
            if local(place) == "Location" and (found := address(document.views(place)))
        ][:10],
    }


def address(views: list[Element]) -> str:
    """A place in one line."""
    for view in views:
        for holder in (child(view, "LocationAddress/StructuredAddress"), child(view, "Address"), view):
            street = first_text([holder], "LocationStreet/StreetFullText") if holder is not None else ""
            number = first_text([holder], "LocationStreet/StreetNumberText") if holder is not None else ""
            name = first_text([holder], "LocationStreet/StreetName") if holder is not None else ""
            line = street or f"{number} {name}".strip()
            if holder is not None and line:
                return ", ".join(part for part in (line, text(holder, "LocationCityName")) if part)[:200]
    return first_text(views, "LocationAddress/AddressFullText", "Address/AddressFullText")[:200]


def _name(document: Document, views: list[Element]) -> tuple[str, str, str]:
    last, first = first_text(views, "PersonName/PersonSurName"), first_text(views, "PersonName/PersonGivenName")
    middle = first_text(views, "PersonName/PersonMiddleName")
    if not (last or first):
        full = first_text(views, "PersonName/PersonFullName")
        if "," in full:
            last, _, first = (part.strip() for part in full.partition(","))
        else:
            first, _, last = full.rpartition(" ")
    return last[:200], first[:200], middle[:200]


def _day(born: str) -> date | None:
    if not born:
        return None
    found = read_day(born[:10], ())
    if found is None:
        raise ValueError("expected the birth date as YYYY-MM-DD")
    return found


def _race(views: list[Element]) -> str:
    return first_text(
        views, "PersonRaceCode", "PersonRaceText", "PersonAugmentation/PersonRaceCode", "PersonRaceNDExCode"
    )


def _code(target: str, said: str, warnings: list[str]) -> str | None:
    if not said:
        return None
    found = read_code(target, said, None)
    if found is None:
        warnings.append("W_CODE")
    return found or "U"


def _phones(document: Document, person: Element) -> list[str]:
    found = [
        text(number)[:40]
        for name in _CONTACTS
        for contact in document.linked(name, person)
        for number in contact.iter()
        if local(number) == "TelephoneNumberFullID" and text(number)
    ]
    return list(dict.fromkeys(found))[:10]
