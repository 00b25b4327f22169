"""A participant's status in one domain over an interval. Written by intake and casework."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import Code
from shared.contracts.envelope import Event


class StatusRecorded(Event):
    topic = "status-recorded"
    key = ("status_id",)

    status_id: UUID
    person_id: UUID
    domain: Literal["housing", "employment", "income", "health_coverage", "police_view", "substance_use", "wellbeing"]
    value: Code
    from_: date = Field(alias="from")
    to: date | None = None
    timepoint: Literal["baseline", "m6", "m12", "m18", "other"]
    instrument: Code | None = None
    asked: bool
