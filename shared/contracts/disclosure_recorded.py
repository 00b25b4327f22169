"""Something left a service. Written by referral, casework and metrics; intake keeps the accounting."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Code, Information, RecipientClass
from shared.contracts.envelope import Event


class DisclosureRecorded(Event):
    topic = "disclosure-recorded"
    key = ("disclosure_id",)

    disclosure_id: UUID
    person_id: UUID | None = None
    basis: Literal["consent", "emergency", "own_request"]
    consent_id: UUID | None = None
    recipient_class: RecipientClass
    recipient_id: Code | None = None
    information: list[Information]
    purpose: Code
    at: AwareDatetime
    form: Literal["view", "export", "event", "packet"]
    notice_version: str = Field(max_length=32)
