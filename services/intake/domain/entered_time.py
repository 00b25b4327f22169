"""A time that a person types: when something happened, which is rarely when it is written down."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SLACK = timedelta(minutes=2)
"""Clocks of browsers run ahead a little."""


class TimeRefused(ValueError):
    """The message is for the person who typed it."""


def entered_time(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """Read `2026-03-31T23:45` in the jurisdiction's zone, or any ISO time with an offset, as UTC.

    Empty means now. Raises TimeRefused for what is no time, and for the future.
    """
    if not text.strip():
        return now
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise TimeRefused("Write a date and a time, such as 2026-03-31 14:30.") from None
    at = at.replace(tzinfo=zone) if at.tzinfo is None else at
    at = at.astimezone(UTC)
    if at > now + SLACK:
        raise TimeRefused("This time is in the future.")
    return at


def civil_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of a moment where the programme is."""
    return at.astimezone(zone).date()
