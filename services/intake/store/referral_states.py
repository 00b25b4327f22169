"""What a referral is now: the decision of the highest seq, and the newest due day that any decision gave."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from shared.messaging import Tx


async def lock(tx: Tx, referrals: Iterable[UUID]) -> None:
    """Keep out whoever else works on the same referrals: a referral and its decision may come at once."""
    keys = sorted({int.from_bytes(referral.bytes[8:], signed=True) for referral in referrals})
    await tx.execute("select pg_advisory_xact_lock(key) from unnest(cast(:keys as bigint[])) as key", {"keys": keys})


async def of_decisions(tx: Tx, decisions: list[UUID]) -> set[UUID]:
    """The referrals of decisions that are already kept."""
    rows = await tx.rows(
        "select distinct referral_id from copied.decision where decision_id = any(cast(:ids as uuid[]))",
        {"ids": decisions},
    )
    return {row["referral_id"] for row in rows}


async def work_out(tx: Tx, referrals: Iterable[UUID]) -> None:
    """Set state and due day of the referrals that are here; the others get theirs when they come."""
    await tx.execute(
        """
        update copied.referral r
        set state = coalesce(newest.decision, r.decision), due_on = coalesce(dated.due_on, r.intake_due_on)
        from unnest(cast(:ids as uuid[])) as asked(referral_id)
        left join lateral (
            select d.decision from copied.decision d
            where d.referral_id = asked.referral_id order by d.seq desc, d.decision_id limit 1) newest on true
        left join lateral (
            select d.intake_due_on as due_on from copied.decision d
            where d.referral_id = asked.referral_id and d.intake_due_on is not null
            order by d.seq desc, d.decision_id limit 1) dated on true
        where r.referral_id = asked.referral_id
        """,
        {"ids": sorted(referrals)},
    )
