"""Rejected rows of a batch, a page at a time; what was sent is opened for one row alone."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.batch_content import REJECT_COLUMN
from shared.messaging import Tx


async def count(tx: Tx, batch_id: UUID) -> int:
    """How many rejected rows of a batch are within the scope."""
    return int(await tx.value("select count(*) from own.batch_reject where batch_id = :id", {"id": batch_id}))


async def page(tx: Tx, batch_id: UUID, offset: int, limit: int) -> list[RowMapping]:
    """Rejected rows in file order, sealed: number, line, column_name, code, reason."""
    return await tx.rows(
        """
        select number, line, column_name, code, reason from own.batch_reject where batch_id = :id
        order by line, number offset :offset limit :limit
        """,
        {"id": batch_id, "offset": offset, "limit": limit},
    )


async def opened(tx: Tx, batch_id: UUID, number: int) -> str | None:
    """What was sent in one rejected row; None if there is no such row within the scope."""
    sealed = await tx.value(
        "select raw from own.batch_reject where batch_id = :id and number = :number",
        {"id": batch_id, "number": number},
    )
    if sealed is None:
        return None
    return tx.keys.open("RAW", REJECT_COLUMN, f"{batch_id}:{number}", bytes(sealed)).decode("utf-8", "replace")
