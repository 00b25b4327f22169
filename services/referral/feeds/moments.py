"""Days and times as sources write them, read by a fixed list of patterns: nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, wraps
from typing import Final, TypeVar, TypeVarTuple, cast

Rest = TypeVarTuple("Rest")
T = TypeVar("T")

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
LONGEST: Final = 100
"""Characters of a day and time, however it is written."""
EPOCH_MS: Final = "epoch_ms"
EPOCH_S: Final = "epoch_s"
DAYS: Final = ("%m/%d/%Y",)
MOMENTS: Final = ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p")
TIMES: Final = ("%H:%M", "%H:%M:%S", "%H%M", "%I:%M %p", "%I:%M:%S %p")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_DAY: Final = re.compile(r"^\d{4}-\d\d-\d\d$")
_NUMBER: Final = re.compile(r"^-?\d{1,15}$")
_ALLOWED: Final = frozenset("YmdbBHIMSpfzjy%")


def possible(at: date) -> bool:
    """Whether a record can be of this year: 1900 to 2200. What lies in the future is found by the clock, later."""
    return FIRST_YEAR <= at.year <= LAST_YEAR


def remembered(read: Callable[[str, *Rest], T | None]) -> Callable[[str, *Rest], T | None]:
    """Remembers what texts meant, of which there are few. What is too long to mean anything is not kept: a file could
    fill the memory with it."""
    known = cast("Callable[[str, *Rest], T | None]", lru_cache(maxsize=4096)(read))

    @wraps(read)
    def brief(text: str, /, *rest: *Rest) -> T | None:
        return known(text, *rest) if len(text) <= LONGEST else None

    return brief


@remembered
def read_moment(text: str, patterns: Sequence[str]) -> tuple[datetime, bool] | None:
    """(moment, whether it has a time of day), or None. ISO 8601 is always read; without a zone it is local."""
    at = _iso(text)
    if at is not None:
        return at, _ISO_DAY.match(text) is None
    for pattern in patterns:
        if (at := _by(text, pattern)) is not None:
            return at, pattern in (EPOCH_MS, EPOCH_S) or "%H" in pattern or "%I" in pattern
    return None


@remembered
def read_day(text: str, patterns: Sequence[str]) -> date | None:
    """A day, or None; a time of day behind it must be midnight."""
    found = read_moment(text, patterns)
    return found[0].date() if found and found[0].time() == time() else None


@remembered
def read_time(text: str) -> time | None:
    """A time of day such as 14:30, 2:30 PM or 1430, or None."""
    for pattern in TIMES:
        try:
            return datetime.strptime(text, pattern).time()
        except ValueError:
            continue
    return None


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a date pattern of a mapping; None if nothing is."""
    if pattern in (EPOCH_MS, EPOCH_S):
        return None
    used = re.findall(r"%(.)", pattern, re.DOTALL)
    if not _ALLOWED.issuperset(used) or (pattern.endswith("%") and not pattern.endswith("%%")):
        return "expected epoch_ms, epoch_s or a pattern of %Y %m %d %b %B %H %I %M %S %f %p %z"
    if "y" in used or "Y" not in used:
        return "expected a year of four digits, %Y"
    if not ("j" in used or ("d" in used and {"m", "b", "B"} & set(used))):
        return "expected day and month, %d and %m, %b or %B"
    if "I" in used and "p" not in used:
        return "expected AM or PM, %p, with a clock of twelve hours"
    return None


def _by(text: str, pattern: str) -> datetime | None:
    try:
        if pattern in (EPOCH_MS, EPOCH_S):
            if not _NUMBER.match(text):
                return None
            at = _EPOCH + (timedelta(milliseconds=int(text)) if pattern == EPOCH_MS else timedelta(seconds=int(text)))
        else:
            at = datetime.strptime(text, pattern)
    except (ValueError, OverflowError):
        return None
    return at if possible(at) else None


def _iso(text: str) -> datetime | None:
    # Only the extended form: a bare number such as 20190103 could be anything.
    if len(text) < 10 or text[4] != "-":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if possible(at) else None
