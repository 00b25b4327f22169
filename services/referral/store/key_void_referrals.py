"""Referrals that came by a key that was not safe: void as if entered in error, and which of them were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.referral_states import Act
from services.referral.store import referrals
from services.referral.store.key_voids import Order
from services.referral.store.settling import settle
from shared.messaging import Tx
from shared.runtime.ids import uuid7

OPERATOR: Final = "operator"


async def page(tx: Tx, found: Order, limit: int) -> list[RowMapping]:
    """The next referrals of the key's window that are not void, locked."""
    return await tx.rows(
        """
        select referral_id, person_id, programme, occurred_at, state from own.referral
        where entered_by = :key_id and received_at >= :sent_from and received_at < :sent_to and state <> 'void'
          and referral_id > :after
        order by referral_id limit :n for update
        """,
        found.window | {"after": found.after, "n": limit},
    )


async def void(tx: Tx, rows: Sequence[RowMapping]) -> None:
    """They are void, which is final; charges follow by the ledger's own rules: what was given up stays given up."""
    await referrals.add_steps(
        tx,
        [
            {
                "referral_id": row["referral_id"],
                "step_id": uuid7(),
                "person_id": row["person_id"],
                "programme": row["programme"],
                "act": Act.KEY_VOIDED,
                "at": max(tx.now, row["occurred_at"]),
                "by_role": OPERATOR,
                "reasons": ["key_voided"],
                "version": 1,
                "recorded_at": tx.now,
            }
            for row in rows
        ],
    )
    await settle(tx, [row["referral_id"] for row in rows])


async def decided_charges(tx: Tx, referral_ids: Sequence[UUID]) -> list[RowMapping]:
    """Charges of these referrals that stay as they were decided, with their state."""
    return await tx.rows(
        """
        select referral_id, state from own.charge
        where referral_id = any(cast(:ids as uuid[])) and state in ('relinquished', 'filed', 'not_filed')
        order by referral_id, seq
        """,
        {"ids": list(referral_ids)},
    )


async def voided(tx: Tx, referral_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the ids that are void because of their key: sent again, they are referrals of their own."""
    rows = await tx.rows(
        """
        select r.referral_id from own.referral r join own.referral_step s using (referral_id)
        where r.referral_id = any(cast(:ids as uuid[])) and r.state = 'void' and s.act = :act
        """,
        {"ids": list(referral_ids), "act": Act.KEY_VOIDED},
    )
    return {row["referral_id"] for row in rows}
