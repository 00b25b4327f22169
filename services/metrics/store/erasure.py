"""Forget a person: every fact under each of their keys goes, and they are counted again as nobody."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.metrics.store.kinds import KINDS
from services.metrics.store.merges import lock_homes, settle
from shared.contracts import ErasureRecorded
from shared.messaging import Tx

_TABLES = tuple(kind.table for kind in KINDS if kind.of_person)
_MERGES = (
    "delete from copied.merge where survivor = any(cast(:keys as bytea[])) or absorbed = any(cast(:keys as bytea[]))"
)


async def erase(tx: Tx, person_ids: Sequence[UUID]) -> int:
    """Delete the facts of these ids. Returns the rows that are left, which is 0."""
    keys = [tx.keys.person_key(person_id) for person_id in person_ids]
    for table in _TABLES:
        await tx.execute(f"delete from {table} where person_key = any(cast(:keys as bytea[]))", {"keys": keys})  # noqa: S608
    await lock_homes(tx)
    await tx.execute(_MERGES, {"keys": keys})
    await settle(tx, set(keys))
    left = 0
    for table in _TABLES:
        sql = f"select count(*) from {table} where person_key = any(cast(:keys as bytea[]))"  # noqa: S608
        left += int(await tx.value(sql, {"keys": keys}))
    return left


async def confirm(tx: Tx, erasure_id: UUID, rows_left: int) -> None:
    """Publish the confirmation once; a replay finds it here and stays silent."""
    done = await tx.execute(
        "insert into own.erasure (erasure_id, rows_left) values (:id, :left) on conflict do nothing",
        {"id": erasure_id, "left": rows_left},
    )
    if done.rowcount:
        tx.publish(
            ErasureRecorded(
                erasure_id=erasure_id, service="metrics", state="confirmed", rows_left=rows_left, recorded_at=tx.now
            )
        )
