"""Records of an erased person: remembered by id, so that no file that comes or is read again brings them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from shared.messaging import Tx

_RAW: Final = (("own.raw_record", "arrest_id"), ("own.raw_use", "utilization_id"))
_VOID: Final = ("own.batch_void", "arrest_id")
_ABOUT: Final = """
  select arrest_id from own.arrest where person_id = any(cast(:people as uuid[]))
  union select arrest_id from own.raw_record where person_id = any(cast(:people as uuid[]))
  union select utilization_id from own.utilization where person_id = any(cast(:people as uuid[]))
  union select utilization_id from own.raw_use where person_id = any(cast(:people as uuid[]))
"""


async def of_people(tx: Tx, people: Sequence[UUID]) -> list[UUID]:
    """The ids of every arrest and use that is or was about these people."""
    return [row["arrest_id"] for row in await tx.rows(_ABOUT, {"people": list(people)})]


async def remember(tx: Tx, records: Sequence[UUID]) -> None:
    """Never take these records in again."""
    await tx.execute(
        """
        insert into own.erased_record (record_id, erased_at)
        select id, :now from unnest(cast(:ids as uuid[])) as id order by id on conflict do nothing
        """,
        {"ids": list(records), "now": tx.now},
    )


async def set_aside(tx: Tx, batch_id: UUID) -> int:
    """Judge staged records of erased people as other, before anything is made of them; how many they are."""
    aside = 0
    for table, column in _RAW:
        done = await tx.execute(
            f"""
            update {table} set outcome = 'other'
            where batch_id = :batch_id and outcome is null and {column} in (select record_id from own.erased_record)
            """,  # noqa: S608
            {"batch_id": batch_id},
        )
        aside += done.rowcount
    return aside


async def drop(tx: Tx, batch_id: UUID) -> None:
    """Delete what was set aside, once its batch has counted it."""
    for table, column in _RAW:
        await tx.execute(
            f"delete from {table} where batch_id = :batch_id and {column} in (select record_id from own.erased_record)",  # noqa: S608
            {"batch_id": batch_id},
        )


async def delete(tx: Tx, records: Sequence[UUID]) -> None:
    """Delete these records as sent, in every state. A batch that still waits counts what is gone from it as other."""
    for table, column in (*_RAW, _VOID):
        await tx.execute(f"delete from {table} where {column} = any(cast(:ids as uuid[]))", {"ids": list(records)})  # noqa: S608


async def left(tx: Tx, records: Sequence[UUID]) -> int:
    """How many rows still hold something of these records."""
    total = 0
    for table, column in (*_RAW, _VOID):
        named = f"select count(*) from {table} where {column} = any(cast(:ids as uuid[]))"  # noqa: S608
        total += await tx.value(named, {"ids": list(records)})
    return total
