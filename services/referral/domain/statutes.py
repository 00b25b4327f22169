"""From an offence text to pieces, section, subsection and title: steps 1 to 3 of rule C1.

Source: police feeds design, section 4. Regular expressions are searched and case-sensitive unless said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.referral.domain.crosswalk import Crosswalk

_PIECE: Final = re.compile(r"^(\d+(?:-\d+)?(?:\.\d+)*)(\S*)((?:\s*\([^)]*\))*)\s*(.*)$", re.DOTALL)
_TITLED: Final = re.compile(
    r"^(18|35|75)\s+(?:(?:Pa\.?\s*)?C\.?\s*S\.?\s*(?:A\.?\s*)?|P\.?\s*S\.?\s*)?(?:§+\s*)?(?=\d{3})", re.I
)
"""The title as people write it before a section, `18 3929` or `75 Pa.C.S. § 3802`; none of the three is a section."""
_COURT: Final = re.compile(r"^(\d+|CO|LO) § (\S+)(?: §§ (.+))?$")
SEPARATOR: Final = " / "
"""Between the charges of one text."""
TITLE: Final = re.compile(r"(\d{1,3}|LO|CO|PSEUDO)")
"""A title as the programme writes it; anything else that stands in its place could be a person's name."""
_NUMBER: Final = re.compile(r"^\d+(\.\d+)?$")
_ORDINANCE: Final = re.compile(r"^[4-7]\d\d\.\d\d$")
_PSEUDO: Final = re.compile(r"^(0\d+|100|8[01]\d\d|9\d\d\d+)$")
_CRIMES: Final = re.compile(r"Catastrophe|Vandalism|Fire Apparatus|Burning")
_VEHICLE: Final = re.compile(
    r"Vehicle Equipment|Unlawful Activities|Securing Loads|Responsibility of Parent|Impounded"
    r"|Habitual Offenders|Definition of Conviction",
    re.IGNORECASE,
)
_VEHICLE_SECTIONS: Final = (
    (1101, 1199), (1301, 1399), (1501, 1599), (1701, 1799), (1901, 1999), (3101, 3119), (3301, 3399),
    (3501, 3599), (3701, 3899), (4302, 4303), (4501, 4599), (4701, 4799), (7101, 7199), (7701, 7799),
)  # fmt: skip
_CRIMES_SECTIONS: Final = ((901, 912), (2301, 7999))


@dataclass(frozen=True)
class Statute:
    """What a text says of the law. `sub` is lower case, only a-z and 0-9; `rule` names how title was found."""

    title: str | None
    section: str
    sub: str
    desc: str
    rule: str
    confidence: float


def repair(text: str) -> str:
    """Undo a section sign that was read as Thai (cp874); other text is returned as it came."""
    if "ยง" not in text:
        return text
    try:
        return text.encode("cp874").decode("utf-8")
    except UnicodeError:
        return text


def split_offences(text: str) -> list[str]:
    """Charges of one text, split at ` / `. A piece that starts with no digit is the tail of the one before."""
    pieces: list[str] = []
    for part in text.split(SEPARATOR):
        piece = part.strip()
        if pieces and piece and not piece[0].isdigit():
            pieces[-1] = f"{pieces[-1]}{SEPARATOR}{piece}"
        elif piece:
            pieces.append(piece)
    return pieces


def plain_sub(*parts: str) -> str:
    """`(a)(31)(ii)` -> `a31ii`."""
    return re.sub(r"[^a-z0-9]", "", "".join(parts).lower())


def read_statute(piece: str, crosswalk: Crosswalk, title: str | None = None) -> Statute | None:
    """Section, subsection and title of one piece; None if it does not start with a section.

    `title` given by the source, or written before the section, is trusted and skips the inference, if it is a title.
    """
    piece = repair(piece)
    if title is None and "§§" not in piece and (titled := _TITLED.match(piece)):
        title, piece = titled[1], piece[titled.end() :]
    match = _PIECE.match(piece)
    if match is None:
        return None
    section, sub, desc = match[1], plain_sub(match[2], match[3]), match[4]
    if title and TITLE.fullmatch(title):
        return Statute(title, section, sub, desc, "given", 0.95)
    return infer_title(section, sub, desc, crosswalk)


def read_court_statute(text: str, desc: str = "") -> Statute | None:
    """A court's own form, `35 § 780-113 §§ A16`, where the title stands in the text; `desc` is its wording."""
    match = _COURT.match(repair(text.strip()))
    if match is None:
        return None
    return Statute(match[1], match[2], plain_sub(match[3] or ""), desc, "given", 0.95)


def infer_title(section: str, sub: str, desc: str, crosswalk: Crosswalk) -> Statute:
    """Step 3: the first rule of T1 to T7 that fits gives the title, possibly a new section."""

    def found(title: str | None, rule: str, confidence: float, other: str | None = None) -> Statute:
        return Statute(title, other or section, sub, desc, rule, confidence)

    if section.startswith("780-"):
        return found("35", "T1", 0.95)
    if section == "13" and sub.startswith("a"):
        return found("35", "T1", 0.95, "780-113")
    if section == "11":
        return found("35", "T1", 0.95, "780-111")
    if _ORDINANCE.match(section):
        return found("LO", "T2", 0.95)
    if _PSEUDO.match(section):
        return found("PSEUDO", "T3", 0.95)
    rows = crosswalk.section("18", section)
    if rows:
        patterns = [row.desc_regex for row in rows if row.desc_regex]
        if not patterns or any(pattern.search(desc) for pattern in patterns):
            return found("18", "T4", 0.9)
        return found("18", "T4", 0.8) if sub else found("75", "T4", 0.7)
    if _CRIMES.search(desc):
        return found("18", "T5", 0.7)
    if _VEHICLE.search(desc):
        return found("75", "T5", 0.7)
    if _NUMBER.match(section):
        whole = int(section.partition(".")[0])
        if _within(whole, _VEHICLE_SECTIONS):
            return found("75", "T6", 0.7)
        if _within(whole, _CRIMES_SECTIONS):
            return found("18", "T7", 0.7)
    return found(None, "none", 0.7)


def _within(number: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(low <= number <= high for low, high in ranges)
