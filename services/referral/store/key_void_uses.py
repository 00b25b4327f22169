"""Uses of other services that came by a key that was not safe: what came by other ways before, and taking them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.key_voids import MINE, Order, by_id
from services.referral.store.rowset import rowset
from shared.messaging import Tx


async def page(tx: Tx, found: Order, limit: int) -> list[RowMapping]:
    """The next uses that stand as the key left them, locked."""
    return await tx.rows(
        f"""
        with mine as materialized ({MINE})
        select u.utilization_id, u.person_id, u.home_id, u.version, u.fact from own.utilization u
        where u.utilization_id > :after and not u.voided and u.batch_id in (select batch_id from mine)
          and u.utilization_id in (
            select utilization_id from own.raw_use where batch_id in (select batch_id from mine))
        order by u.utilization_id limit :n for update
        """,  # noqa: S608
        found.window | {"after": found.after, "n": limit},
    )


async def before(tx: Tx, found: Order, uses: Sequence[UUID]) -> Mapping[UUID, RowMapping]:
    """By use, the newest record of it that came another way."""
    rows = await tx.rows(
        f"""
        with mine as materialized ({MINE})
        select distinct on (r.utilization_id) r.utilization_id, r.batch_id, r.number, r.fact, r.person_id, r.home_id
        from own.raw_use r join own.batch b using (batch_id)
        where r.utilization_id = any(cast(:ids as uuid[])) and r.outcome in ('accepted', 'replaced')
          and b.status = 'applied' and b.voided_at is null and r.batch_id not in (select batch_id from mine)
        order by r.utilization_id, b.settled_at desc, r.batch_id desc, r.number desc
        """,  # noqa: S608
        found.window | {"ids": list(uses)},
    )
    return by_id(rows, "utilization_id")


async def void(tx: Tx, uses: Sequence[UUID]) -> None:
    """They are void in their next version."""
    await tx.execute(
        """
        update own.utilization set voided = true, version = version + 1, recorded_at = :now,
          content_at = to_timestamp(0)
        where utilization_id = any(cast(:ids as uuid[]))
        """,
        {"now": tx.now, "ids": list(uses)},
    )


async def restore(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """They stand in their next version as a record of another way said: `batch_id` and `number` name it."""
    await tx.execute(
        """
        update own.utilization u set version = c.version, record_key = r.record_key, fact = r.fact,
          person_id = c.person_id, home_id = c.home_id, batch_id = c.batch_id, recorded_at = :now,
          content_at = b.content_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as c(utilization_id uuid, version int, person_id uuid,
          home_id uuid, batch_id uuid, number int)
        join own.raw_use r on r.batch_id = c.batch_id and r.number = c.number
        join own.batch b on b.batch_id = c.batch_id
        where u.utilization_id = c.utilization_id
        """,
        {"rows": rowset(rows), "now": tx.now},
    )
