"""One release of information to one class of recipient. Written by intake."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Code, Information, RecipientClass
from shared.contracts.envelope import Event


class ConsentRecorded(Event):
    topic = "consent-recorded"
    key = ("consent_id",)

    consent_id: UUID
    person_id: UUID
    recipient_class: RecipientClass
    recipient_id: Code | None = None
    information: list[Information]
    purpose: Code
    state: Literal["granted", "declined", "revoked", "expired"]
    from_: AwareDatetime = Field(alias="from")
    expires_on: date | None = None
    form_version: str = Field(max_length=32)
