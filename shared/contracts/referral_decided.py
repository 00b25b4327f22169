"""A later decision on a referral; the highest `seq` is its state. Written by referral."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Code
from shared.contracts.envelope import Event


class ReferralDecided(Event):
    topic = "referral-decided"
    key = ("decision_id",)

    decision_id: UUID
    seq: int = Field(ge=1)
    referral_id: UUID
    person_id: UUID
    decision: Literal["approved", "ineligible", "declined", "waitlisted", "withdrawn", "expired", "reopened", "void"]
    reasons: list[Code] = []
    decided_by_role: Code
    decided_at: AwareDatetime
    overridden: bool = False
    intake_due_on: date | None = None
