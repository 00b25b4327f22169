"""Arrests that a batch takes back without a record of its own: deletes, and what a complete window leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx

_IN_WINDOW: Final = "a.source = :source and a.state = 'live' and a.arrested_at >= :first and a.arrested_at < :end"
_SENT: Final = "select 1 from own.raw_record r where r.batch_id = :batch_id and r.arrest_id = a.arrest_id"
_LEFT_OUT: Final = f"{_IN_WINDOW} and not exists ({_SENT})"


async def left_out(tx: Tx, batch: Batch) -> tuple[int, int]:
    """Of the live arrests in the window that the batch declares complete: (how many it leaves out, how many)."""
    row = await tx.row(
        f"""
        select (select count(*) from own.arrest a where {_LEFT_OUT}) as missing,
          (select count(*) from own.arrest a where {_IN_WINDOW}) as known
        """,  # noqa: S608
        _window(batch),
    )
    return (row["missing"], row["known"]) if row else (0, 0)


async def list_left_out(tx: Tx, batch: Batch, but: Sequence[str]) -> int:
    """List what the declared window leaves out, beside what deletes void already; how many they are.

    `but`: agencies that the batch was only compared for.
    """
    done = await tx.execute(
        f"""
        insert into own.batch_void (batch_id, arrest_id, programme, municipality, agency_ori)
        select :batch_id, a.arrest_id, a.programme, a.municipality, a.agency_ori from own.arrest a
        where {_LEFT_OUT} and a.agency_ori <> all(cast(:but as text[]))
        on conflict do nothing
        """,  # noqa: S608
        {**_window(batch), "but": list(but)},
    )
    return done.rowcount


async def page(tx: Tx, batch_id: UUID, after: UUID, limit: int) -> list[RowMapping]:
    """Arrests that the batch voids, as they stand, by id behind `after`."""
    return await tx.rows(
        """
        select a.arrest_id, a.person_id, a.version, a.fact
        from own.batch_void v join own.arrest a using (arrest_id)
        where v.batch_id = :batch_id and a.arrest_id > :after order by a.arrest_id limit :n
        """,
        {"batch_id": batch_id, "after": after, "n": limit},
    )


async def write(tx: Tx, batch_id: UUID, arrests: Sequence[UUID]) -> None:
    """The arrests are void in their next version; what was known of them stays."""
    await tx.execute(
        """
        update own.arrest set state = 'void', version = version + 1, batch_id = :batch_id, recorded_at = :now
        where arrest_id = any(cast(:ids as uuid[]))
        """,
        {"batch_id": batch_id, "now": tx.now, "ids": list(arrests)},
    )


def _window(batch: Batch) -> dict[str, Any]:
    first, last = batch.declared.complete_from, batch.declared.complete_to
    if first is None or last is None:
        raise ValueError("the batch declares no window")
    zone = ZoneInfo(batch.timezone)
    return {
        "batch_id": batch.batch_id,
        "source": batch.source,
        "first": datetime.combine(first, time(), zone),
        "end": datetime.combine(last + timedelta(days=1), time(), zone),
    }
