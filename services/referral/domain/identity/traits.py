"""What is compared of an identity: names without spelling, the birth date as eight digits, numbers bare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from datetime import date
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from services.referral.domain.identity import non_values

_GENERATION: Final = {"JR": "JR", "JUNIOR": "JR", "SR": "SR", "SENIOR": "SR", "II": "II", "III": "III", "IV": "IV"}
_OTHER_THAN_WORD: Final = re.compile(r"[\W_]")
_OTHER_THAN_CODE: Final = re.compile(r"[^A-Z0-9]")
_NOT_DIGIT: Final = re.compile(r"\D")
_NONE: Final[frozenset[str]] = frozenset()
_PHONE_DIGITS: Final = 10
_SHORTEST_PHONE: Final = 7


class Identity(BaseModel):
    """What a record says of who a person is. Stays in this service, sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    last: str = ""
    first: str = ""
    middle: str | None = None
    suffix: str | None = None
    preferred_name: str | None = None
    birth_date: date | None = None
    sid: str | None = None
    otn: str | None = None
    phones: list[str] = []
    addresses: list[str] = []

    @classmethod
    def of(cls, person: object) -> Identity:
        """The identity of any record's person part: attributes of these names are taken, others are not."""
        return cls.model_validate(person)

    @property
    def named(self) -> bool:
        return bool(self.last or self.first or self.preferred_name)


class Traits(NamedTuple):
    """An identity as compared. Empty means not known, which speaks neither for nor against.

    `born` is YYYYMMDD as written, which need not be a day of the calendar: a misread date is still evidence.
    """

    given: str = ""
    surname: str = ""
    generation: str = ""
    born: str = ""
    sid: str = ""
    otn: str = ""
    phones: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    @classmethod
    def of(cls, identity: Identity) -> Traits:
        """The traits of an identity. A suffix at the end of a surname counts as its suffix."""
        last, generation = _surname(identity.last, identity.suffix)
        given, surname = non_values.named(plain(identity.first), last)
        return cls(
            given=given,
            surname=surname,
            generation=generation,
            born=_born(identity.birth_date),
            sid=_number(identity.sid),
            otn=_number(identity.otn),
            phones=frozenset(found for one in identity.phones if (found := phone(one)) and non_values.is_phone(found)),
            addresses=frozenset(
                found for one in identity.addresses if (found := plain(one)) and non_values.is_place(found)
            ),
        )

    @property
    def linkable(self) -> bool:
        """Whether a rule may link it to a person: a name, and a birth date, state id or offence tracking number."""
        return bool((self.given or self.surname) and (self.born or self.sid or self.otn))

    def without(self, places: Set[str]) -> Traits:
        """The traits, but for these addresses and telephones: what many people give says nothing of one."""
        return self._replace(phones=self.phones - places, addresses=self.addresses - places)

    def packed(self) -> list[Any]:
        """As a list for storage; `unpacked` reads it back."""
        return [
            self.given, self.surname, self.generation, self.born, self.sid, self.otn,
            sorted(self.phones), sorted(self.addresses),
        ]  # fmt: skip

    @classmethod
    def unpacked(cls, stored: list[Any]) -> Traits:
        """The traits that `packed` gave."""
        given, surname, generation, born, sid, otn, phones, addresses = stored
        return cls(
            given, surname, generation, born, sid, otn, frozenset(phones) if phones else _NONE, frozenset(addresses)
        )


def plain(name: str) -> str:
    """A name without case, accents, spaces and punctuation."""
    if name.isascii():
        return _OTHER_THAN_WORD.sub("", name).upper()
    bare_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    return _OTHER_THAN_WORD.sub("", bare_name).upper()


def bare(number: str | None) -> str:
    """A number that someone issued, without case and punctuation."""
    return _OTHER_THAN_CODE.sub("", (number or "").upper())


def phone(number: str) -> str:
    """The last ten digits; empty if there are fewer than seven, which is no telephone number."""
    digits = _NOT_DIGIT.sub("", number)
    return digits[-_PHONE_DIGITS:] if len(digits) >= _SHORTEST_PHONE else ""


def _born(day: date | None) -> str:
    text = day.isoformat().replace("-", "") if day else ""
    return text if non_values.is_birth_date(text) else ""


def _number(issued: str | None) -> str:
    number = bare(issued)
    return number if non_values.is_number(number) else ""


def _surname(last: str, suffix: str | None) -> tuple[str, str]:
    generation = _GENERATION.get(plain(suffix or ""), "")
    head, _, tail = last.strip().rstrip(".").rpartition(" ")
    if head and not generation and (found := _GENERATION.get(plain(tail))):
        return plain(head), found
    return plain(last), generation
