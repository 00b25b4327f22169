"""The answers of an interview. Sealed; written by intake, read by casework."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import Code
from shared.contracts.envelope import Event


class AssessmentRecorded(Event):
    topic = "assessment-recorded"
    key = ("assessment_id",)

    assessment_id: UUID
    person_id: UUID
    referral_id: UUID
    instrument: Code
    instrument_version: int = Field(ge=1)
    answers: dict[str, Any]
    needs: list[Code] = []
    goals_in_own_words: list[str] = []
    part2: bool = False
    consent_ids: list[UUID] = []
