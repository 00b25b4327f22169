"""The rota of who is on call, as people keep it on its page; until their first entry, as the policy ships it.

Versions are only added, so that who answered at any moment can be told later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.domain.on_call import OnCall, Rota
from services.referral.domain.policy import Policy
from shared.messaging import Tx


@dataclass(frozen=True)
class Kept:
    """One entry in one of its versions, and who wrote that."""

    entry_id: UUID
    version: int
    entry: OnCall
    ended: bool
    changed_name: str
    changed_at: datetime


async def rota_at(tx: Tx, rules: Policy, at: datetime) -> Rota:
    """Who was on call as the rota stood at a moment. One statement."""
    rows = await _newest(tx, at)
    version = rules.on(rules.civil_day(at))
    if not rows:
        return version.rota
    return Rota.ranked([_kept(row).entry for row in rows if not row["ended"]], version.always)


async def entries(tx: Tx) -> list[Kept]:
    """The entries of the rota today, in the order they were made; those ended left out."""
    return [_kept(row) for row in await _newest(tx, tx.now) if not row["ended"]]


async def begun(tx: Tx) -> bool:
    """Whether the rota is kept on the page: an entry was made at any time."""
    return bool(await tx.value("select 1 from own.on_call where programme = :p limit 1", {"p": tx.settings.programme}))


async def one(tx: Tx, entry_id: UUID) -> Kept | None:
    """An entry as it is now, ended or not."""
    row = await tx.row(
        "select * from own.on_call where entry_id = :id and programme = :programme order by version desc limit 1",
        {"id": entry_id, "programme": tx.settings.programme},
    )
    return _kept(row) if row else None


async def history(tx: Tx, limit: int) -> list[tuple[Kept, Kept | None]]:
    """The newest changes, each with what the entry was before."""
    rows = await tx.rows(
        "select * from own.on_call where programme = :programme"
        " order by changed_at desc, entry_id, version desc limit :limit",
        {"programme": tx.settings.programme, "limit": limit},
    )
    before = await tx.rows(
        """
        select c.* from unnest(cast(:ids as uuid[]), cast(:versions as int[])) as w(entry_id, version)
        join own.on_call c on c.entry_id = w.entry_id and c.version = w.version - 1
        """,
        {"ids": [row["entry_id"] for row in rows], "versions": [row["version"] for row in rows]},
    )
    known = {(row["entry_id"], row["version"]): _kept(row) for row in before}
    return [(_kept(row), known.get((row["entry_id"], row["version"] - 1))) for row in rows]


async def save(tx: Tx, entry_id: UUID, seen: int, entry: OnCall, by: tuple[str, str], *, ended: bool = False) -> bool:
    """Add the version after the one that was `seen` (0: a new entry); `by`: id and name. False where somebody else
    changed it meanwhile: then nothing is changed."""
    done = await tx.execute(
        """
        insert into own.on_call (entry_id, version, programme, name, phone, backup_phone, zones, from_time, to_time,
          weekdays, from_day, to_day, ended, changed_by, changed_name, changed_at)
        select :entry_id, :version, :programme, :name, :phone, :backup_phone, cast(:zones as text[]), :from_time,
          :to_time, cast(:weekdays as int[]), :from_day, :to_day, :ended, :by, :by_name, :now
        where (select coalesce(max(version), 0) from own.on_call where entry_id = :entry_id) = :seen
        on conflict do nothing
        """,
        {
            "entry_id": entry_id,
            "version": seen + 1,
            "seen": seen,
            "programme": tx.settings.programme,
            "name": entry.name,
            "phone": entry.phone,
            "backup_phone": entry.backup_phone,
            "zones": sorted(entry.zones),
            "from_time": entry.from_,
            "to_time": entry.to,
            "weekdays": sorted(entry.weekdays),
            "from_day": entry.from_day,
            "to_day": entry.to_day,
            "ended": ended,
            "by": by[0],
            "by_name": by[1],
            "now": tx.now,
        },
    )
    return bool(done.rowcount)


async def _newest(tx: Tx, at: datetime) -> Sequence[RowMapping]:
    return await tx.rows(
        """
        select * from (
          select distinct on (entry_id) * from own.on_call where programme = :programme and changed_at <= :at
          order by entry_id, version desc) as newest
        order by entry_id
        """,
        {"programme": tx.settings.programme, "at": at},
    )


def _kept(row: Any) -> Kept:
    entry = OnCall(
        name=row["name"],
        phone=row["phone"],
        backup_phone=row["backup_phone"],
        zones=frozenset(row["zones"]),
        from_=row["from_time"],
        to=row["to_time"],
        weekdays=frozenset(row["weekdays"]),
        from_day=row["from_day"],
        to_day=row["to_day"],
    )
    return Kept(row["entry_id"], row["version"], entry, row["ended"], row["changed_name"], row["changed_at"])
