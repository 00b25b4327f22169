"""How the registered feeds are, by their newest batches. Names of feeds and counts, no content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.referral.domain.feed_health import COUNTS, Health, Past, health
from services.referral.domain.feed_waits import Waits, waits
from services.referral.store import reject_fixes
from shared.messaging import Tx

NEWEST: Final = 32
"""So many batches say what is usual of a feed."""

_SUMS: Final = f"""
    select s.source, t.*, coalesce(h.held, 0) as held
    from own.feed_source s
    left join (select source, count(*) as held from own.batch where status in ('held', 'previewed')
      group by source) h on h.source = s.source
    left join lateral (select date_trunc('day', received_at, cast(:zone as text)) as day from own.batch
      where source = s.source and replay_of is null and status <> 'refused' and rows > 0
      order by received_at desc limit 1) l on true
    cross join lateral (
      select {
    ", ".join(
        f"coalesce(sum({name}) filter (where received_at >= :midnight), 0)::int as {name}_today, "
        f"coalesce(sum({name}) filter (where status <> 'refused'), 0)::int as {name}_newest"
        for name in COUNTS
    )
}
      from own.batch
      where source = s.source and replay_of is null and received_at >= coalesce(l.day, :midnight)) t
"""  # noqa: S608


@dataclass(frozen=True)
class Feed:
    """One registered feed with its health. `batch_id` names its newest batch."""

    source: str
    agency_ori: str | None
    format: str
    mapping_version: int
    batch_id: UUID | None
    status: str | None
    health: Health
    waits: Waits
    to_fix: int = 0
    """Rejected rows of the last 30 days that need a person."""


async def feeds(tx: Tx, zone: ZoneInfo) -> list[Feed]:
    """Every registered feed, by agency and name; days are those of `zone`."""
    sources = await tx.rows("select * from own.feed_source order by agency_ori nulls last, source")
    newest, sums, to_fix = await _newest(tx), await _sums(tx, zone), await reject_fixes.to_fix_by_source(tx)
    return [
        _feed(row, newest.get(row["source"], []), sums[row["source"]], tx.now, to_fix.get(row["source"], 0))
        for row in sources
    ]


async def _newest(tx: Tx) -> dict[str, list[RowMapping]]:
    """The newest batches of each feed, newest first. A batch read anew brings no news."""
    rows = await tx.rows(
        """
        select b.* from own.feed_source s cross join lateral (
          select batch_id, source, status, received_at, warnings, columns,
            rows, accepted, replaced, voided, duplicates, rejected, other
          from own.batch where source = s.source and replay_of is null and mends is null
          order by received_at desc, batch_id desc limit :newest) b
        """,
        {"newest": NEWEST},
    )
    found: dict[str, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["source"], []).append(row)
    return found


async def _sums(tx: Tx, zone: ZoneInfo) -> dict[str, RowMapping]:
    """What each feed brought today, and on the newest day on which rows came; how many batches wait for a person."""
    rows = await tx.rows(_SUMS, {"zone": zone.key, "midnight": datetime.combine(tx.now.astimezone(zone), time(), zone)})
    return {row["source"]: row for row in rows}


def _feed(row: RowMapping, batches: list[RowMapping], sums: RowMapping, now: datetime, to_fix: int) -> Feed:
    newest = batches[0] if batches else None
    today, newest_day = ({name: sums[f"{name}_{day}"] for name in COUNTS} for day in ("today", "newest"))
    return Feed(
        source=row["source"],
        agency_ori=row["agency_ori"],
        format=row["format"],
        mapping_version=row["mapping_version"],
        batch_id=newest["batch_id"] if newest else None,
        status=newest["status"] if newest else None,
        health=health([_past(one) for one in batches], now, today, newest_day, sums["held"]),
        waits=waits([one["received_at"] for one in batches if one["status"] != "refused"], now),
        to_fix=to_fix,
    )


def _past(row: RowMapping) -> Past:
    return Past(
        received_at=row["received_at"],
        status=row["status"],
        counts={name: row[name] for name in COUNTS},
        warnings={one["code"]: one["count"] for one in row["warnings"]},
        # The header of a file that nobody could read may be its first record.
        columns=() if row["status"] == "refused" else tuple(row["columns"]),
    )
