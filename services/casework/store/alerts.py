"""Which arrest alerts a worker has seen."""

from __future__ import annotations

from uuid import UUID

from shared.messaging import Tx


async def mark_seen(tx: Tx, arrest_id: UUID, worker: str) -> UUID | None:
    """Keep that the worker saw it; whose arrest it is, None if casework may not show it."""
    row = await tx.row(
        "select person_id, home_id, programme from copied.arrest where arrest_id = :id", {"id": arrest_id}
    )
    if row is None:
        return None
    await tx.execute(
        "insert into own.alert_seen (arrest_id, worker, person_id, home_id, programme, seen_at)"
        " values (:id, :worker, :person, :home, :programme, :now) on conflict do nothing",
        {
            "id": arrest_id,
            "worker": worker,
            "person": row["person_id"],
            "home": row["home_id"],
            "programme": row["programme"],
            "now": tx.now,
        },
    )
    home: UUID = row["home_id"]
    return home
