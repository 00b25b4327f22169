"""What was read of one row so far, and the readers of single values that need no mapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import Any

from services.referral.feeds.moments import read_time
from services.referral.feeds.record_key import BadCell


@dataclass(slots=True)
class Found:
    """What was read of one row so far: nested plain values, as the model takes them."""

    top: dict[str, Any] = field(default_factory=dict)
    place: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    charge: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_clock(found: Found, name: str | None, text: str) -> time:
    """A time of day. Raises BadCell E_DATE."""
    at = read_time(text)
    if at is None:
        raise BadCell(name, "E_DATE", "expected a time such as 14:30 or 2:30 PM")
    return at


def age_of(text: str, warnings: list[str]) -> int | None:
    """Completed years; an age that nobody is arrested at is none, with a warning."""
    if text.isascii() and text.isdigit() and len(text) <= 3 and 10 <= int(text) <= 100:
        return int(text)
    warnings.append("W_AGE")
    return None


def read_age(found: Found, name: str | None, text: str) -> int | None:
    """The age that a cell says."""
    return age_of(text, found.warnings)


def read_counts(found: Found, name: str | None, text: str) -> int:
    """How many counts of a charge. Raises BadCell E_CODE."""
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text)):
        raise BadCell(name, "E_CODE", "expected a number of counts from 1 to 999")
    return int(text)


def read_coordinate(found: Found, name: str | None, text: str) -> float | None:
    """A coordinate, or none: a place is not worth a record."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e9 else None
