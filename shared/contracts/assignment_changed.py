"""Whose consents a coordinator may open. Written by casework, read by intake."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.codes import Worker
from shared.contracts.envelope import Event


class AssignmentChanged(Event):
    topic = "assignment-changed"
    key = ("assignment_id",)

    assignment_id: UUID
    person_id: UUID
    worker: Worker
    role: Literal["coordinator", "cover"]
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None = None
