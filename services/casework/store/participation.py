"""Statuses as system of record: what newly learned grounds change, and what is published of it.

A ground is taken into account once per version. When none is new nothing is worked out, so a replay of every
topic writes and publishes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.casework.domain.participation import Change, history
from services.casework.store import grounds, statuses
from services.casework.store.copies import lock_people
from services.casework.store.grounds import Evidence
from shared.contracts import ParticipantStatusChanged
from shared.messaging import Tx


async def take_into_account(tx: Tx, evidence: Sequence[Evidence]) -> None:
    """Remember what is new and publish every change of status that follows from it."""
    people = await grounds.remember(tx, evidence) if evidence else set()
    if people:
        await _work_out(tx, people)


async def _work_out(tx: Tx, people: set[UUID]) -> None:
    await lock_people(tx, people)
    standing = await grounds.of(tx, people)
    known = await statuses.published(tx, people)
    worked_out = {person: history(person, standing[person]) for person in people}
    changed = [
        fact for person, changes in worked_out.items() for fact in _differences(person, changes, known[person], tx.now)
    ]
    if changed:
        await statuses.write_changes(
            tx, changed, {c.change_id: c.ground_id for changes in worked_out.values() for c in changes}
        )
        await statuses.write_participants(tx, worked_out, known)
        tx.publish(*changed)


def _differences(
    person: UUID,
    changes: Sequence[Change],
    published: Mapping[UUID, ParticipantStatusChanged],
    now: datetime,
) -> Iterable[ParticipantStatusChanged]:
    for change in changes:
        before = published.get(change.change_id)
        said = (change.status, change.since, change.engaged)
        if before is None or (before.status, before.since, before.engaged) != said:
            yield _fact(person, change.change_id, before, now, *said)
    standing = {change.change_id for change in changes}
    for change_id, before in published.items():
        if change_id not in standing and before.status != "void":
            yield _fact(person, change_id, before, now, "void", before.since, False)


def _fact(
    person: UUID,
    change_id: UUID,
    before: ParticipantStatusChanged | None,
    now: datetime,
    status: str,
    since: datetime,
    engaged: bool,
) -> ParticipantStatusChanged:
    return ParticipantStatusChanged(
        change_id=change_id,
        person_id=person,
        status=status,
        since=since,
        engaged=engaged,
        version=before.version + 1 if before else 1,
        action="replace" if before else "record",
        recorded_at=now,
    )
