"""Records as sent, sealed, with what may be published of each: written by staging, judged by reduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx

COLUMN: Final = "own.raw_record.record"


@dataclass(frozen=True, slots=True)
class Staged:
    """One record, ready to be stored. `record` is sealed; `fact` is public but for ids and version."""

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
    fact: Mapping[str, Any]
    record: bytes


async def stage(tx: Tx, batch: Batch, rows: Sequence[Staged]) -> None:
    """Store records of a batch that is not applied yet."""
    if not rows:
        return
    await tx.execute(
        """
        insert into own.raw_record (batch_id, programme, line, arrest_id, agency_ori, municipality, action,
          record_key, twin_key, person_id, home_id, sid_token, name_token, fact, record)
        select :batch_id, :programme, r.line, r.arrest_id, r.agency_ori, r.municipality, r.action, r.record_key,
          r.twin_key, r.person_id, r.person_id, r.sid_token, r.name_token, cast(r.fact as jsonb), r.record
        from unnest(cast(:line as int[]), cast(:arrest_id as uuid[]), cast(:agency_ori as text[]),
          cast(:municipality as text[]), cast(:action as text[]), cast(:record_key as bytea[]),
          cast(:twin_key as bytea[]), cast(:person_id as uuid[]), cast(:sid_token as bytea[]),
          cast(:name_token as bytea[]), cast(:fact as text[]), cast(:record as bytea[]))
          as r(line, arrest_id, agency_ori, municipality, action, record_key, twin_key, person_id, sid_token,
            name_token, fact, record)
        """,
        {
            "batch_id": batch.batch_id,
            "programme": batch.tenant.programme,
            **{name: [getattr(row, name) for row in rows] for name in Staged.__slots__ if name != "fact"},
            "fact": [orjson.dumps(row.fact).decode() for row in rows],
        },
    )


async def clear(tx: Tx, batch_id: UUID) -> None:
    """Forget what was staged of a batch that will not be applied."""
    await tx.execute(
        "delete from own.raw_record where batch_id = :batch_id and version is null", {"batch_id": batch_id}
    )


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


async def reduce(tx: Tx, batch_id: UUID) -> tuple[dict[str, int], dict[str, int]]:
    """Judge every staged record against what is known, the last state of a key counting.

    Counts by outcome, and warnings: W_KEY_TWICE for lines whose key stands again further down with other
    content, W_VOID_UNKNOWN for deletes of what is not there.
    """
    # Materialized, and joined by both columns of the key: without statistics of a batch just written, the planner
    # would otherwise compare every row with every other.
    rows = await tx.rows(
        """
        with staged as (
          select batch_id, line, arrest_id, action, record_key,
            row_number() over newest as back,
            first_value(record_key) over newest as last_key
          from own.raw_record where batch_id = :batch_id
          window newest as (partition by arrest_id order by line desc)),
        judged as materialized (
          select s.batch_id, s.line, s.back > 1 and s.record_key <> s.last_key as key_twice,
            s.back = 1 and s.action = 'void' and (a.arrest_id is null or a.state = 'void') as void_unknown,
            case
              when s.back > 1 then case when s.record_key = s.last_key then 'duplicate' else 'other' end
              when s.action = 'void' then
                case when a.arrest_id is null or a.state = 'void' then 'other' else 'voided' end
              when a.arrest_id is null or a.state = 'void' then 'accepted'
              when a.record_key = s.record_key then 'duplicate'
              else 'replaced'
            end as outcome
          from staged s left join own.arrest a using (arrest_id)),
        written as (
          update own.raw_record r set outcome = j.outcome from judged j
          where r.batch_id = j.batch_id and r.line = j.line
          returning j.outcome, j.key_twice, j.void_unknown)
        select outcome, count(*) as n, count(*) filter (where key_twice) as twice,
          count(*) filter (where void_unknown) as unknown
        from written group by outcome
        """,
        {"batch_id": batch_id},
    )
    warnings = {
        "W_KEY_TWICE": sum(row["twice"] for row in rows),
        "W_VOID_UNKNOWN": sum(row["unknown"] for row in rows),
    }
    return {row["outcome"]: row["n"] for row in rows}, warnings


async def effective(tx: Tx, batch_id: UUID, after: int, limit: int) -> list[RowMapping]:
    """Records that change something, with what is known of their arrest, in file order behind line `after`."""
    return await tx.rows(
        """
        select r.line, r.arrest_id, r.outcome, r.person_id, r.sid_token, r.name_token, r.agency_ori, r.municipality,
          r.fact, a.version, a.person_id as old_person, a.home_id as old_home, a.fact as old_fact
        from own.raw_record r left join own.arrest a using (arrest_id)
        where r.batch_id = :batch_id and r.line > :after and r.outcome in ('accepted', 'replaced', 'voided')
        order by r.line limit :n
        """,
        {"batch_id": batch_id, "after": after, "n": limit},
    )


async def drop_duplicates(tx: Tx, batch_id: UUID) -> None:
    """A duplicate says nothing new; its batch keeps the count."""
    await tx.execute(
        "delete from own.raw_record where batch_id = :batch_id and outcome = 'duplicate'", {"batch_id": batch_id}
    )
