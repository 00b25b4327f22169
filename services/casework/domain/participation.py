"""Who is a participant and with which status. There is no status for failure.

A status stands on *grounds*: valid intakes, reached contacts, and what staff recorded. The whole history is
worked out anew from the grounds in the order they happened, so it is the same whatever order they arrived in.
Source: the programme's words and rules, section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5

Status = Literal["active", "in_the_wind", "inactive", "moved", "deceased", "self_closed"]
Kind = Literal["intake", "reached", "staff"]

TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    "active": frozenset({"in_the_wind", "inactive", "moved", "self_closed", "deceased"}),
    "in_the_wind": frozenset({"inactive", "moved", "self_closed", "deceased"}),
    "inactive": frozenset({"moved", "self_closed", "deceased"}),
    "moved": frozenset({"self_closed", "deceased"}),
    "self_closed": frozenset({"moved", "deceased"}),
    "deceased": frozenset(),
}
"""What staff may record from each status. Every status but `deceased` returns to active by itself, on a
reached contact or a new intake; a death entered in error is voided."""

SUPERVISOR_ONLY: frozenset[Status] = frozenset({"deceased"})
ON_CASELOAD: frozenset[Status] = frozenset({"active", "in_the_wind"})


@dataclass(frozen=True)
class Ground:
    """One thing a status stands on. `status` only where staff recorded one."""

    ground_id: UUID
    kind: Kind
    at: datetime
    status: Status | None = None


@dataclass(frozen=True)
class Change:
    """A status from `since` on. `engaged`: reached after intake before the next status began."""

    change_id: UUID
    ground_id: UUID
    status: Status
    since: datetime
    engaged: bool = False


def history(person_id: UUID, grounds: Iterable[Ground]) -> tuple[Change, ...]:
    """The person's statuses, oldest first; empty without a valid intake."""
    ordered = sorted(grounds, key=lambda g: (g.at, g.ground_id))
    first = next((g for g in ordered if g.kind == "intake"), None)
    if first is None:
        return ()
    changes = [Change(enrolment_id(person_id), first.ground_id, "active", first.at)]
    for ground in ordered:
        if ground.at > first.at and (status := _turn(changes[-1].status, ground)):
            changes.append(Change(_change_id(ground), ground.ground_id, status, ground.at))
    met = next((g.at for g in ordered if g.kind == "reached" and g.at > first.at), None)
    return tuple(_engaged(changes, met))


def _turn(now: Status, ground: Ground) -> Status | None:
    if ground.kind == "staff":
        return ground.status if ground.status in TRANSITIONS[now] else None
    return "active" if now not in {"active", "deceased"} else None


def _engaged(changes: Sequence[Change], met: datetime | None) -> Iterable[Change]:
    for change, following in zip(changes, [*changes[1:], None], strict=True):
        yield replace(change, engaged=met is not None and (following is None or met < following.since))


def enrolment_id(person_id: UUID) -> UUID:
    """One enrolment per person as published: a second intake never enrols twice."""
    return uuid5(NAMESPACE_OID, f"enrolment:{person_id}")


def _change_id(ground: Ground) -> UUID:
    """Staff's entry is the change itself; a return by rule is named after what brought the person back."""
    return ground.ground_id if ground.kind == "staff" else uuid5(NAMESPACE_OID, f"return:{ground.ground_id}")


@dataclass(frozen=True)
class Tries:
    """What was tried since the person was last reached."""

    attempts: int
    modes: int
    first_at: datetime | None


def may_become_inactive(tries: Tries, now: datetime) -> bool:
    """Three attempts, in two modes, over thirty days: before that nobody is called inactive."""
    long_enough = tries.first_at is not None and now - tries.first_at >= timedelta(days=30)
    return tries.attempts >= 3 and tries.modes >= 2 and long_enough


def suggestion(status: Status, days_silent: int) -> Literal["flag", "in_the_wind", "inactive"] | None:
    """Time alone sets nothing: what the page proposes after 30, 60 and 90 days without contact."""
    if status not in ON_CASELOAD:
        return None
    if days_silent >= 90:
        return "inactive"
    if days_silent >= 60:
        return "in_the_wind" if status == "active" else "flag"
    return "flag" if days_silent >= 30 else None
