"""The state of one diverted charge. `relinquished` is terminal. Written by referral."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Event


class ChargeDecided(Event):
    topic = "charge-decided"
    key = ("charge_id",)

    charge_id: UUID
    referral_id: UUID
    person_id: UUID
    state: Literal["held", "relinquished", "eligible_to_file", "filed", "not_filed"]
    decided_at: AwareDatetime
    by: Literal["rule", "prosecutor"]
    statute: str = Field(max_length=80)
    grade: str | None = Field(default=None, max_length=8)
