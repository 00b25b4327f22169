"""Which rejected rows still need a person, and which were sent again: in which batch, by whom, when. No content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.batch_content import REJECT_COLUMN
from shared.messaging import Tx

COUNTED: Final = timedelta(days=30)
"""Older rejects are nobody's task any more."""
_FIXABLE: Final = ("applied", "held", "previewed")

# A row that was sent again in a batch that came to nothing is to be fixed anew.
_SETTLED: Final = """
  exists (select 1 from own.reject_fix f left join own.batch sent on sent.batch_id = f.fixed_in
    where f.batch_id = {row}.batch_id and f.number = {row}.number
      and (f.fixed_in is null or sent.status <> 'refused' and sent.voided_at is null))
"""
_TO_FIX: Final = f"""
  select b.batch_id, b.source, b.rejected - (
      select count(*) from own.reject_fix r where r.batch_id = b.batch_id and {_SETTLED.format(row="r")}) as to_fix
  from own.batch b
  where b.rejected > 0 and b.status in ('applied', 'held', 'previewed') and b.voided_at is null
    and b.received_at > :since
    -- a file that was read again counts by its newest reading
    and not exists (select 1 from own.batch again
      where again.replay_of = coalesce(b.replay_of, b.batch_id) and again.batch_id > b.batch_id
        and again.status <> 'refused' and again.voided_at is null)
"""  # noqa: S608


def fixable(batch: RowMapping) -> bool:
    """Whether a person can put rows of it right; one that was refused or taken back is sent again whole."""
    return batch["status"] in _FIXABLE and batch["voided_at"] is None


@dataclass(frozen=True)
class Kept:
    """One rejected row as it was kept. `raw`: what was sent, opened."""

    number: int
    line: int
    column: str | None
    code: str
    reason: str
    raw: bytes


async def waiting(tx: Tx, batch_id: UUID, limit: int) -> list[Kept]:
    """The rows of a batch that still need a person, in file order, opened."""
    rows = await tx.rows(
        f"""
        select r.* from own.batch_reject r where r.batch_id = :id and not {_SETTLED.format(row="r")}
        order by r.line, r.number limit :limit
        """,  # noqa: S608
        {"id": batch_id, "limit": limit},
    )
    opened = tx.keys.opener("RAW", REJECT_COLUMN)
    return [
        Kept(
            row["number"],
            row["line"],
            row["column_name"],
            row["code"],
            row["reason"],
            opened(f"{batch_id}:{row['number']}", bytes(row["raw"])),
        )
        for row in rows
    ]


async def waiting_numbers(tx: Tx, batch_id: UUID) -> list[int]:
    """The rows of a batch that still need a person, by their numbers."""
    rows = await tx.rows(
        f"select r.number from own.batch_reject r where r.batch_id = :id and not {_SETTLED.format(row='r')}",  # noqa: S608
        {"id": batch_id},
    )
    return [row["number"] for row in rows]


async def mark(
    tx: Tx, batch_id: UUID, numbers: Sequence[int], fixed_in: UUID | None, by: tuple[str, str], column: str | None
) -> None:
    """Note that rows were sent again in a batch, or set aside (None). `by`: a person's id and name.

    A row that is settled already stays as it is, but for one whose batch came to nothing.
    """
    await tx.execute(
        """
        insert into own.reject_fix as f (batch_id, number, fixed_in, column_name, fixed_by, by_name, fixed_at)
        select :id, n, cast(:fixed_in as uuid), :column, :by, :name, :now from unnest(cast(:numbers as int[])) as n
        on conflict (batch_id, number) do update set fixed_in = excluded.fixed_in, column_name = excluded.column_name,
          fixed_by = excluded.fixed_by, by_name = excluded.by_name, fixed_at = excluded.fixed_at
        where exists (
          select 1 from own.batch b where b.batch_id = f.fixed_in and (b.status = 'refused' or b.voided_at is not null))
        """,
        {
            "id": batch_id,
            "numbers": list(numbers),
            "fixed_in": fixed_in,
            "column": column,
            "by": by[0],
            "name": by[1],
            "now": tx.now,
        },
    )


async def numbers_of(tx: Tx, batch_id: UUID, lines: Sequence[int]) -> list[int]:
    """The rejected rows that stand in these lines of their file."""
    rows = await tx.rows(
        "select number from own.batch_reject where batch_id = :id and line = any(cast(:lines as int[]))",
        {"id": batch_id, "lines": list(lines)},
    )
    return [row["number"] for row in rows]


async def settled(tx: Tx, batch_id: UUID) -> list[RowMapping]:
    """What became of rows of a batch: fixed_in (None: set aside), its status, by whom, when, how many rows.

    `older`: how many of them changed nothing, because newer content stands.
    """
    return await tx.rows(
        """
        select f.fixed_in, b.status, f.by_name, f.fixed_at, count(*) as n,
          coalesce((jsonb_path_query_first(b.warnings, '$[*] ? (@.code == "W_OLDER").count') #>> '{}')::int, 0) as older
        from own.reject_fix f left join own.batch b on b.batch_id = f.fixed_in
        where f.batch_id = :id group by 1, 2, 3, 4, b.warnings order by f.fixed_at desc
        """,
        {"id": batch_id},
    )


async def settled_rows(tx: Tx, batch_id: UUID, numbers: Sequence[int]) -> dict[int, Any]:
    """Of these rows those that need nobody any more: number -> the batch they were sent in, None: set aside."""
    rows = await tx.rows(
        f"""
        select r.number, r.fixed_in from own.reject_fix r
        where r.batch_id = :id and r.number = any(cast(:numbers as int[])) and {_SETTLED.format(row="r")}
        """,  # noqa: S608
        {"id": batch_id, "numbers": list(numbers)},
    )
    return {row["number"]: row["fixed_in"] for row in rows}


async def to_fix_by_source(tx: Tx) -> dict[str, int]:
    """How many rows of the last 30 days need a person, by feed; feeds with none are left out."""
    rows = await tx.rows(
        f"select source, sum(to_fix)::int as n from ({_TO_FIX}) t group by source having sum(to_fix) > 0",  # noqa: S608
        {"since": tx.now - COUNTED},
    )
    return {row["source"]: row["n"] for row in rows}


async def to_fix_by_batch(tx: Tx, batches: Sequence[UUID]) -> dict[UUID, int]:
    """How many rows of each of these batches need a person; batches with none are left out."""
    rows = await tx.rows(
        f"select batch_id, to_fix::int as n from ({_TO_FIX}) t where to_fix > 0"  # noqa: S608
        " and batch_id = any(cast(:batches as uuid[]))",
        {"since": tx.now - COUNTED, "batches": list(batches)},
    )
    return {row["batch_id"]: row["n"] for row in rows}
