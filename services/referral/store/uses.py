"""Uses of other services as sent, sealed, and as they stand: written by staging, judged and applied by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx

COLUMN: Final = "own.raw_use.record"


@dataclass(frozen=True, slots=True)
class StagedUse:
    """One record, ready to be stored. `record` is sealed; `fact` is public but for ids and version.

    `person_id` is set where no rule may link the record.
    """

    number: int
    line: int
    utilization_id: UUID
    agency_ori: str
    record_key: bytes
    person_id: UUID | None
    fact: Mapping[str, Any]
    record: bytes


@dataclass(frozen=True, slots=True)
class UseChange:
    """What one staged record does: the version its fact has afterwards, and about whom."""

    number: int
    person_id: UUID
    home_id: UUID
    version: int


async def stage(tx: Tx, batch: Batch, rows: Sequence[StagedUse]) -> None:
    """Store records of a batch that is not applied yet."""
    if not rows:
        return
    names = ("number", "line", "utilization_id", "agency_ori", "record_key", "person_id", "record")
    await tx.execute(
        """
        insert into own.raw_use (batch_id, programme, number, line, utilization_id, agency_ori, record_key, person_id,
          home_id, linkable, fact, record)
        select :batch_id, :programme, r.number, r.line, r.utilization_id, r.agency_ori, r.record_key, r.person_id,
          r.person_id, r.person_id is null, cast(r.fact as jsonb), r.record
        from unnest(cast(:number as int[]), cast(:line as int[]), cast(:utilization_id as uuid[]),
          cast(:agency_ori as text[]), cast(:record_key as bytea[]), cast(:person_id as uuid[]),
          cast(:fact as text[]), cast(:record as bytea[]))
          as r(number, line, utilization_id, agency_ori, record_key, person_id, fact, record)
        """,
        {
            "batch_id": batch.batch_id,
            "programme": batch.tenant.programme,
            **{name: [getattr(row, name) for row in rows] for name in names},
            "fact": [orjson.dumps(row.fact).decode() for row in rows],
        },
    )


async def clear(tx: Tx, batch_id: UUID) -> None:
    """Forget what was staged of a batch that will not be applied."""
    await tx.execute("delete from own.raw_use where batch_id = :batch_id", {"batch_id": batch_id})


async def reduce(tx: Tx, batch: Batch) -> tuple[dict[str, int], int]:
    """Judge every staged record that has no outcome yet, the last state of a key counting.

    Counts by outcome, `older` where newer content stands, and W_KEY_TWICE.
    """
    rows = await tx.rows(
        """
        with staged as (
          select batch_id, number, utilization_id, record_key,
            row_number() over newest as back, first_value(record_key) over newest as last_key
          from own.raw_use where batch_id = :batch_id and outcome is null
          window newest as (partition by utilization_id order by number desc)),
        judged as materialized (
          select s.batch_id, s.number, s.back > 1 and s.record_key <> s.last_key as key_twice,
            case
              when s.back > 1 then case when s.record_key = s.last_key then 'duplicate' else 'other' end
              when u.utilization_id is null or u.voided then 'accepted'
              when u.record_key = s.record_key then 'duplicate'
              when u.content_at > :content_at then 'older'
              else 'replaced'
            end as outcome
          from staged s left join own.utilization u using (utilization_id)),
        written as (
          update own.raw_use r set outcome = j.outcome from judged j
          where r.batch_id = j.batch_id and r.number = j.number
          returning j.outcome, j.key_twice)
        select outcome, count(*) as n, count(*) filter (where key_twice) as twice from written group by outcome
        """,
        {"batch_id": batch.batch_id, "content_at": batch.content_at},
    )
    return {row["outcome"]: row["n"] for row in rows}, sum(row["twice"] for row in rows)


async def effective(tx: Tx, batch_id: UUID, after: int, limit: int) -> list[RowMapping]:
    """Records that change something, with what is known of their fact, in file order behind `after`."""
    return await tx.rows(
        """
        select r.number, r.utilization_id, r.outcome, r.person_id, r.linkable, r.agency_ori, r.fact, r.record,
          u.version, u.person_id as old_person, u.home_id as old_home
        from own.raw_use r left join own.utilization u using (utilization_id)
        where r.batch_id = :batch_id and r.number > :after and r.outcome in ('accepted', 'replaced')
        order by r.number limit :n
        """,
        {"batch_id": batch_id, "after": after, "n": limit},
    )


async def write(tx: Tx, batch: Batch, changes: Sequence[UseChange]) -> None:
    """Bring the facts to what the staged records say."""
    await tx.execute(
        """
        with change as materialized (
          select cast(:batch_id as uuid) as batch_id, c.*
          from unnest(cast(:numbers as int[]), cast(:people as uuid[]), cast(:homes as uuid[]),
            cast(:versions as int[])) as c(number, person_id, home_id, version)),
        applied as (
          update own.raw_use r set person_id = c.person_id, home_id = c.home_id
          from change c where r.batch_id = c.batch_id and r.number = c.number
          returning r.*, c.version)
        insert into own.utilization as u (utilization_id, person_id, home_id, programme, municipality, agency_ori,
          version, record_key, fact, batch_id, recorded_at, content_at)
        select r.utilization_id, r.person_id, r.home_id, r.programme, r.municipality, r.agency_ori, r.version,
          r.record_key, r.fact, r.batch_id, :now, :content_at
        from applied r order by r.utilization_id
        on conflict (utilization_id) do update set
          version = excluded.version, record_key = excluded.record_key, person_id = excluded.person_id,
          home_id = excluded.home_id, fact = excluded.fact, batch_id = excluded.batch_id,
          voided = false, recorded_at = excluded.recorded_at, content_at = excluded.content_at
        """,
        {
            "batch_id": batch.batch_id,
            "now": tx.now,
            "content_at": batch.content_at,
            "numbers": [change.number for change in changes],
            "people": [change.person_id for change in changes],
            "homes": [change.home_id for change in changes],
            "versions": [change.version for change in changes],
        },
    )


async def confirm(tx: Tx, batch: Batch) -> None:
    """What a batch says again of a use is the newest word on it."""
    await tx.execute(
        """
        update own.utilization u set content_at = :content_at from own.raw_use r
        where r.batch_id = :batch_id and r.outcome = 'duplicate' and u.utilization_id = r.utilization_id
          and u.content_at < :content_at
        """,
        {"batch_id": batch.batch_id, "content_at": batch.content_at},
    )


async def drop_duplicates(tx: Tx, batch_id: UUID) -> None:
    """A duplicate says nothing new, nor does what newer content overtook; their batch keeps the count."""
    await tx.execute(
        "delete from own.raw_use where batch_id = :batch_id and outcome in ('duplicate', 'older')",
        {"batch_id": batch_id},
    )
