"""When two records are about the same person, in this release: state id equal, or name and birth date equal.

Race is never compared. Two different state ids are two people for a rule; a person may decide otherwise.
Source: police feeds design, section 7 (the exact part of it).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

SID: Final = "sid"
NAME_BIRTH: Final = "name_birth"
_GENERATION: Final = {"JR", "SR", "II", "III", "IV"}


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

    @property
    def linkable(self) -> bool:
        """Whether a rule may compare this record with others at all."""
        return bool(match_texts(self))


@dataclass(frozen=True)
class Candidate:
    """A person already known by one of a record's texts, with every state id known of them (as tokens)."""

    person_id: UUID
    kind: str
    sids: frozenset[bytes]


def match_texts(identity: Identity) -> dict[str, str]:
    """The normalised texts whose equality links: by kind `sid` and `name_birth`. Empty: never linked."""
    texts: dict[str, str] = {}
    sid = re.sub(r"[^A-Z0-9]", "", (identity.sid or "").upper())
    if sid:
        texts[SID] = sid
    last, first = plain(identity.last), plain(identity.first)
    if last and first and identity.birth_date:
        suffix = plain(identity.suffix or "")
        generation = suffix if suffix in _GENERATION else ""
        texts[NAME_BIRTH] = f"{last}|{first}|{generation}|{identity.birth_date.isoformat()}"
    return texts


def plain(name: str) -> str:
    """A name without case, accents, spaces and punctuation."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    return re.sub(r"[\W_]", "", bare).upper()


def choose(sid: bytes | None, candidates: Iterable[Candidate]) -> UUID | None:
    """The person a record is about, or None for a new one. An equal state id wins over an equal name.

    A candidate found by name that has another state id is left out: that is a question for a person.
    Among several the smallest id wins, so that the answer does not depend on order.
    """
    found = sorted(candidates, key=lambda one: (one.kind != SID, one.person_id))
    for one in found:
        if one.kind == SID or sid is None or not one.sids or sid in one.sids:
            return one.person_id
    return None
