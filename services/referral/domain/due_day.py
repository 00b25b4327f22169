"""The due day: the last civil day on which an intake is on time (programme rules 1 and 2).

All days are civil days in the jurisdiction's zone; a day ends at 00:00 of the next one there, daylight saving
or not.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def due_day(referral_day: date, approval_day: date, intake_days: int, days_after_approval: int) -> date:
    """The later of referral day + `intake_days` and approval day + `days_after_approval`."""
    return max(referral_day + timedelta(days=intake_days), approval_day + timedelta(days=days_after_approval))


def day_over_at(day: date, zone: ZoneInfo) -> datetime:
    """The moment a civil day is over: 00:00 local of the next day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def is_over(day: date, now: datetime, zone: ZoneInfo) -> bool:
    return now >= day_over_at(day, zone)


def on_time(completed_at: datetime, due_on: date, zone: ZoneInfo) -> bool:
    """Whether an intake completed at that moment is on time, whenever it was recorded."""
    return completed_at.astimezone(zone).date() <= due_on
