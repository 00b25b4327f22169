"""Fictional NIBRS segments: county of Sampleton, agencies PASAMPLE1 and PASAMPLE2."""

from __future__ import annotations

ORI = "PASAMPLE1"


def _segment(level: str, action: str, ori: str, rest: str, width: int) -> str:
    body = f"{level}{action}012024    {ori}{rest}".ljust(width - 4)
    return f"{width:04d}{body}"


def incident(number: str, action: str = "I", ori: str = ORI) -> str:
    return _segment("1", action, ori, f"{number:<12}20240103 14N", 88)


def property_of(number: str, ori: str = ORI) -> str:
    return _segment("3", "I", ori, f"{number:<12}720000005000", 307)


def level6(
    number: str, arrest: str, seq: str = "01", *, day: str = "20240103", kind: str = "O", code: str = "35A",
    age: str = "25", person: str = "FBNR ", ori: str = ORI, action: str = "I",
) -> str:  # fmt: skip
    rest = f"{number:<12}{seq}{arrest:<12}{day}{kind}N{code}01    {age:<4}{person}"
    return _segment("6", action, ori, rest, 110)


def level7(
    arrest: str, seq: str = "01", *, day: str = "20240103", kind: str = "O", code: str = "90C",
    age: str = "25", person: str = "MWNR ", ori: str = ORI, action: str = "A",
) -> str:  # fmt: skip
    rest = f"{arrest:<12}{seq}{day}{kind}{code}01    {age:<4}{person}"
    return _segment("7", action, ori, rest, 66)


def zero_report(month: str = "022024", ori: str = ORI) -> str:
    return _segment("0", "A", ori, f"{'0' * 12}{month}", 43)


def flat(*lines: str, end: str = "\r\n") -> bytes:
    return "".join(line + end for line in lines).encode("latin-1")


def submission(*reports: str) -> bytes:
    """A NIBRS XML submission."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<n:Submission xmlns:n="http://fbi.gov/cjis/nibrs/2019"'
        ' xmlns:nc="http://release.niem.gov/niem/niem-core/3.0/" xmlns:j="http://release.niem.gov/niem/domains/jxdm/5.2/"'
        ' xmlns:s="http://release.niem.gov/niem/structures/3.0/">\n' + "\n".join(reports) + "\n</n:Submission>\n"
    ).encode()


def report(category: str, action: str, body: str = "", ori: str = ORI) -> str:
    return (
        f"<n:Report><n:ReportHeader><n:NIBRSReportCategoryCode>{category}</n:NIBRSReportCategoryCode>"
        f"<n:ReportActionCategoryCode>{action}</n:ReportActionCategoryCode>"
        "<n:ReportDate><nc:YearMonthDate>2024-02</nc:YearMonthDate></n:ReportDate><n:ReportingAgency>"
        "<j:OrganizationAugmentation><j:OrganizationORIIdentification>"
        f"<nc:IdentificationID>{ori}</nc:IdentificationID></j:OrganizationORIIdentification>"
        f"</j:OrganizationAugmentation></n:ReportingAgency></n:ReportHeader>{body}</n:Report>"
    )


def incident_number(number: str) -> str:
    return (
        f"<nc:Incident><nc:ActivityIdentification><nc:IdentificationID>{number}</nc:IdentificationID>"
        "</nc:ActivityIdentification></nc:Incident>"
    )


def arrested(
    arrest: str = "A1", seqs: tuple[str, ...] = ("1",), *, code: str = "90C", kind: str = "O", day: str = "2024-01-03",
    age: str = "<nc:MeasureIntegerValue>25</nc:MeasureIntegerValue>", race: str = "B",
) -> str:  # fmt: skip
    """Arrestees of one arrest, with people and associations."""
    people = "".join(
        f'<nc:Person s:id="P{seq}"><nc:PersonAgeMeasure>{age}</nc:PersonAgeMeasure>'
        f"<j:PersonRaceNDExCode>{race}</j:PersonRaceNDExCode><j:PersonSexCode>F</j:PersonSexCode></nc:Person>"
        f'<j:Arrestee s:id="E{seq}"><nc:RoleOfPerson s:ref="P{seq}"/><j:ArrestSequenceID>{seq}</j:ArrestSequenceID>'
        "</j:Arrestee>"
        for seq in seqs
    )
    links = "".join(
        f'<j:ArrestSubjectAssociation><nc:Activity s:ref="X"/><j:Subject s:ref="E{seq}"/></j:ArrestSubjectAssociation>'
        for seq in seqs
    )
    return (
        f'{people}<j:Arrest s:id="X"><nc:ActivityIdentification><nc:IdentificationID>{arrest}</nc:IdentificationID>'
        f"</nc:ActivityIdentification><nc:ActivityDate><nc:Date>{day}</nc:Date></nc:ActivityDate><j:ArrestCharge>"
        f"<n:ChargeUCRCode>{code}</n:ChargeUCRCode></j:ArrestCharge><j:ArrestCategoryCode>{kind}</j:ArrestCategoryCode>"
        f"</j:Arrest>{links}"
    )
