"""What an erased person left in files, in records that still wait and in rejected lines: found by opening all of it.

A file is one piece of evidence: it goes as a whole, and cannot be read again. What it brought of other people stays,
row by row, as it was applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import orjson

from services.referral.domain.identity.traces import NEAR, Traces
from services.referral.store import batch_content, person_index, raw_records, uses
from shared.messaging import Tx

_ZIP: Final = b"PK\x03\x04"
_PAGE: Final = 1000
_STATED: Final = orjson.dumps({"code": "E_ERASED", "reason": "a person in the file was erased before it was read"})


async def traces_of(tx: Tx, people: Sequence[UUID]) -> Traces:
    """What to look for: all that was ever said of who these people are."""
    rows = await tx.rows(
        "select identity_id, said from own.person_identity where person_id = any(cast(:people as uuid[]))",
        {"people": list(people)},
    )
    found = [person_index.identity(tx.keys, row["identity_id"], bytes(row["said"])) for row in rows]
    return Traces(found)


async def unnamed_sources(tx: Tx, people: Sequence[UUID]) -> list[str]:
    """Sources that told of one of these people without a name: nothing in their files can be looked for."""
    rows = await tx.rows(
        """
        select distinct b.source from own.batch b
        join (
          select batch_id, person_id from own.raw_record union all select batch_id, person_id from own.raw_use) as r
          using (batch_id)
        where r.person_id = any(cast(:people as uuid[]))
          and not exists (select 1 from own.person_identity i where i.person_id = r.person_id)
        """,
        {"people": list(people)},
    )
    return [row["source"] for row in rows]


async def sources_of(tx: Tx, records: Sequence[UUID]) -> list[str]:
    """Sources that ever sent one of these records."""
    rows = await tx.rows(
        """
        select distinct b.source from own.batch b
        join (
          select batch_id, arrest_id as id from own.raw_record union all
          select batch_id, utilization_id from own.raw_use) as r using (batch_id)
        where r.id = any(cast(:ids as uuid[]))
        """,
        {"ids": list(records)},
    )
    return [row["source"] for row in rows]


async def waiting_records(tx: Tx, traces: Traces) -> list[UUID]:
    """The records about these people that no batch has applied yet: only their content says whom they are about."""
    found: list[UUID] = []
    for table, column, place in (
        ("own.raw_record", "arrest_id", raw_records.COLUMN),
        ("own.raw_use", "utilization_id", uses.COLUMN),
    ):
        opened = tx.keys.opener("RAW", place)
        rows = await tx.rows(
            f"select batch_id, number, {column} as id, record from {table}"  # noqa: S608
            " where outcome is null or outcome in ('compared', 'older')"
        )
        found += [
            row["id"]
            for row in rows
            if traces.in_bytes(opened(f"{row['batch_id']}:{row['number']}", bytes(row["record"])))
        ]
    return found


async def delete_files(tx: Tx, traces: Traces, unnamed: Sequence[str], sources: Sequence[str]) -> None:
    """Delete every file that names one of the people, of any source.

    Files of `unnamed` go without a look, and so do workbooks of `sources`, which only a child process may open.
    """
    kept = await tx.rows(
        """
        select b.batch_id, b.source from own.batch b
        where exists (select 1 from own.batch_part p where p.batch_id = b.batch_id) order by b.batch_id
        """
    )
    named = [
        row["batch_id"]
        for row in kept
        if row["source"] in unnamed or await _names(tx, row["batch_id"], traces, books=row["source"] in sources)
    ]
    files = {"files": named}
    await tx.execute("delete from own.batch_part where batch_id = any(cast(:files as uuid[]))", files)
    await tx.execute(
        """
        update own.batch set file_erased_at = :now
        where coalesce(replay_of, batch_id) = any(cast(:files as uuid[]))
        """,
        {**files, "now": tx.now},
    )
    # What was not read yet never will be.
    await tx.execute(
        """
        update own.batch set status = 'refused', settled_at = :now, error = cast(:error as jsonb)
        where file_erased_at is not null
          and (status = 'received' or (status = 'held' and rows = 0 and error->>'code' = 'E_INTERNAL'))
        """,
        {"now": tx.now, "error": _STATED.decode()},
    )


async def _names(tx: Tx, batch_id: UUID, traces: Traces, *, books: bool) -> bool:
    """Whether a file names one of the people; each piece is looked at with the end of the one before."""
    end, number = b"", 0
    while (piece := await batch_content.part(tx, batch_id, number)) is not None:
        if number == 0 and piece.startswith(_ZIP):
            return books
        if await asyncio.to_thread(traces.in_bytes, end + piece):
            return True
        end, number = piece[-4 * NEAR :], number + 1
    return False


async def delete_rejects(tx: Tx, traces: Traces) -> None:
    """Delete rejected lines that name one of the people; their batches keep the counts."""
    opened = tx.keys.opener("RAW", batch_content.REJECT_COLUMN)
    batch_id, number = UUID(int=0), -1
    while rows := await tx.rows(
        """
        select batch_id, number, batch_id || ':' || number as place, raw from own.batch_reject
        where (batch_id, number) > (cast(:batch_id as uuid), cast(:number as int)) order by batch_id, number limit :n
        """,
        {"batch_id": batch_id, "number": number, "n": _PAGE},
    ):
        batch_id, number = rows[-1]["batch_id"], rows[-1]["number"]
        named = [
            row for row in rows if traces.in_bytes(opened(f"{row['batch_id']}:{row['number']}", bytes(row["raw"])))
        ]
        places = {"batches": [row["batch_id"] for row in named], "numbers": [row["number"] for row in named]}
        for table in ("own.batch_reject", "own.reject_opening"):
            await tx.execute(
                f"""
                delete from {table} r using
                  unnest(cast(:batches as uuid[]), cast(:numbers as int[])) as d(batch_id, number)
                where r.batch_id = d.batch_id and r.number = d.number
                """,  # noqa: S608
                places,
            )
        # What is gone is nobody's task.
        await tx.execute(
            """
            insert into own.reject_fix (batch_id, number, fixed_by, by_name, fixed_at)
            select batch_id, number, 'erasure', 'Erasure', :now
            from unnest(cast(:batches as uuid[]), cast(:numbers as int[])) as d(batch_id, number)
            on conflict do nothing
            """,
            {**places, "now": tx.now},
        )
