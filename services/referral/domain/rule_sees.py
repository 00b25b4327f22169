"""What the rule sees of a charge's referral (programme section 4 and rules 1, 2 and 4): from a standing to `Seen`.

All of it is judged by what happened when, never by the order in which it was learned.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from services.referral.domain.charge_ledger import Seen
from services.referral.domain.due_day import day_over_at, is_over, on_time
from services.referral.domain.referral_states import State
from services.referral.domain.standing import Standing

_ENDED = frozenset({State.INELIGIBLE, State.WITHDRAWN, State.VOID})


def on_time_intake(at: Standing, done: Iterable[datetime], zone: ZoneInfo) -> datetime | None:
    """The earliest intake that is on time, of any version, withdrawn or not (rule 4).

    It counts if the referral was approved, and not yet void when the intake was made.
    """
    due_on = at.due_on
    if due_on is None:
        return None
    return min((moment for moment in done if on_time(moment, due_on, zone) and at.binds(moment)), default=None)


def seen(
    at: Standing,
    intake_at: datetime | None,
    hold_ended_at: datetime | None,
    *,
    agreement: bool,
    zone: ZoneInfo,
    now: datetime,
) -> Seen:
    """What the rule sees of a referral at `now`.

    `intake_at` is its on-time intake, `hold_ended_at` when the prosecutor ended the hold, and `agreement` whether
    the rule may give the charge up.
    """
    if intake_at is not None:
        counts = max(intake_at, at.approved_at or intake_at)
        if agreement:
            return Seen(on_time_intake=counts)
        return Seen(intake_to_judge=None if hold_ended_at else counts)
    if at.state in _ENDED:
        return Seen(referral_ended=at.trail[-1].at)
    if at.due_on is not None and is_over(at.due_on, now, zone):
        return Seen(due_day_over=day_over_at(at.due_on, zone))
    return _held(at, hold_ended_at)


def _held(at: Standing, hold_ended_at: datetime | None) -> Seen:
    """Nothing ends the hold. A hold that the prosecutor ended stays ended until an extension given after that."""
    given = [entry for entry in at.trail if entry.by_role == "prosecutor" or entry.overridden]
    if hold_ended_at is not None:
        given = [entry for entry in given if entry.known_at is not None and entry.known_at > hold_ended_at]
    if given:
        return Seen(extended=given[-1].at)
    return Seen(reopened=at.trail[-1].at if at.binding and hold_ended_at is None else None)
