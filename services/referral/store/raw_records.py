"""Records as sent, sealed, with what may be published of each: written by staging, judged by reduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx

COLUMN: Final = "own.raw_record.record"
MOST_CHARGES: Final = 5000
"""A page of records ends behind so many charges: one text can list a thousand."""


@dataclass(frozen=True, slots=True)
class Staged:
    """One record, ready to be stored. `record` is sealed; `fact` is public but for ids and version, as JSON.

    `number` names it in its batch, `line` says where it stands. `part`: one of several rows that are one arrest.
    """

    number: int
    line: int
    arrest_id: UUID
    agency_ori: str
    municipality: str | None
    action: str
    record_key: bytes
    twin_key: bytes | None
    person_id: UUID | None
    sid_token: bytes | None
    name_token: bytes | None
    group_key: bytes | None
    part: bool
    fact: str
    record: bytes


async def stage(tx: Tx, batch: Batch, rows: Sequence[Staged]) -> None:
    """Store records of a batch that is not applied yet."""
    if not rows:
        return
    await tx.execute(
        """
        insert into own.raw_record (batch_id, programme, number, line, arrest_id, agency_ori, municipality, action,
          record_key, twin_key, person_id, home_id, sid_token, name_token, group_key, part, fact, record)
        select :batch_id, :programme, r.number, r.line, r.arrest_id, r.agency_ori, r.municipality, r.action,
          r.record_key, r.twin_key, r.person_id, r.person_id, r.sid_token, r.name_token, r.group_key, r.part,
          cast(r.fact as jsonb), r.record
        from unnest(cast(:number as int[]), cast(:line as int[]), cast(:arrest_id as uuid[]),
          cast(:agency_ori as text[]), cast(:municipality as text[]), cast(:action as text[]),
          cast(:record_key as bytea[]), cast(:twin_key as bytea[]), cast(:person_id as uuid[]),
          cast(:sid_token as bytea[]), cast(:name_token as bytea[]), cast(:group_key as bytea[]),
          cast(:part as boolean[]), cast(:fact as text[]), cast(:record as bytea[]))
          as r(number, line, arrest_id, agency_ori, municipality, action, record_key, twin_key, person_id, sid_token,
            name_token, group_key, part, fact, record)
        """,
        {
            "batch_id": batch.batch_id,
            "programme": batch.tenant.programme,
            **{name: [getattr(row, name) for row in rows] for name in Staged.__slots__},
        },
    )


async def clear(tx: Tx, batch_id: UUID) -> None:
    """Forget what was staged of a batch that will not be applied."""
    for table in ("own.raw_record", "own.raw_mark"):
        await tx.execute(f"delete from {table} where batch_id = :batch_id", {"batch_id": batch_id})  # noqa: S608


async def twins(tx: Tx, batch_id: UUID) -> int:
    """Rows of a batch that are alike to another but for their key."""
    found = await tx.value(
        """
        select coalesce(sum(n), 0) from (
          select count(*) as n from own.raw_record where batch_id = :batch_id and twin_key is not null
          group by twin_key having count(*) > 1) as groups
        """,
        {"batch_id": batch_id},
    )
    return int(found)


async def reduce(tx: Tx, batch: Batch) -> tuple[dict[str, int], dict[str, int]]:
    """Judge every staged record that has no outcome yet against what is known, the last state of a key counting.

    Counts of all records by outcome, `older` where newer content stands or took back, and warnings: W_KEY_TWICE for
    lines whose key stands again further down with other content, W_VOID_UNKNOWN for deletes of what is not there.

    A duplicate is only counted and keeps no outcome, since `drop_duplicates` forgets it; a row costs most by being
    written. In a batch that mends another it stays, and says what it is.
    """
    # Materialized, and joined by both columns of the key: without statistics of a batch just written, the planner
    # would otherwise compare every row with every other.
    rows = await tx.rows(
        """
        with staged as (
          select batch_id, number, arrest_id, action, record_key,
            row_number() over newest as back,
            first_value(record_key) over newest as last_key
          from own.raw_record where batch_id = :batch_id and outcome is null
          window newest as (partition by arrest_id order by number desc)),
        judged as materialized (
          select s.batch_id, s.number, coalesce(a.version, 0) + 1 as version,
            s.back > 1 and s.record_key <> s.last_key as key_twice,
            s.back = 1 and s.action = 'void' and (a.arrest_id is null or a.state = 'void') as void_unknown,
            case
              when s.back > 1 then case when s.record_key = s.last_key then 'duplicate' else 'other' end
              when s.action = 'void' and (a.arrest_id is null or a.state = 'void') then 'other'
              when s.action <> 'void' and a.state = 'live' and a.record_key = s.record_key then 'duplicate'
              when a.content_at > :content_at then 'older'
              when s.action = 'void' then 'voided'
              when a.arrest_id is null or a.state = 'void' then 'accepted'
              else 'replaced'
            end as outcome
          from staged s left join own.arrest a using (arrest_id)),
        written as (
          -- The version that its arrest will have: a row is written anew as seldom as can be.
          update own.raw_record r set outcome = j.outcome,
            version = case when j.outcome in ('accepted', 'replaced', 'voided') then j.version end
          from judged j
          where r.batch_id = j.batch_id and r.number = j.number and (j.outcome <> 'duplicate' or :mends))
        select outcome, count(*) as n, count(*) filter (where key_twice) as twice,
          count(*) filter (where void_unknown) as unknown
        from (
          select outcome, key_twice, void_unknown from judged
          union all
          -- The statement sees the table as it was before it wrote.
          select outcome, false, false from own.raw_record where batch_id = :batch_id and outcome is not null) as all_of
        group by outcome
        """,
        {"batch_id": batch.batch_id, "content_at": batch.content_at, "mends": batch.mends is not None},
    )
    warnings = {
        "W_KEY_TWICE": sum(row["twice"] for row in rows),
        "W_VOID_UNKNOWN": sum(row["unknown"] for row in rows),
    }
    return {row["outcome"]: row["n"] for row in rows}, warnings


async def effective(tx: Tx, batch_id: UUID, after: int, limit: int) -> list[RowMapping]:
    """Records that change something, with what is known of their arrest, in file order behind number `after`: at most
    `limit`, fewer where they list many charges, and none only behind the last."""
    return await tx.rows(
        """
        with page as (
          select r.number, r.arrest_id, r.outcome, r.person_id, r.home_id, r.sid_token, r.name_token, r.agency_ori,
            r.municipality, r.fact, a.version, a.person_id as old_person, a.home_id as old_home, a.fact as old_fact,
            coalesce(jsonb_array_length(r.fact->'charges'), 0) + coalesce(jsonb_array_length(a.fact->'charges'), 0)
              as charges
          from own.raw_record r left join own.arrest a using (arrest_id)
          where r.batch_id = :batch_id and r.number > :after and r.outcome in ('accepted', 'replaced', 'voided')
          order by r.number limit :n),
        counted as (select *, sum(charges) over (order by number) - charges as before from page)
        select * from counted where before < :most order by number
        """,
        {"batch_id": batch_id, "after": after, "n": limit, "most": MOST_CHARGES},
    )


_INCOMPLETE: Final = """
  own.raw_record r join own.raw_mark s using (batch_id, arrest_id)
  where r.batch_id = :batch_id and r.part and s.kind in ('spoilt', 'differ', 'too_many') and not exists (
    -- What a delete takes back between the two is another arrest of the same number.
    select 1 from own.raw_mark m
    where m.batch_id = :batch_id and m.kind in ('key', 'group', 'replace')
      and (m.arrest_id = r.arrest_id or m.group_key = r.group_key)
      and m.number between least(abs(s.number), r.number) and greatest(abs(s.number), r.number))
"""


async def has_incomplete(tx: Tx, batch_id: UUID) -> bool:
    """Whether anything is staged of an arrest that is not whole."""
    return bool(await tx.value(f"select exists (select 1 from {_INCOMPLETE})", {"batch_id": batch_id}))  # noqa: S608


async def incomplete(tx: Tx, batch_id: UUID, after: int, last: int) -> dict[int, tuple[str, int]]:
    """Records behind number `after` up to `last` of arrests that are not whole: (kind of mark, its line) by number."""
    rows = await tx.rows(
        f"""
        select distinct on (r.number) r.number, s.kind, s.line from {_INCOMPLETE}
          and r.number > :after and r.number <= :last
        order by r.number, s.line
        """,  # noqa: S608
        {"batch_id": batch_id, "after": after, "last": last},
    )
    return {row["number"]: (row["kind"], row["line"]) for row in rows}


async def drop_incomplete(tx: Tx, batch_id: UUID) -> None:
    """Forget what is staged of arrests that are not whole."""
    await tx.execute(
        f"""
        delete from own.raw_record
        where batch_id = :batch_id and number in (select r.number from {_INCOMPLETE})
        """,  # noqa: S608
        {"batch_id": batch_id},
    )


async def staged(tx: Tx, batch_id: UUID) -> int:
    """How many records of a batch are staged."""
    return int(await tx.value("select count(*) from own.raw_record where batch_id = :id", {"id": batch_id}))


async def unlinked(tx: Tx, batch: Batch, limit: int) -> list[RowMapping]:
    """Records with a name or number that say something new and have no person yet, in file order: the last of each key.

    With who an earlier version of the record was about (`old_home`).
    """
    return await tx.rows(
        """
        select r.number, r.municipality, r.agency_ori, a.home_id as old_home
        from own.raw_record r left join own.arrest a using (arrest_id)
        where r.batch_id = :batch_id and r.outcome is null and r.person_id is null and r.action <> 'void'
          and (r.sid_token is not null or r.name_token is not null)
          and (a.arrest_id is null
            or (a.content_at <= :content_at and (a.state = 'void' or a.record_key <> r.record_key)))
          and not exists (
            select 1 from own.raw_record n
            where n.batch_id = :batch_id and n.arrest_id = r.arrest_id and n.number > r.number)
          and not exists (select 1 from own.erased_record e where e.record_id = r.arrest_id)
        order by r.number limit :n
        """,
        {"batch_id": batch.batch_id, "content_at": batch.content_at, "n": limit},
    )


async def set_people(tx: Tx, batch_id: UUID, people: Sequence[tuple[int, UUID, UUID]]) -> None:
    """Keep who staged records are about: (number, person_id, home_id)."""
    await tx.execute(
        """
        update own.raw_record r set person_id = p.person_id, home_id = p.home_id
        from unnest(cast(:numbers as int[]), cast(:people as uuid[]), cast(:homes as uuid[]))
          as p(number, person_id, home_id)
        where r.batch_id = :batch_id and r.number = p.number
        """,
        {
            "batch_id": batch_id,
            "numbers": [one[0] for one in people],
            "people": [one[1] for one in people],
            "homes": [one[2] for one in people],
        },
    )


async def drop_duplicates(tx: Tx, batch: Batch) -> None:
    """A duplicate says nothing new, nor does what newer content overtook; their batch keeps the count.

    But what a person put right stays even if it was known: the file that it is of leaves it out, and may void nothing.
    """
    await tx.execute(
        """
        delete from own.raw_record where batch_id = :batch_id
          and (outcome = 'older' or (not :mends and coalesce(outcome, 'duplicate') = 'duplicate'))
        """,
        {"batch_id": batch.batch_id, "mends": batch.mends is not None},
    )


async def parts(tx: Tx, batch_id: UUID, after: tuple[UUID, int], limit: int) -> list[RowMapping]:
    """Rows that are one arrest with others that say something else: by arrest, then in file order.

    What a delete further down takes back is none of them.
    """
    # Grouped first: without statistics of a batch just written, the planner would compare every row with every other.
    return await tx.rows(
        """
        with several as materialized (
          select arrest_id from own.raw_record
          where batch_id = :batch_id and part and outcome is null and arrest_id >= cast(:arrest_id as uuid)
          group by arrest_id having count(distinct record_key) > 1)
        select r.number, r.line, r.arrest_id, r.agency_ori, r.record_key, r.record,
          r.sid_token is not null or r.name_token is not null as linkable
        from several join own.raw_record r using (arrest_id)
        where r.batch_id = :batch_id and r.part and r.outcome is null
          and (r.arrest_id, r.number) > (cast(:arrest_id as uuid), cast(:number as int))
          and not exists (
            select 1 from own.raw_mark m
            where m.batch_id = :batch_id and m.kind = 'key' and m.arrest_id = r.arrest_id and m.number > r.number)
          and not exists (
            select 1 from own.raw_mark m
            where m.batch_id = :batch_id and m.kind in ('group', 'replace') and m.group_key = r.group_key
              and m.number > r.number)
        order by r.arrest_id, r.number limit :n
        """,
        {"batch_id": batch_id, "arrest_id": after[0], "number": after[1], "n": limit},
    )


async def merge_parts(tx: Tx, batch_id: UUID, merged: Sequence[Staged]) -> None:
    """The last row of each arrest says what all its rows say."""
    if not merged:
        return
    names = ("number", "municipality", "record_key", "sid_token", "name_token", "record", "fact")
    await tx.execute(
        """
        update own.raw_record r set municipality = m.municipality, record_key = m.record_key,
          sid_token = m.sid_token, name_token = m.name_token, fact = cast(m.fact as jsonb), record = m.record
        from unnest(cast(:number as int[]), cast(:municipality as text[]), cast(:record_key as bytea[]),
          cast(:sid_token as bytea[]), cast(:name_token as bytea[]), cast(:record as bytea[]), cast(:fact as text[]))
          as m(number, municipality, record_key, sid_token, name_token, record, fact)
        where r.batch_id = :batch_id and r.number = m.number
        """,
        {
            "batch_id": batch_id,
            **{name: [getattr(row, name) for row in merged] for name in names},
        },
    )


async def decide(tx: Tx, batch_id: UUID, outcomes: Mapping[int, str]) -> None:
    """What becomes of rows, by number."""
    if not outcomes:
        return
    await tx.execute(
        """
        update own.raw_record r set outcome = o.outcome
        from unnest(cast(:numbers as int[]), cast(:outcomes as text[])) as o(number, outcome)
        where r.batch_id = :batch_id and r.number = o.number
        """,
        {"batch_id": batch_id, "numbers": list(outcomes), "outcomes": list(outcomes.values())},
    )
