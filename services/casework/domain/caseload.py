"""How many people one coordinator may carry: rule 10 of the programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WARN_AT = 20
STOP_AT = 25

Verdict = Literal["silent", "warn", "refused", "overridden"]


@dataclass(frozen=True)
class Load:
    """A coordinator's people who are active or in the wind."""

    people: int

    @property
    def room(self) -> int:
        """How many more before the warning."""
        return max(0, WARN_AT - self.people)


def guard(held: int, role: str, reason: str) -> Verdict:
    """May one more person be assigned to someone who holds `held`?

    Silent while fewer than 20 are held, a warning from 20, refused at 25 unless a supervisor gives a reason.
    """
    if held < WARN_AT:
        return "silent"
    if held < STOP_AT:
        return "warn"
    return "overridden" if role == "supervisor" and reason.strip() else "refused"
