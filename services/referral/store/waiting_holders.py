"""On the waiting list, and not in need of a slot: people who hold one already (programme rule 7)."""

from __future__ import annotations

from services.referral.domain.referral_states import Act
from services.referral.store import referrals, slots
from services.referral.store.person_index import hold_homes
from services.referral.store.settling import settle
from shared.messaging import Tx
from shared.runtime.ids import uuid7

REASON = "holds_slot"


async def let_through(tx: Tx, limit: int) -> None:
    """Approve their referrals by rule, as of the encounter, as if there had been a slot."""
    await hold_homes(tx)
    found = await slots.waiting_holders(tx, limit)
    if not found:
        return
    await referrals.add_steps(
        tx,
        [
            {
                "referral_id": row["referral_id"],
                "step_id": uuid7(),
                "person_id": row["person_id"],
                "programme": row["programme"],
                "act": Act.APPROVE,
                "at": row["occurred_at"],
                "by_role": "rule",
                "reasons": [REASON],
                "version": 1,
                "recorded_at": tx.now,
            }
            for row in found
        ],
    )
    await settle(tx, [row["referral_id"] for row in found])
