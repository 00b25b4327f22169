"""The charge clock: civil days until the last day on which an intake is on time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["risk", "soon", "ok", "past"]
SOON, RISK = 7, 3
"""Days left at which the clock turns amber, then red."""
MOST_PIPS = 45


@dataclass(frozen=True)
class Clock:
    """`left` days until the due day ends (0: it ends today; negative: over), day `day` of `total`."""

    due_on: date
    left: int
    day: int
    total: int

    @property
    def tone(self) -> Tone:
        if self.left < 0:
            return "past"
        if self.left <= RISK:
            return "risk"
        return "soon" if self.left <= SOON else "ok"

    @property
    def words(self) -> str:
        if self.left < 0:
            return "Deadline passed"
        if self.left == 0:
            return "Ends today"
        return f"{self.left} day left" if self.left == 1 else f"{self.left} days left"

    @property
    def pips(self) -> tuple[int, int]:
        """(filled, all): one per day, fewer for a window so long that days would not be seen."""
        if self.total <= MOST_PIPS:
            return self.day, self.total
        return round(self.day * MOST_PIPS / self.total), MOST_PIPS


def charge_clock(referred_on: date, due_on: date, today: date) -> Clock:
    """The clock of a referral from its civil day to its due day, both in the jurisdiction's zone."""
    total = max((due_on - referred_on).days, 1)
    day = min(max((today - referred_on).days, 0), total)
    return Clock(due_on=due_on, left=(due_on - today).days, day=day, total=total)


def on_time(completed_on: date, due_on: date | None) -> bool:
    """Rule 2: on time is a matter of civil days. While there is no due day any intake is on time."""
    return due_on is None or completed_on <= due_on
