"""A referral as screened, when it is received. Written by referral."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Charge, Code, Demographics, Ori, Pathway
from shared.contracts.envelope import Event, Part


class Screening(Part):
    result: Literal["eligible", "review", "ineligible"]
    reasons: list[Code] = []
    policy_id: Code
    policy_version: int = Field(ge=1)
    prior_arrests_required: bool = False


class ReferralCreated(Event):
    topic = "referral-created"
    key = ("referral_id",)

    referral_id: UUID
    person_id: UUID
    pathway: Pathway
    agency_ori: Ori | None = None
    municipality: str = Field(max_length=80)
    zone: str | None = Field(default=None, max_length=16)
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    counterfactual: Literal["arrest", "citation", "warning", "none"]
    offer: Literal["accepted", "declined", "not_yet_made"]
    charges: list[Charge] = []
    complainant: Literal["none", "agrees", "declines", "unknown"] = "none"
    arrest_id: UUID | None = None
    screening: Screening
    decision: Literal["approved", "pending", "ineligible", "waitlisted", "declined"]
    intake_due_on: date | None = None
    demographics: Demographics
    referred_by: Literal["officer", "crisis_team", "community_partner", "self"]
    handoff: Literal["warm", "left_contact", "none"] = "none"
    handoff_minutes: int | None = Field(default=None, ge=0)
