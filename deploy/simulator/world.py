"""What can happen to a person of the fictional county. Facts of a world, not messages of a system."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from deploy.simulator.people import Person

Charged = tuple[str, str | None]
"""The text an officer writes, and its grade."""


@dataclass(frozen=True)
class Arrest:
    case_no: str
    at: datetime
    zone: str
    charges: tuple[Charged, ...]
    disposition: str = "arrested"
    offered: bool | None = False


@dataclass(frozen=True)
class Contact:
    at: datetime
    mode: str
    outcome: str
    minutes: int


@dataclass(frozen=True)
class Intake:
    part1_at: datetime
    completed_at: datetime
    minutes: int
    shares: tuple[str, ...]
    """Recipient classes the person agreed to tell."""
    goal: str
    housing: str


@dataclass(frozen=True)
class Referral:
    case_no: str | None
    pathway: str
    at: datetime
    zone: str
    charges: tuple[Charged, ...]
    offer: str
    complainant: str
    outreach: tuple[Contact, ...] = ()
    intake: Intake | None = None
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True)
class Story:
    """One person's year."""

    person: Person
    arrests: tuple[Arrest, ...]
    referral: Referral | None = None


@dataclass(frozen=True)
class County:
    seed: int
    last_day: date
    stories: tuple[Story, ...] = field(repr=False)
