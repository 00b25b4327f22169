"""The rota in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, time

from services.referral.domain.on_call import DAY, OnCall, Span, said
from services.referral.pages.on_call_form import WEEKDAYS
from services.referral.store.on_call import Kept


def where(entry: OnCall) -> str:
    return _zones(entry.zones) if entry.zones else "Everywhere"


def when(entry: OnCall) -> str:
    """Days and hours, as "Fri, Sat, 8:00 pm to 6:00 am, Dec 1, 2026 to Dec 5, 2026"."""
    parts = [", ".join(WEEKDAYS[one] for one in sorted(entry.weekdays)) if entry.weekdays else "Every day"]
    parts.append(f"{clock(entry.from_)} to {clock(entry.to)}" if entry.from_ and entry.to else "all day")
    if entry.from_day and entry.to_day:
        parts.append(f"{_day(entry.from_day)} to {_day(entry.to_day)}")
    elif entry.from_day:
        parts.append(f"from {_day(entry.from_day)}")
    elif entry.to_day:
        parts.append(f"until {_day(entry.to_day)}")
    return ", ".join(parts)


def hours(span: Span) -> str:
    """The hours of a day, as "8:00 pm to midnight"."""
    if span.end - span.start == DAY:
        return "All day"
    return f"{clock(span.start.time())} to {clock(span.end.time())}"


def zones_said(zones: Sequence[str | None]) -> str:
    """Which places a column is about; None is wherever there are no zones, or it is not known."""
    named = _zones([zone for zone in zones if zone]) if any(zones) else ""
    if None not in zones:
        return named
    return f"{named} and elsewhere" if named else "Elsewhere, or zone not known"


def change(after: Kept, before: Kept | None) -> str:
    """What somebody did to an entry."""
    one = after.entry
    if before is None:
        return f"Added {one.name}, {said(one.phone)}: {where(one)}, {when(one)}."
    if after.ended:
        return f"Ended {one.name}: {where(one)}, {when(one)}."
    old = before.entry
    parts = [
        f"{label} {was or 'none'} became {now or 'none'}"
        for label, was, now in (
            ("name", old.name, one.name),
            ("number", said(old.phone), said(one.phone)),
            ("backup", old.backup_said, one.backup_said),
            ("places", where(old), where(one)),
            ("times", when(old), when(one)),
        )
        if was != now
    ]
    begun = "Put back" if before.ended else "Changed"
    return f"{begun} {one.name}: {'; '.join(parts) or 'nothing else'}."


def clock(at: time | None) -> str:
    if at is None:
        return ""
    return "midnight" if at == time() else at.strftime("%-I:%M %p").lower()


def _zones(zones: Iterable[str]) -> str:
    listed = sorted(zones)
    return ("Zone " if len(listed) == 1 else "Zones ") + ", ".join(listed)


def _day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
