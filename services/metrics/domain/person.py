"""What metrics knows of one person, put together from facts of several topics. Days are civil days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Arrest:
    arrest_id: str
    day: date
    rungs: int
    """Bits of `Rung`."""
    divertible: bool
    offered: bool | None
    linkable: bool
    delay_days: int | None = None
    """Days from the arrest to its first record; None for backfilled history."""
    agency_ori: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """`state` is the decision of the highest `seq`; `selected`: entry asks for arrests or is social contact."""

    referral_id: str
    at: datetime
    day: date
    pathway: str
    offer: str
    state: str
    arrest_id: str | None
    selected: bool
    covered_from: date | None = None
    """First day of the police feed of the referring agency, when it is known."""


@dataclass(frozen=True, slots=True)
class Intake:
    intake_id: str
    referral_id: str
    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Exit:
    """Died or moved away: from this day the person cannot be seen by this county's police."""

    day: date
    kind: str


@dataclass(frozen=True, slots=True)
class Person:
    """Facts that stand today: newest versions, voids left out."""

    arrests: Sequence[Arrest] = ()
    bookings: Sequence[date] = ()
    referrals: Sequence[Referral] = ()
    intakes: Sequence[Intake] = ()
    contacts: Sequence[date] = ()
    """Days on which a care coordinator reached the person."""
    exits: Sequence[Exit] = ()
    charge_states: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Index:
    """What a person's windows hang on: the referral, and the first intake when there is one."""

    referral: Referral
    intake: Intake | None


def index_of(person: Person) -> Index | None:
    """The first intake and its referral; without intake the first referral. Nothing later restarts them.

    None when the person was never referred, and while the first intake's referral is not known here yet.
    """
    standing = {r.referral_id: r for r in person.referrals if r.state != "void"}
    if person.intakes:
        first = min(person.intakes, key=lambda intake: (intake.at, intake.intake_id))
        named = standing.get(first.referral_id)
        return Index(named, first) if named else None
    if not standing:
        return None
    return Index(min(standing.values(), key=lambda r: (r.at, r.referral_id)), None)
