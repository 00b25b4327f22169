"""When and how to try next, so that nobody has to remember."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WAITS = (1, 2, 4, 7)
"""Days after the first, second, third and every later try."""
MODES = ("phone", "text", "street", "office", "home")
MORNING, EVENING = 10, 17
SUPERVISOR_AFTER = 3
"""Tries in vain after which the supervisor sees the person too."""
SAME_TRY = timedelta(minutes=10)


@dataclass(frozen=True)
class Try:
    at: datetime
    mode: str
    outcome: str


@dataclass(frozen=True)
class NextTry:
    on: date
    mode: str
    hour: int


def next_try(tries: Sequence[Try], zone: ZoneInfo, today: date) -> NextTry:
    """The proposal after `tries` (oldest first): later, by another way and at another time of day."""
    if not tries:
        return NextTry(today, MODES[0], MORNING)
    last = tries[-1]
    local = last.at.astimezone(zone)
    on = local.date() + timedelta(days=WAITS[min(len(tries), len(WAITS)) - 1])
    used = {one.mode for one in tries}
    fresh = [mode for mode in MODES if mode not in used]
    other = [mode for mode in MODES if mode != last.mode]
    return NextTry(max(on, today), (fresh or other)[0], EVENING if local.hour < 13 else MORNING)


def looks_like(tries: Sequence[Try], at: datetime, mode: str) -> Try | None:
    """A try noted within ten minutes by the same way: perhaps the same one, told twice."""
    near = [one for one in tries if one.mode == mode and abs(one.at - at) <= SAME_TRY]
    return near[0] if near else None
