"""Forgetting a person: every own fact is erased from the log, every row of them deleted here."""

# ruff: noqa: S608 - table and column names are constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.casework.store.merges import ABOUT_PEOPLE
from shared.contracts import ErasureRecorded
from shared.messaging import Fact, Tx

PUBLISHED = {
    "own.contact": ("contact-logged", "contact_id"),
    "own.status_change": ("participant-status-changed", "change_id"),
    "own.assignment": ("assignment-changed", "assignment_id"),
}
"""Own tables whose rows are facts on a topic: table -> (topic, column of the fact's id)."""


async def carry_out(tx: Tx, facts: Sequence[Fact[ErasureRecorded]]) -> None:
    """Erase whoever was ordered to be erased, and confirm it once with what is left."""
    for event in (fact.event for fact in facts if fact.event is not None):
        if event.state == "ordered" and event.person_id is not None:
            await _erase(tx, event.erasure_id, [event.person_id, *event.absorbed_ids])


async def _erase(tx: Tx, erasure_id: UUID, people: Sequence[UUID]) -> None:
    who = {"people": list(people)}
    for table, (topic, key) in PUBLISHED.items():
        rows = await tx.rows(
            f"select {key} as fact_id, person_id, version from {table} where person_id = any(cast(:people as uuid[]))",
            who,
        )
        for row in rows:
            await tx.tombstone(topic, str(row["fact_id"]), row["person_id"], row["version"])
    for table in ABOUT_PEOPLE:
        await tx.execute(f"delete from {table} where person_id = any(cast(:people as uuid[]))", who)
    left = 0
    for table in ABOUT_PEOPLE:
        left += await tx.value(f"select count(*) from {table} where person_id = any(cast(:people as uuid[]))", who)
    await _confirm(tx, erasure_id, left)


async def _confirm(tx: Tx, erasure_id: UUID, left: int) -> None:
    written = await tx.execute(
        "insert into own.erasure (erasure_id, rows_left, recorded_at) values (:id, :left, :now) on conflict do nothing",
        {"id": erasure_id, "left": left, "now": tx.now},
    )
    if written.rowcount:
        tx.publish(
            ErasureRecorded(
                erasure_id=erasure_id,
                service="casework",
                state="confirmed",
                rows_left=left,
                recorded_at=tx.now,
            )
        )
