"""Both parts of an intake are done. Written by intake.

`earliest_completed_at`, the earliest of all versions, decides the charge and is kept in a void;
the highest version decides enrolment.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Demographics, Worker
from shared.contracts.envelope import Event


class IntakeCompleted(Event):
    topic = "intake-completed"
    key = ("intake_id",)
    void_keeps = ("referral_id", "earliest_completed_at")

    intake_id: UUID
    referral_id: UUID
    person_id: UUID
    kind: Literal["full", "update"]
    completed_at: AwareDatetime
    earliest_completed_at: AwareDatetime
    immediate_needs_done: bool
    full_assessment_done: bool
    language: str = Field(max_length=16)
    minutes: int = Field(ge=0)
    worker: Worker
    first_contact_at: AwareDatetime | None = None
    demographics_self_reported: Demographics | None = None
