"""Finishing an intake: when it ended, and what that does to the charge."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from services.intake.domain.clock import on_time
from services.intake.domain.entered_time import civil_day

Effect = Literal["given_up", "awaits_approval", "prosecutor", "already", "none", "unknown"]

OPEN_STATES = frozenset({"approved", "reopened", "pending", "waitlisted"})
"""States of a referral in which someone waits for an intake."""


class FinishRefused(ValueError):
    """The message is for the worker; `field` is where it belongs."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def ended_at(
    entered: datetime | None, reason: str, parts_done: list[datetime], referred_at: datetime, zone: ZoneInfo
) -> datetime:
    """When the intake ended (rule 5: the later part), or as entered with a reason.

    Raises FinishRefused: a time other than the later part's needs a reason, and none lies before the referral.
    """
    later_part = max(parts_done)
    if entered is None:
        return later_part
    if entered != later_part and not reason.strip():
        raise FinishRefused("completed_reason", "Say why this time differs from when the last part was saved.")
    if civil_day(entered, zone) < civil_day(referred_at, zone):
        raise FinishRefused("completed_at", "This is before the day of the referral.")
    return entered


def effect_on_charge(
    charge_states: list[str], referral_state: str | None, completed_on: date, due_on: date | None
) -> Effect:
    """What the referral service will make of it, so that the page can say so before the button is pressed."""
    if referral_state is None:
        return "unknown"
    if not charge_states:
        return "none"
    if set(charge_states) == {"relinquished"}:
        return "already"
    if not on_time(completed_on, due_on):
        return "prosecutor"
    if referral_state in {"pending", "waitlisted"}:
        return "awaits_approval"
    return "given_up"


def earliest(known: datetime | None, completed_at: datetime) -> datetime:
    """The earliest end of all versions: a correction never makes a charge worse."""
    return completed_at if known is None else min(known, completed_at)
