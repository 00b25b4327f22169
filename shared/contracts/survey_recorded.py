"""An answer of an organisation or official, never of a participant. Written by casework."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.codes import Code
from shared.contracts.envelope import Event


class SurveyRecorded(Event):
    topic = "survey-recorded"
    key = ("survey_id",)

    survey_id: UUID
    audience: Literal["officials", "police", "community"]
    municipality: str | None = Field(default=None, max_length=80)
    question: Code
    answer: Code
    on: date
