"""Arrests as they stand, and how a page of staged records changes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """What one staged record does: the version its arrest has afterwards, and about whom."""

    number: int
    person_id: UUID
    home_id: UUID
    version: int
    state: str


async def write(tx: Tx, batch: Batch, changes: Sequence[Change]) -> None:
    """Bring the arrests to what the staged records say; a void keeps what was known."""
    if not changes:
        return
    await tx.execute(
        """
        with change as materialized (
          select cast(:batch_id as uuid) as batch_id, c.*
          from unnest(cast(:numbers as int[]), cast(:people as uuid[]), cast(:homes as uuid[]),
            cast(:versions as int[]), cast(:states as text[])) as c(number, person_id, home_id, version, state)),
        linked as (
          update own.raw_record r set version = c.version, person_id = c.person_id, home_id = c.home_id
          from change c where r.batch_id = c.batch_id and r.number = c.number
            and (r.version, r.person_id, r.home_id) is distinct from (c.version, c.person_id, c.home_id))
        insert into own.arrest as a (arrest_id, person_id, home_id, programme, municipality, agency_ori, version,
          state, record_key, group_key, source, case_key, arrested_at, divertible, linkable, fact, batch_id,
          recorded_at, content_at)
        select r.arrest_id, c.person_id, c.home_id, r.programme, r.municipality, r.agency_ori, c.version,
          c.state, r.record_key, r.group_key, r.fact->>'source', r.fact->>'case_key',
          cast(r.fact->>'arrested_at' as timestamptz), r.fact->>'divertible', cast(r.fact->>'linkable' as boolean),
          r.fact, r.batch_id, :now, :content_at
        from change c join own.raw_record r using (batch_id, number) order by r.arrest_id
        on conflict (arrest_id) do update set
          version = excluded.version, state = excluded.state, record_key = excluded.record_key,
          person_id = excluded.person_id, home_id = excluded.home_id, batch_id = excluded.batch_id,
          recorded_at = excluded.recorded_at, content_at = excluded.content_at,
          group_key = coalesce(excluded.group_key, a.group_key),
          municipality = case when excluded.state = 'void' then a.municipality else excluded.municipality end,
          case_key = case when excluded.state = 'void' then a.case_key else excluded.case_key end,
          arrested_at = case when excluded.state = 'void' then a.arrested_at else excluded.arrested_at end,
          divertible = case when excluded.state = 'void' then a.divertible else excluded.divertible end,
          linkable = case when excluded.state = 'void' then a.linkable else excluded.linkable end,
          fact = case when excluded.state = 'void' then a.fact else excluded.fact end
        """,
        {
            "batch_id": batch.batch_id,
            "now": tx.now,
            "content_at": batch.content_at,
            "numbers": [change.number for change in changes],
            "people": [change.person_id for change in changes],
            "homes": [change.home_id for change in changes],
            "versions": [change.version for change in changes],
            "states": [change.state for change in changes],
        },
    )


async def confirm(tx: Tx, batch: Batch) -> None:
    """What a batch says again of an arrest that stands, live or void, is the newest word on it."""
    given = {"batch_id": batch.batch_id, "content_at": batch.content_at}
    await tx.execute(
        """
        update own.arrest a set content_at = :content_at from own.raw_record r
        where r.batch_id = :batch_id and a.arrest_id = r.arrest_id and a.content_at < :content_at
          and (coalesce(r.outcome, 'duplicate') = 'duplicate' or r.action = 'void')
        """,
        given,
    )
    for column, kinds in (("arrest_id", "('key')"), ("group_key", "('group', 'replace')")):
        await tx.execute(
            f"""
            update own.arrest a set content_at = :content_at from own.raw_mark m
            where m.batch_id = :batch_id and m.kind in {kinds} and a.{column} = m.{column}
              and a.state = 'void' and a.content_at < :content_at
            """,  # noqa: S608
            given,
        )


async def get(tx: Tx, arrest_id: UUID) -> RowMapping | None:
    """An arrest within the scope."""
    return await tx.row("select * from own.arrest where arrest_id = :arrest_id", {"arrest_id": arrest_id})


async def waits(tx: Tx, arrest_id: UUID) -> bool:
    """Whether a record of this arrest was received and is not applied yet."""
    found = await tx.value(
        "select exists (select 1 from own.raw_record where arrest_id = :arrest_id and outcome is null)",
        {"arrest_id": arrest_id},
    )
    return bool(found)


async def covered_days(tx: Tx, batch_id: UUID) -> list[RowMapping]:
    """For each agency of a batch: the first and last day that its applied records cover, in UTC."""
    return await tx.rows(
        """
        select agency_ori, min(cast(fact->>'arrested_at' as timestamptz)) as first,
          max(cast(fact->>'arrested_at' as timestamptz)) as last
        from own.raw_record where batch_id = :batch_id and outcome in ('accepted', 'replaced')
        group by agency_ori order by agency_ori
        """,
        {"batch_id": batch_id},
    )
