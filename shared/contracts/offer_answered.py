"""What the person told intake about the offer. Written by intake, read by referral."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


class OfferAnswered(Event):
    topic = "offer-answered"
    key = ("answer_id",)

    answer_id: UUID
    referral_id: UUID
    person_id: UUID
    answer: Literal["declined", "returned"]
    at: AwareDatetime
