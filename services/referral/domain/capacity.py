"""Slots and the order of the waiting list (programme rule 9). No scores: time alone orders people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.referral.domain.policy import PolicyVersion
from shared.contracts.codes import Pathway


def has_slot(policy: PolicyVersion, pathway: Pathway, day: date, used: int) -> bool:
    """Whether one more may be approved on a civil day while `used` slots are taken."""
    per = policy.slots_per_coordinator
    each = per.arrest_diversion if pathway == "arrest_diversion" else per.other
    return used < each * policy.coordinators_on(day)


@dataclass(frozen=True)
class Waiting:
    """One on the waiting list. Day precision stands last in its day."""

    pathway: Pathway
    occurred_at: datetime
    received_at: datetime
    referral_id: str
    precision: Literal["minute", "day"] = "minute"
    day: date | None = None

    @property
    def place(self) -> tuple[bool, date, bool, datetime, datetime, str]:
        """Sort key: arrest diversion first, then when it occurred, was received, and its id."""
        return (
            self.pathway != "arrest_diversion",
            self.day or self.occurred_at.date(),
            self.precision == "day",
            self.occurred_at,
            self.received_at,
            self.referral_id,
        )
