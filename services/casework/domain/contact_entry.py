"""Reading a contact as typed: what is required, what defaults, what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.contracts.codes import ContactMode

OUTCOMES = ("reached", "attempted", "declined")
MODES = get_args(ContactMode)
STEPS = ("offered", "referred", "accepted", "connected", "refused_by_service")
NEXT_DAYS: Mapping[str, int | None] = {"3d": 3, "1w": 7, "2w": 14, "none": None}
LONGEST_NOTE = 4000
AHEAD = timedelta(minutes=5)
"""Clocks differ a little; beyond this a time is in the future and refused."""


@dataclass(frozen=True)
class Typed:
    """The fields of the form, by their names."""

    contact_id: str
    pid: str
    outcome: str
    mode: str = "street"
    minutes: str = ""
    at: str = ""
    next: str = "1w"
    nextwhat: str = ""
    needs: Sequence[str] = ()
    place: str = ""
    service: str = ""
    note: str = ""


@dataclass(frozen=True)
class Read:
    """What was typed, understood."""

    contact_id: UUID
    person_id: UUID
    outcome: str
    mode: str
    minutes: int | None
    at: datetime
    next_due_on: date | None
    service: tuple[str, str] | None


def read(typed: Typed, now: datetime, zone: ZoneInfo) -> Read | dict[str, str]:
    """The contact, or every field's error in words for the person who typed."""
    errors: dict[str, str] = {}
    person = as_uuid(typed.pid)
    if person is None:
        errors["pid"] = "Choose who this was with."
    if typed.outcome not in OUTCOMES:
        errors["outcome"] = "Choose what happened."
    if typed.mode not in MODES:
        errors["mode"] = "Choose how you met or tried."
    minutes = _minutes(typed.minutes)
    if minutes is None and typed.minutes.strip():
        errors["minutes"] = "Minutes is a number from 0 to 1440."
    at = moment(typed.at, now, zone)
    if at is None:
        errors["at"] = "Enter the day and time it happened, like 2026-03-14T09:30."
    elif at > now + AHEAD:
        errors["at"] = "This time is in the future. Log a contact once it has happened."
    if len(typed.note) > LONGEST_NOTE:
        errors["note"] = f"The note is too long: keep it under {LONGEST_NOTE:,} characters."
    contact_id = as_uuid(typed.contact_id)
    if contact_id is None:
        errors["contact_id"] = "This form is out of date. Open it again; what you typed is still here."
    if errors or person is None or at is None or contact_id is None:
        return errors
    days = NEXT_DAYS.get(typed.next, 7)
    return Read(
        contact_id=contact_id,
        person_id=person,
        outcome=typed.outcome,
        mode=typed.mode,
        minutes=minutes,
        at=at,
        next_due_on=at.astimezone(zone).date() + timedelta(days=days) if days is not None else None,
        service=_service(typed.service),
    )


def as_uuid(text: str) -> UUID | None:
    """An id as typed, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When it happened: empty is now; a time without an offset is the jurisdiction's. None if unreadable."""
    if not text.strip():
        return now
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _minutes(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() and int(text) <= 1440 else None


def _service(text: str) -> tuple[str, str] | None:
    """`connected:housing` as (kind, step)."""
    step, _, kind = text.partition(":")
    return (kind, step) if step in STEPS and kind.isidentifier() else None
