"""A contact or an attempt. Written by intake (outreach) and casework. Only `reached` is a contact."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Code, ContactMode, Worker
from shared.contracts.envelope import Event, Part


class ContactService(Part):
    kind: Code
    step: Literal["offered", "referred", "accepted", "connected", "refused_by_service"]


class ContactLogged(Event):
    topic = "contact-logged"
    key = ("contact_id",)

    contact_id: UUID
    person_id: UUID
    referral_id: UUID | None = None
    worker: Worker
    at: AwareDatetime
    minutes: int | None = Field(default=None, ge=0, le=1440)
    mode: ContactMode
    outcome: Literal["reached", "attempted", "declined"]
    stage: Literal["outreach", "intake", "casework"]
    services: list[ContactService] = []
