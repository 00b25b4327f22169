"""An erasure ordered by casework and confirmed by each service. Written by all four."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Event


class ErasureRecorded(Event):
    topic = "erasure-recorded"
    key = ("erasure_id", "service")
    by_person = False

    erasure_id: UUID
    service: Literal["referral", "intake", "casework", "metrics"]
    state: Literal["ordered", "confirmed"]
    person_id: UUID | None = None
    absorbed_ids: list[UUID] = []
    rows_left: int | None = Field(default=None, ge=0)
