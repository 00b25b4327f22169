"""What an agency may be told of its own referral (privacy design, sections 2 and 9).

Without a live release to police it reads `received` whatever happened since: expired, reopened and a later no
would tell of intake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

NOTICE_VERSION: Final = "2.32-1"
NOTICE: Final = (
    "42 CFR part 2 prohibits unauthorized use or disclosure of these records. They may not be used in any civil, "
    "criminal, administrative or legislative proceeding against the person without consent or a court order."
)

Status = Literal["received", "intake_completed", "engaged", "closed"]
_LEFT: Final = frozenset({"moved", "self_closed", "deceased"})
_OVER: Final = frozenset({"declined", "withdrawn", "expired", "ineligible", "void"})


@dataclass(frozen=True)
class Known:
    """What this service knows of a referral and its person, each with its moment."""

    state: str
    received_at: datetime
    changed_at: datetime
    intake_at: datetime | None = None
    participant: str | None = None
    participant_since: datetime | None = None
    engaged: bool = False


def status(known: Known, released: bool) -> tuple[Status, datetime]:
    """The status with the moment it came about. `released`: a release of `engagement` is live and current."""
    if not released:
        return "received", known.received_at
    if known.participant in _LEFT:
        return "closed", known.participant_since or known.changed_at
    if known.intake_at is None:
        return ("closed", known.changed_at) if known.state in _OVER else ("received", known.received_at)
    if known.engaged:
        return "engaged", known.participant_since or known.intake_at
    return "intake_completed", known.intake_at
