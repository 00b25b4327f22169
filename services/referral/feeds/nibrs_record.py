"""One arrest as NIBRS tells of it, whichever form it came in -> a canonical record. No name, no statute, no hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from services.referral.domain.arrest import CanonicalArrest
from services.referral.domain.nibrs_codes import OFFENSES, SHAPE, TYPES, age
from services.referral.feeds.adapter import Heartbeat, Record, Reject, Spoils, Terms
from services.referral.feeds.code_words import KNOWN
from services.referral.feeds.moments import possible

_SEPARATOR: Final = "|"


class Key(NamedTuple):
    """What names an arrest in its agency: `level` 6 (by incident) or 7 (by the arrest alone)."""

    level: int
    incident: str
    seq: str
    arrest: str

    @property
    def group(self) -> str:
        """What it may be deleted by: its incident, or all arrestees of its number."""
        return _SEPARATOR.join((str(self.level), self.incident if self.level == 6 else self.arrest))

    @property
    def text(self) -> str:
        """The record's number. `01` and `1` are one arrestee; leading zeros of other numbers count."""
        return _SEPARATOR.join((self.group, self.seq.lstrip("0") or "0", *([self.arrest] if self.level == 6 else [])))

    def spoils(self, ori: str | None) -> Spoils | None:
        """What a rejected line of this number leaves incomplete, as far as the number can be read."""
        if not (self.incident if self.level == 6 else self.arrest):
            return None
        return Spoils(ori, None if self.fault() else self.text, self.group)

    def fault(self) -> str | None:
        """What is missing in it, in words."""
        needed = {"the incident's number": self.level == 7 or self.incident, "the arrest's number": self.arrest}
        needed["the arrestee's sequence number"] = self.seq
        for name, value in needed.items():
            if not value:
                return f"expected {name}"
        if _SEPARATOR in "".join(self[1:]):
            return "expected numbers of letters, digits, hyphens and blanks"
        return None


@dataclass(frozen=True)
class Arrestee:
    """One arrest as typed: texts, stripped, empty where absent."""

    line: int
    ori: str | None
    key: Key
    day: str
    kind: str
    offenses: tuple[str, ...]
    age: str
    sex: str
    race: str
    ethnicity: str


def record(typed: Arrestee, terms: Terms, *, part: bool, raw: bytes) -> Record | Reject:
    """The record, or why it cannot be used. `part`: rows of its key are one arrest with several charges."""
    missing = typed.key.fault()
    spoils = typed.key.spoils(typed.ori)

    def reject(column: str, code: str, reason: str) -> Reject:
        return Reject(typed.line, column, code, reason, raw, spoils)

    if missing:
        return reject("key", "E_KEY", missing)
    day = _day(typed.day)
    if day is None:
        return reject("date", "E_DATE", "expected the day of the arrest as year, month, day")
    if typed.kind not in TYPES:
        return reject("type", "E_CODE", "expected O, S or T for the type of arrest")
    offenses = [code for code in typed.offenses if code]
    if not offenses:
        return reject("offense", "E_NO_CHARGE", "expected the offense code of the arrest")
    if not all(map(SHAPE.match, offenses)):
        return reject("offense", "E_CODE", "expected an offense code of two digits and a letter or digit")
    warnings: list[str] = []
    warnings += ["W_CODE" for code in offenses if code not in OFFENSES]
    person = {
        "sex": _code(typed.sex, KNOWN["person.sex"], warnings),
        "race": _code(typed.race, KNOWN["person.race"], warnings),
        "ethnicity": _code(typed.ethnicity, KNOWN["person.ethnicity"], warnings) if typed.ethnicity else None,
        "age": _age(typed.age, warnings),
    }
    kind = TYPES[typed.kind]
    canonical = CanonicalArrest.model_validate(
        {
            "ori": typed.ori,
            "source_record_id": typed.key.text,
            "case_no": typed.key.incident or typed.key.arrest,
            "arrested_at": datetime(day.year, day.month, day.day, tzinfo=terms.timezone),
            "time_precision": "day",
            "arrest_type": kind,
            "disposition": "cited" if kind == "summoned" else "arrested",
            "person": person,
            "charges": [{"nibrs": code} for code in offenses],
        }
    )
    return Record(
        typed.line,
        canonical,
        tuple(warnings),
        part=part,
        group=typed.key.group,
        linkable=False,
        sent=lambda: [(typed.line, raw)],
    )


def _day(text: str) -> date | None:
    digits = text.replace("-", "")
    if not (len(digits) == 8 and digits.isascii() and digits.isdigit()):
        return None
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if possible(day) else None


def zero_report(line: int, ori: str, year: str, month: str) -> Heartbeat | None:
    """The heartbeat of a month without arrests; None if it is no month."""
    first = _day(f"{year}{month}01") if len(month) == 2 else None
    if first is None:
        return None
    return Heartbeat(line, ori, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _age(text: str, warnings: list[str]) -> int | None:
    if not text:
        return None
    try:
        return age(text)
    except ValueError:
        warnings.append("W_AGE")
        return None


def _code(text: str, known: frozenset[str], warnings: list[str]) -> str:
    if text in known:
        return text
    if text:
        warnings.append("W_CODE")
    return "U"
