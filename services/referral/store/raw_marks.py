"""Lines that are no arrest yet say something of arrests: deletes, groups that stand, zero reports, spoilt ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx

Kind = Literal["key", "group", "replace", "restated", "heartbeat", "spoilt", "differ", "too_many"]
_COLUMNS: Final = ("number", "line", "agency_ori", "kind", "arrest_id", "group_key", "first_day", "last_day")


@dataclass(frozen=True, slots=True)
class Mark:
    """One such line. `key` deletes an arrest, `group` and `replace` a group of them.

    `spoilt`: a rejected line without which an arrest is not whole, or a group not stated anew. `differ`, `too_many`:
    the lines of an arrest make none together. These three live only while their batch is staged.
    """

    number: int
    line: int
    agency_ori: str
    kind: Kind
    arrest_id: UUID | None = None
    group_key: bytes | None = None
    first_day: date | None = None
    last_day: date | None = None


async def stage(tx: Tx, batch: Batch, marks: Sequence[Mark]) -> None:
    """Store marks of a batch that is not applied yet."""
    if not marks:
        return
    await tx.execute(
        """
        insert into own.raw_mark
          (batch_id, programme, number, line, agency_ori, kind, arrest_id, group_key, first_day, last_day)
        select :batch_id, :programme, m.*
        from unnest(cast(:number as int[]), cast(:line as int[]), cast(:agency_ori as text[]), cast(:kind as text[]),
          cast(:arrest_id as uuid[]), cast(:group_key as bytea[]), cast(:first_day as date[]),
          cast(:last_day as date[])) as m(number, line, agency_ori, kind, arrest_id, group_key, first_day, last_day)
        """,
        {
            "batch_id": batch.batch_id,
            "programme": batch.tenant.programme,
            **{name: [getattr(mark, name) for mark in marks] for name in _COLUMNS},
        },
    )


async def clear(tx: Tx, batch_id: UUID) -> None:
    """Forget the marks of a batch: it was applied, or never will be."""
    await tx.execute("delete from own.raw_mark where batch_id = :batch_id", {"batch_id": batch_id})


async def keep_what_is_not_replaced(tx: Tx, batch_id: UUID) -> None:
    """Forget deletes of what is stated anew further down by a line that was rejected: the old one stands."""
    await tx.execute(
        """
        delete from own.raw_mark m using own.raw_mark s
        where m.batch_id = :batch_id and s.batch_id = :batch_id and s.kind = 'spoilt' and s.number > m.number
          and case m.kind
            when 'key' then m.arrest_id = s.arrest_id
            when 'group' then m.group_key = s.group_key
            when 'replace' then m.group_key = s.group_key
            else false
          end
        """,
        {"batch_id": batch_id},
    )


async def forget_faults(tx: Tx, batch_id: UUID) -> None:
    """Forget what only staging needs to know."""
    await tx.execute(
        "delete from own.raw_mark where batch_id = :batch_id and kind in ('spoilt', 'differ', 'too_many')",
        {"batch_id": batch_id},
    )


async def supersede(tx: Tx, batch_id: UUID) -> bool:
    """Records that a delete further down takes back: duplicates of what comes again, else nothing.

    False if the batch has no marks at all.
    """
    if not await tx.value("select exists (select 1 from own.raw_mark where batch_id = :b)", {"b": batch_id}):
        return False
    for column, kinds in (("arrest_id", "('key')"), ("group_key", "('group', 'replace')")):
        await tx.execute(
            f"""
            update own.raw_record r set outcome = case when exists (
                select 1 from own.raw_record s
                where s.batch_id = :batch_id and s.arrest_id = r.arrest_id and s.number > r.number
                  and s.record_key = r.record_key)
              then 'duplicate' else 'other' end
            where r.batch_id = :batch_id and r.outcome is null and exists (
              select 1 from own.raw_mark m
              where m.batch_id = :batch_id and m.{column} = r.{column} and m.kind in {kinds} and m.number > r.number)
            """,  # noqa: S608
            {"batch_id": batch_id},
        )
    return True


async def find_voids(tx: Tx, batch: Batch) -> dict[str, int]:
    """List the live arrests that deletes take back for good, and count: `voided` lines, `unknown` and `older` ones.

    A delete is unknown if it finds nothing, neither here nor in its own file; older, if newer content stands.
    """
    given = {"batch_id": batch.batch_id, "content_at": batch.content_at}
    for column, kinds in (("arrest_id", "('key')"), ("group_key", "('group', 'replace')")):
        await tx.execute(
            f"""
            insert into own.batch_void (batch_id, arrest_id, programme, municipality, agency_ori, number)
            select distinct on (a.arrest_id)
              m.batch_id, a.arrest_id, a.programme, a.municipality, a.agency_ori, m.number
            from own.raw_mark m join own.arrest a using ({column})
            where m.batch_id = :batch_id and m.kind in {kinds} and a.state = 'live'
              and a.content_at <= :content_at and not exists (
                select 1 from own.raw_record r
                where r.batch_id = :batch_id and r.arrest_id = a.arrest_id and r.number > m.number)
            order by a.arrest_id, m.number desc
            on conflict do nothing
            """,  # noqa: S608
            given,
        )
    row = await tx.row(
        """
        select
          (select count(distinct number) from own.batch_void where batch_id = :batch_id) as voided,
          (select count(*) from own.raw_mark m where m.batch_id = :batch_id and m.kind = 'key'
            and not exists (select 1 from own.arrest a where a.arrest_id = m.arrest_id and a.state = 'live')
            and not exists (
              select 1 from own.raw_record r where r.batch_id = :batch_id and r.arrest_id = m.arrest_id))
          + (select count(*) from own.raw_mark m where m.batch_id = :batch_id and m.kind = 'group'
            and not exists (select 1 from own.arrest a where a.group_key = m.group_key and a.state = 'live')
            and not exists (
              select 1 from own.raw_record r where r.batch_id = :batch_id and r.group_key = m.group_key)
            and not exists (
              select 1 from own.raw_mark s
              where s.batch_id = :batch_id and s.group_key = m.group_key and s.kind = 'restated')) as unknown,
          (select count(*) from own.raw_mark m where m.batch_id = :batch_id and exists (
            select 1 from own.arrest a where a.state = 'live' and a.content_at > :content_at
              and ((m.kind = 'key' and a.arrest_id = m.arrest_id)
                or (m.kind in ('group', 'replace') and a.group_key = m.group_key)))) as older
        """,
        given,
    )
    return dict(row) if row else {}


async def heartbeats(tx: Tx, batch_id: UUID) -> list[RowMapping]:
    """For each agency the days of its zero reports."""
    return await tx.rows(
        """
        select agency_ori, min(first_day) as first, max(last_day) as last
        from own.raw_mark where batch_id = :batch_id and kind = 'heartbeat' group by agency_ori order by agency_ori
        """,
        {"batch_id": batch_id},
    )
