"""A participant's status. There is no status for failure. Written by casework."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Event


class ParticipantStatusChanged(Event):
    topic = "participant-status-changed"
    key = ("change_id",)

    change_id: UUID
    person_id: UUID
    status: Literal["active", "in_the_wind", "inactive", "moved", "deceased", "self_closed", "void"]
    since: AwareDatetime
    engaged: bool
