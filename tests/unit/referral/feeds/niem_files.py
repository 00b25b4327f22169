"""Fictional NIEM documents: a booking as NIEM 3 to 6 write it, and a LEXS package as version 2 does."""

from __future__ import annotations

CORES = {
    3: "http://release.niem.gov/niem/niem-core/3.0/",
    4: "http://release.niem.gov/niem/niem-core/4.0/",
    5: "http://release.niem.gov/niem/niem-core/5.0/",
    6: "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/",
}
ORI = "PASAMPLE1"
PERSON = (
    "<nc:PersonBirthDate><nc:Date>1990-05-14</nc:Date></nc:PersonBirthDate><nc:PersonName>"
    "<nc:PersonGivenName>Marlow</nc:PersonGivenName><nc:PersonSurName>Sampleton</nc:PersonSurName></nc:PersonName>"
    "<j:PersonRaceCode>W</j:PersonRaceCode><j:PersonSexCode>F</j:PersonSexCode>"
    "<nc:PersonSSNIdentification><nc:IdentificationID>900-00-0000</nc:IdentificationID></nc:PersonSSNIdentification>"
)
STATUTE = (
    "<j:ChargeStatute><j:StatuteCodeSectionIdentification><nc:IdentificationID>3929</nc:IdentificationID>"
    "</j:StatuteCodeSectionIdentification></j:ChargeStatute>"
)


def arrest(
    number: str = "AR-1", *, day: str = "<nc:Date>2024-01-03</nc:Date>", charge: str = '<j:ArrestCharge s:ref="C1"/>',
    agency: str = ORI, more: str = "", local: str = "A1",
) -> str:  # fmt: skip
    named = f"<nc:IdentificationID>{agency}</nc:IdentificationID>"
    identification = (
        f"<nc:ActivityIdentification><nc:IdentificationID>{number}</nc:IdentificationID></nc:ActivityIdentification>"
    )
    return (
        f'<j:Arrest s:id="{local}">{identification if number else ""}<nc:ActivityDate>{day}</nc:ActivityDate>'
        "<j:ArrestAgency><j:OrganizationAugmentation><j:OrganizationORIIdentification>"
        f"{named}</j:OrganizationORIIdentification></j:OrganizationAugmentation></j:ArrestAgency>{charge}{more}</j:Arrest>"
    )


def person(local: str = "P1", inside: str = PERSON) -> str:
    return f'<nc:Person s:id="{local}">{inside}</nc:Person>'


def charge(local: str = "C1", inside: str = f"<j:ChargeText>Retail theft</j:ChargeText>{STATUTE}") -> str:
    return f'<j:Charge s:id="{local}">{inside}</j:Charge>'


def associated(arrest_id: str = "A1", person_id: str = "P1") -> str:
    return (
        f'<j:ArrestSubjectAssociation><nc:Activity s:ref="{arrest_id}"/><nc:Person s:ref="{person_id}"/>'
        "</j:ArrestSubjectAssociation>"
    )


def document(*parts: str, version: int = 5, root: str = "BookingReport") -> bytes:
    return (
        f'<x:{root} xmlns:x="http://sampleton.example/booking" xmlns:nc="{CORES[version]}"'
        ' xmlns:j="http://release.niem.gov/niem/domains/jxdm/7.0/" xmlns:s="http://release.niem.gov/niem/structures/5.0/">'
        f"{''.join(parts)}</x:{root}>"
    ).encode()


def booking(**changed: str) -> bytes:
    """The plain case: one arrest of one person for one charge."""
    return document(arrest(**changed), person(), charge(), associated())


def lexs(*packages: str) -> bytes:
    """A message of LEXS with several packages."""
    return (
        '<a:ArrestReport xmlns:a="http://sampleton.example/arrest" xmlns:nc="http://niem.gov/niem/niem-core/2.0"'
        ' xmlns:s="http://niem.gov/niem/structures/2.0" xmlns:j="http://niem.gov/niem/domains/jxdm/4.0"'
        ' xmlns:l="http://usdoj.gov/leisp/lexs/3.1" xmlns:d="http://usdoj.gov/leisp/lexs/digest/3.1"'
        ' xmlns:b="http://usdoj.gov/leisp/lexs/library/3.1">\n' + "\n".join(packages) + "\n</a:ArrestReport>"
    ).encode()


def package(
    number: str, *, instruction: str = "Insert", ori: str = ORI, role: str = "P1", subject: str = "P1",
    people: str = "", category: str = "Felony Arrest",
) -> str:  # fmt: skip
    """A digest with an arrest, and a payload that says what it was for."""
    return (
        f"<l:DataItemPackage><l:PackageMetadata><l:DataItemID>{number}</l:DataItemID>"
        f"<l:DataItemPublishInstruction>{instruction}</l:DataItemPublishInstruction><l:DataOwnerMetadata>"
        f"<l:DataOwnerIdentifier><l:ORI>{ori}</l:ORI></l:DataOwnerIdentifier></l:DataOwnerMetadata></l:PackageMetadata>"
        '<l:Digest><d:EntityActivity><nc:Activity s:id="A1">'
        f"<nc:ActivityCategoryText>{category}</nc:ActivityCategoryText>"
        "<nc:ActivityDate><nc:DateTime>2024-01-03T22:15:00</nc:DateTime></nc:ActivityDate></nc:Activity></d:EntityActivity>"
        f'<d:EntityActivity><nc:Activity s:id="O1"/></d:EntityActivity>{people or person()}'
        f'<j:ArrestSubject s:id="R1"><nc:RoleOfPersonReference s:ref="{role}"/></j:ArrestSubject>'
        '<d:ArrestOffenseAssociation><nc:ActivityReference s:ref="A1"/><nc:ActivityReference s:ref="O1"/>'
        '</d:ArrestOffenseAssociation><d:ArrestSubjectAssociation><nc:ActivityReference s:ref="A1"/>'
        f'<nc:PersonReference s:ref="{subject}"/></d:ArrestSubjectAssociation></l:Digest>'
        "<l:StructuredPayload><j:Offense><j:OffenseText>Public drunkenness</j:OffenseText><j:ActivityAugmentation>"
        '<b:SameAsDigestReference b:ref="O1"/></j:ActivityAugmentation></j:Offense><j:Arrest>'
        f"<j:ArrestAgencyRecordIdentification><nc:IdentificationID>{number}-X</nc:IdentificationID>"
        '</j:ArrestAgencyRecordIdentification><b:SameAsDigestReference b:ref="A1"/></j:Arrest></l:StructuredPayload>'
        "</l:DataItemPackage>"
    )
