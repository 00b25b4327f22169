"""Who looks after a referral until its intake is done. Only they open its answers."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.store.rows import insert, whose
from shared.messaging import Tx
from shared.runtime.ids import uuid7


async def claim(tx: Tx, referral: RowMapping, worker: str, name: str) -> str | None:
    """Claim for `worker`; None if that worked or was theirs already, else the name of who has it."""
    await tx.execute(
        """
        insert into own.claim (referral_id, worker, worker_name, claimed_at,
                               person_id, home_id, programme, municipality, agency_ori)
        values (:referral_id, :worker, :name, :now, :person_id, :home_id, :programme, :municipality, :agency_ori)
        on conflict (referral_id) do nothing
        """,
        {"referral_id": referral["referral_id"], "worker": worker, "name": name, "now": tx.now, **whose(referral)},
    )
    holder = await tx.row(
        "select worker, worker_name from own.claim where referral_id = :id", {"id": referral["referral_id"]}
    )
    return None if holder is None or holder["worker"] == worker else str(holder["worker_name"])


async def take_over(tx: Tx, referral: RowMapping, worker: str, name: str, reason: str) -> None:
    """Move a claim to `worker`. Who had it and why it moved stay on record."""
    await tx.execute(
        "update own.claim set worker = :worker, worker_name = :name, claimed_at = :now where referral_id = :id",
        {"worker": worker, "name": name, "now": tx.now, "id": referral["referral_id"]},
    )
    await note_take_over(tx, referral, referral["referral_id"], None, referral["claim_worker"], worker, reason)


async def note_take_over(
    tx: Tx, person: RowMapping, of: UUID, part: int | None, before: str | None, worker: str, reason: str
) -> None:
    """`of` is the referral, or with a part the interview, that changed hands."""
    take_over_id = uuid7()
    await insert(
        tx,
        "own.take_over",
        {
            "take_over_id": take_over_id,
            "intake_id": of,
            "part": part,
            "from_worker": before,
            "to_worker": worker,
            "reason": tx.keys.seal("TXT", "own.take_over.reason", take_over_id, reason),
            "at": tx.now,
            **whose(person),
        },
    )


async def release(tx: Tx, referral_id: UUID, worker: str) -> bool:
    """Give a claim back; only who holds it can."""
    done = await tx.execute(
        "delete from own.claim where referral_id = :id and worker = :worker", {"id": referral_id, "worker": worker}
    )
    return bool(done.rowcount)
