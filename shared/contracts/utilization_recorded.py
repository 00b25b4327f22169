"""Use of jail, court, ambulance and like services. Written by referral."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Code
from shared.contracts.envelope import Event


class UtilizationRecorded(Event):
    topic = "utilization-recorded"
    key = ("utilization_id",)

    utilization_id: UUID
    person_id: UUID
    sector: Literal["jail", "prison", "court", "prosecution", "defence", "ems", "ed", "programme", "probation"]
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None = None
    units: float = Field(ge=0)
    unit: Literal["day", "booking", "case", "call", "visit", "hour"]
    source: Code
