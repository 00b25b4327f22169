"""Arrests that a batch takes back without a record of its own: deletes, and what a complete window leaves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.referral.store.batches import Batch
from shared.messaging import Tx

# A file says nothing of what came after it: it may have waited for a person, or be read again.
_OF_WINDOW: Final = """
  a.source = :source and a.arrested_at >= :first and a.arrested_at < :end and a.content_at <= :content_at
"""
_IN_WINDOW: Final = f"{_OF_WINDOW} and a.state = 'live'"
_SENT: Final = "select 1 from own.raw_record r where r.batch_id = :batch_id and r.arrest_id = a.arrest_id"
# Rows of the same file that a person put right say that their arrests are there, whichever was applied first.
_MENDED: Final = """
  select r.arrest_id from own.batch m join own.raw_record r using (batch_id)
  where m.source = :source and m.content_at = :content_at and m.mends is not null
    and m.status = 'applied' and m.voided_at is null
"""
_UNSAID: Final = f"not exists ({_SENT}) and a.arrest_id not in ({_MENDED})"
_LEFT_OUT: Final = f"{_IN_WINDOW} and {_UNSAID}"


@dataclass(frozen=True)
class Missing:
    """An agency in the days that a batch declares complete: how many live arrests it leaves out, of how many."""

    agency: str
    missing: int
    known: int


async def left_out(tx: Tx, batch: Batch) -> list[Missing]:
    """Each agency of which the batch leaves something out of its window, most first."""
    rows = await tx.rows(
        f"""
        select a.agency_ori as agency, count(*) filter (where {_UNSAID}) as missing, count(*) as known
        from own.arrest a where {_IN_WINDOW} group by 1
        """,  # noqa: S608
        _window(batch),
    )
    found = [Missing(**row) for row in rows if row["missing"]]
    return sorted(found, key=lambda one: (-one.missing, one.agency))


async def list_left_out(tx: Tx, batch: Batch) -> int:
    """List what the declared window leaves out, beside what deletes void already; how many they are."""
    done = await tx.execute(
        f"""
        insert into own.batch_void (batch_id, arrest_id, programme, municipality, agency_ori)
        select :batch_id, a.arrest_id, a.programme, a.municipality, a.agency_ori from own.arrest a
        where {_LEFT_OUT}
        on conflict do nothing
        """,  # noqa: S608
        _window(batch),
    )
    return done.rowcount


async def confirm(tx: Tx, batch: Batch) -> None:
    """What was void already, and is left out again, is void by the newest word."""
    await tx.execute(
        f"""
        update own.arrest a set content_at = :content_at
        where {_OF_WINDOW} and a.state = 'void' and {_UNSAID}
        """,  # noqa: S608
        _window(batch),
    )


async def set_unsaid_aside(tx: Tx, batch: Batch) -> None:
    """Judge records as older that nobody knows, of days that newer content of the source declared complete.

    A row that a person put right may be one that the newer content has too, rejected as it was here: it did not
    leave that out.
    """
    later = """
      select 1 from own.batch w
      where w.source = :source and w.status = 'applied' and w.voided_at is null and w.complete_from is not null
        and w.content_at > :content_at and not (:mends and w.rejected > 0)
    """
    await tx.execute(
        f"""
        update own.raw_record r set outcome = 'older'
        where exists ({later}) and r.batch_id = :batch_id and r.outcome is null and r.action <> 'void'
          and not exists (select 1 from own.arrest a where a.arrest_id = r.arrest_id)
          and exists ({later}
            and cast(cast(r.fact->>'arrested_at' as timestamptz) at time zone w.timezone as date)
              between w.complete_from and w.complete_to)
        """,  # noqa: S608
        {
            "batch_id": batch.batch_id,
            "source": batch.source,
            "content_at": batch.content_at,
            "mends": batch.mends is not None,
        },
    )


async def page(tx: Tx, batch_id: UUID, after: UUID, limit: int) -> list[RowMapping]:
    """Arrests that the batch voids, as they stand but for their charges, by id behind `after`."""
    # A void says nothing of charges, of which a page may hold hundreds of thousands.
    return await tx.rows(
        """
        select a.arrest_id, a.person_id, a.version, a.fact || cast('{"charges": []}' as jsonb) as fact
        from own.batch_void v join own.arrest a using (arrest_id)
        where v.batch_id = :batch_id and a.arrest_id > :after order by a.arrest_id limit :n
        """,
        {"batch_id": batch_id, "after": after, "n": limit},
    )


async def write(tx: Tx, batch: Batch, arrests: Sequence[UUID]) -> None:
    """The arrests are void in their next version; what was known of them stays."""
    await tx.execute(
        """
        update own.arrest set state = 'void', version = version + 1, batch_id = :batch_id, recorded_at = :now,
          content_at = :content_at
        where arrest_id = any(cast(:ids as uuid[]))
        """,
        {"batch_id": batch.batch_id, "now": tx.now, "content_at": batch.content_at, "ids": list(arrests)},
    )


def _window(batch: Batch) -> dict[str, Any]:
    first, last = batch.declared.complete_from, batch.declared.complete_to
    if first is None or last is None:
        raise ValueError("the batch declares no window")
    zone = ZoneInfo(batch.timezone)
    return {
        "batch_id": batch.batch_id,
        "source": batch.source,
        "content_at": batch.content_at,
        "first": datetime.combine(first, time(), zone),
        "end": datetime.combine(last + timedelta(days=1), time(), zone),
    }
