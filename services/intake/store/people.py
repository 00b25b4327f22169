"""Who a person is, opened from the sealed profile. A profile may come after the referral."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import orjson

from services.intake.domain.record import Record
from services.intake.store.copied import PROFILE_COLUMN
from shared.messaging import Tx


@dataclass(frozen=True)
class Person:
    """The words for one person on a page."""

    full: str
    short: str
    birth_date: date | None = None
    phones: tuple[str, ...] = ()
    """Only numbers the person called safe."""
    known: bool = True


UNKNOWN = Person(full="Name not here yet", short="this person", known=False)


def person(tx: Tx, row: Record) -> Person:
    """From a row with `profile_of` and `profile`, as `PROFILE` below joins them."""
    if row["profile"] is None:
        return UNKNOWN
    data = orjson.loads(tx.keys.open("ID", PROFILE_COLUMN, row["profile_of"], bytes(row["profile"])))
    names = data.get("names") or [{}]
    first, last = names[0].get("first", ""), names[0].get("last", "")
    short = data.get("preferred_name") or first or last
    full = " ".join(filter(None, (short, last if short != last else "")))
    if not full:
        return UNKNOWN
    born = data.get("birth_date") if data.get("birth_precision") == "day" else None
    phones = tuple(phone["number"] for phone in data.get("phones", []) if phone.get("safe"))
    return Person(full, short, date.fromisoformat(born) if born else None, phones)


PROFILE = """
left join lateral (
    select p.person_id as profile_of, p.profile from copied.profile p
    where p.home_id = r.home_id
    order by (p.person_id = r.home_id) desc, (p.person_id = r.person_id) desc, p.person_id limit 1) who on true
"""
"""Joins to `r` the profile of the person today: the survivor's own, else the one as published."""
