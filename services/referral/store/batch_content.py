"""What a batch holds beside its records: the sealed pieces of its file, and its rejected lines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store.batches import Batch, Tenant
from shared.messaging import Tx

PART_COLUMN: Final = "own.batch_part.content"
REJECT_COLUMN: Final = "own.batch_reject.raw"
PAGE: Final = 1000
Begin = Callable[[], AbstractAsyncContextManager[Tx]]


async def add_part(tx: Tx, batch_id: UUID, part: int, content: bytes, tenant: Tenant) -> None:
    """Keep one piece of a file, sealed."""
    sealed = tx.keys.seal("RAW", PART_COLUMN, f"{batch_id}:{part}", content)
    await tx.execute(
        """
        insert into own.batch_part (batch_id, part, programme, municipality, agency_ori, content)
        values (:batch_id, :part, :programme, :municipality, :agency_ori, :content)
        """,
        {"batch_id": batch_id, "part": part, "content": sealed, **vars(tenant)},
    )


async def part(tx: Tx, batch_id: UUID, number: int) -> bytes | None:
    """One piece of a file, opened; None behind the last."""
    sealed = await tx.value(
        "select content from own.batch_part where batch_id = :batch_id and part = :part",
        {"batch_id": batch_id, "part": number},
    )
    return None if sealed is None else tx.keys.open("RAW", PART_COLUMN, f"{batch_id}:{number}", bytes(sealed))


async def add_rejects(tx: Tx, batch: Batch, first: int, rejects: Iterable[Any]) -> int:
    """Keep rejected lines, what was sent sealed, numbered from `first`; how many they were."""
    rows = list(enumerate(rejects, start=first))
    if rows:
        await tx.execute(
            """
            insert into own.batch_reject
              (batch_id, number, programme, municipality, agency_ori, line, column_name, code, reason, raw)
            select :batch_id, r.number, :programme, :municipality, :agency_ori, r.line, r.column_name, r.code,
              r.reason, r.raw
            from unnest(cast(:numbers as int[]), cast(:lines as int[]), cast(:names as text[]),
              cast(:codes as text[]), cast(:reasons as text[]), cast(:raws as bytea[]))
              as r(number, line, column_name, code, reason, raw)
            """,
            {
                "batch_id": batch.batch_id,
                **vars(batch.tenant),
                "numbers": [number for number, _ in rows],
                "lines": [reject.line for _, reject in rows],
                "names": [reject.column for _, reject in rows],
                "codes": [reject.code for _, reject in rows],
                "reasons": [reject.reason for _, reject in rows],
                "raws": [
                    tx.keys.seal("RAW", REJECT_COLUMN, f"{batch.batch_id}:{number}", reject.raw)
                    for number, reject in rows
                ],
            },
        )
    return len(rows)


async def rejects(begin: Begin, batch_id: UUID, *, opened: bool) -> AsyncIterator[list[dict[str, Any]]]:
    """The rejected lines of a batch in file order, page by page; what was sent only if `opened`, else None.

    `bytes`: how much of it was kept. Each page has a transaction of its own from `begin`, so that an answer of any
    length can be told while it is read.
    """
    after = (-1, -1)
    while True:
        async with begin() as tx:
            rows = await tx.rows(
                """
                select * from own.batch_reject
                where batch_id = :id and (line, number) > (cast(:line as int), cast(:number as int))
                order by line, number limit :n
                """,
                {"id": batch_id, "line": after[0], "number": after[1], "n": PAGE},
            )
            page = [_opened(tx, row, opened=opened) for row in rows]
        if not rows:
            return
        after = (rows[-1]["line"], rows[-1]["number"])
        yield page


def _opened(tx: Tx, row: RowMapping, *, opened: bool) -> dict[str, Any]:
    raw = tx.keys.open("RAW", REJECT_COLUMN, f"{row['batch_id']}:{row['number']}", bytes(row["raw"]))
    return {
        "line": row["line"],
        "column": row["column_name"],
        "code": row["code"],
        "reason": row["reason"],
        "raw": raw.decode("utf-8", "replace") if opened else None,
        "bytes": len(raw),
    }
