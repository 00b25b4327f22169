"""Re-homing every row after people were merged or unmerged. The person as published is never rewritten."""

# ruff: noqa: S608 - table and column names are constants of this package, values are always parameters

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.casework.store.copies import HOMES_LOCK
from shared.contracts import PersonMerged
from shared.contracts.homes import homes
from shared.messaging import Fact, Tx

ABOUT_PEOPLE = (
    "own.participant",
    "own.status_ground",
    "own.status_change",
    "own.assignment",
    "own.contact",
    "own.note",
    "own.alert_seen",
    "copied.referral",
    "copied.decision",
    "copied.charge",
    "copied.intake",
    "copied.profile",
    "copied.name_token",
    "copied.assessment",
    "copied.arrest",
    "copied.consent",
    "copied.contact",
    "copied.status",
)
"""Every table with a home; a test holds the list against the catalogue."""


async def keep(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    """Keep the merges, work out everyone's home anew and move the rows of those whose home changed."""
    await tx.execute("select pg_advisory_xact_lock(:lock)", {"lock": HOMES_LOCK})
    await _write(tx, facts)
    rows = await tx.rows("select merge_id, survivor_id, absorbed_id from copied.merge where not undone")
    now = homes((row["merge_id"], row["survivor_id"], row["absorbed_id"]) for row in rows)
    before = {r["person_id"]: r["home_id"] for r in await tx.rows("select * from copied.home")}
    moved = {p: now.get(p, p) for p in {*now, *before} if now.get(p, p) != before.get(p, p)}
    if moved:
        await _move(tx, moved)


async def _write(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    gone = [UUID(fact.fact_id) for fact in facts if fact.event is None]
    await tx.execute("delete from copied.merge where merge_id = any(cast(:ids as uuid[]))", {"ids": gone})
    for event in (fact.event for fact in facts if fact.event is not None):
        await tx.execute(
            "insert into copied.merge values (:merge, :survivor, :absorbed, :undone)"
            " on conflict (merge_id) do update set survivor_id = excluded.survivor_id,"
            " absorbed_id = excluded.absorbed_id, undone = excluded.undone",
            {
                "merge": event.merge_id,
                "survivor": event.survivor_id,
                "absorbed": event.absorbed_id,
                "undone": event.undone,
            },
        )


async def _move(tx: Tx, moved: dict[UUID, UUID]) -> None:
    lists = {"people": list(moved), "homes": list(moved.values())}
    pairs = "unnest(cast(:people as uuid[]), cast(:homes as uuid[])) as n(person_id, home_id)"
    await tx.execute("delete from copied.home where person_id = any(cast(:people as uuid[]))", lists)
    await tx.execute(
        f"insert into copied.home select n.person_id, n.home_id from {pairs} where n.person_id <> n.home_id",
        lists,
    )
    for table in ABOUT_PEOPLE:
        await tx.execute(
            f"update {table} t set home_id = n.home_id from {pairs} where t.person_id = n.person_id", lists
        )
