"""Why a steward opened a rejected row: kept sealed beside the audit, which knows that it was opened."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from shared.messaging import Tx
from shared.runtime.ids import uuid7

COLUMN: Final = "own.reject_opening.reason"


async def add(tx: Tx, batch_id: UUID, number: int, by: str, reason: str) -> None:
    """Note that a person opens a row, and why."""
    opening_id = uuid7()
    await tx.execute(
        """
        insert into own.reject_opening (opening_id, batch_id, number, opened_by, opened_at, reason)
        values (:opening_id, :batch_id, :number, :by, :now, :reason)
        """,
        {
            "opening_id": opening_id,
            "batch_id": batch_id,
            "number": number,
            "by": by,
            "now": tx.now,
            "reason": tx.keys.seal("TXT", COLUMN, opening_id, reason.encode()),
        },
    )
