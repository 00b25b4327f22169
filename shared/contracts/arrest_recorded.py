"""An arrest, citation, warning or diversion, with classified charges. Written by referral."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Charge, Code, Demographics, Ori
from shared.contracts.envelope import Event


class ArrestRecorded(Event):
    topic = "arrest-recorded"
    key = ("arrest_id",)

    arrest_id: UUID
    person_id: UUID
    linkable: bool
    agency_ori: Ori
    municipality: str | None = Field(default=None, max_length=80)
    zone: str | None = Field(default=None, max_length=16)
    source: Code
    case_key: str | None = Field(default=None, max_length=64, description="HMAC, groups co-arrestees")
    arrested_at: AwareDatetime
    time_precision: Literal["minute", "day"]
    backfill: bool
    arrest_type: Literal["on_view", "summoned", "taken", "unknown"]
    custody: Code | None = None
    disposition: Literal["arrested", "cited", "warned", "diverted", "offered_declined", "unknown"]
    offered: bool | None = None
    charges: list[Charge]
    classifier_version: str = Field(max_length=32)
    policy_version: str = Field(max_length=32)
    divertible: Literal["yes", "review", "no"]
    warrant_only: bool
    filed_at: AwareDatetime | None = None
    demographics: Demographics
