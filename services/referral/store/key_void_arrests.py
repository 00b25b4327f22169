"""Arrests whose current state came by a key that was not safe: what came by other ways before, and taking them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.key_voids import MINE, Order, by_id
from services.referral.store.rowset import rowset
from shared.messaging import Tx


async def page(tx: Tx, found: Order, limit: int) -> list[RowMapping]:
    """The next arrests that stand as the key left them, as they stand, locked."""
    return await tx.rows(
        f"""
        with mine as materialized ({MINE})
        select a.arrest_id, a.person_id, a.home_id, a.version, a.state, a.fact, a.municipality, a.agency_ori
        from own.arrest a
        where a.arrest_id > :after and a.batch_id in (select batch_id from mine) and a.arrest_id in (
          select arrest_id from own.raw_record where batch_id in (select batch_id from mine)
          union all
          select arrest_id from own.batch_void where batch_id in (select batch_id from mine))
        order by a.arrest_id limit :n for update
        """,  # noqa: S608
        found.window | {"after": found.after, "n": limit},
    )


async def before(tx: Tx, found: Order, arrests: Sequence[UUID]) -> Mapping[UUID, RowMapping]:
    """By arrest, the newest that came another way: `live` with the record that said so, or a void."""
    rows = await tx.rows(
        f"""
        with mine as materialized ({MINE}),
        said as (
          select arrest_id, batch_id, number, outcome <> 'voided' as live from own.raw_record
          where arrest_id = any(cast(:ids as uuid[])) and version is not null
          union all
          select arrest_id, batch_id, number, false from own.batch_void where arrest_id = any(cast(:ids as uuid[])))
        select distinct on (s.arrest_id) s.arrest_id, s.batch_id, s.number, s.live, r.fact, r.person_id, r.home_id,
          r.record
        from said s join own.batch b using (batch_id)
        left join own.raw_record r on s.live and r.batch_id = s.batch_id and r.number = s.number
        where b.voided_at is null and s.batch_id not in (select batch_id from mine)
        order by s.arrest_id, b.settled_at desc nulls last, s.batch_id desc, s.number desc
        """,  # noqa: S608
        found.window | {"ids": list(arrests)},
    )
    return by_id(rows, "arrest_id")


async def void(tx: Tx, arrests: Sequence[UUID]) -> None:
    """They are void in their next version; what was known of them stays. Nobody's word stands, so any may follow."""
    await tx.execute(
        """
        update own.arrest set state = 'void', version = version + 1, recorded_at = :now, content_at = to_timestamp(0)
        where arrest_id = any(cast(:ids as uuid[]))
        """,
        {"now": tx.now, "ids": list(arrests)},
    )


async def restore(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """They stand in their next version as a record of another way said: `batch_id` and `number` name it."""
    await tx.execute(
        """
        update own.arrest a set version = c.version, state = 'live', record_key = r.record_key,
          group_key = coalesce(r.group_key, a.group_key), person_id = c.person_id, home_id = c.home_id,
          municipality = r.municipality, case_key = c.fact->>'case_key',
          arrested_at = cast(c.fact->>'arrested_at' as timestamptz), divertible = c.fact->>'divertible',
          linkable = cast(c.fact->>'linkable' as boolean), fact = c.fact, batch_id = c.batch_id, recorded_at = :now,
          content_at = b.content_at
        from jsonb_to_recordset(cast(:rows as jsonb)) as c(arrest_id uuid, version int, person_id uuid, home_id uuid,
          batch_id uuid, number int, fact jsonb)
        join own.raw_record r on r.batch_id = c.batch_id and r.number = c.number
        join own.batch b on b.batch_id = c.batch_id
        where a.arrest_id = c.arrest_id
        """,
        {"rows": rowset(rows), "now": tx.now},
    )
