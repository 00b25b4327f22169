"""Whose each row is today. Rows keep the person as published; only `home_id` follows merges."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.intake.store.copies import HOMES_LOCK
from shared.contracts.homes import homes
from shared.messaging import Tx

HOMED = (
    "own.claim",
    "own.contact",
    "own.offer_answer",
    "own.interview",
    "own.interview_part",
    "own.take_over",
    "own.assessment",
    "own.baseline",
    "own.consent",
    "copied.referral",
    "copied.decision",
    "copied.charge",
    "copied.profile",
    "copied.status",
    "copied.assignment",
)


async def rehome(tx: Tx, people: Iterable[UUID]) -> None:
    """Work out anew where everyone linked to `people` by merges belongs, and move their rows there."""
    await tx.execute("select pg_advisory_xact_lock(:lock)", {"lock": HOMES_LOCK})
    linked = await _linked(tx, people)
    merges = await tx.rows(
        "select merge_id, survivor_id, absorbed_id from copied.merge "
        "where not undone and absorbed_id = any(cast(:people as uuid[]))",
        {"people": linked},
    )
    found = homes((row["merge_id"], row["survivor_id"], row["absorbed_id"]) for row in merges)
    await tx.execute("delete from copied.home where person_id = any(cast(:people as uuid[]))", {"people": linked})
    await tx.execute(
        "insert into copied.home (person_id, home_id) "
        "select p, h from unnest(cast(:people as uuid[]), cast(:homes as uuid[])) as r(p, h)",
        {"people": list(found), "homes": list(found.values())},
    )
    for table in HOMED:
        await tx.execute(
            f"update {table} t set home_id = r.h "  # noqa: S608
            "from unnest(cast(:people as uuid[]), cast(:homes as uuid[])) as r(p, h) "
            "where t.person_id = r.p and t.home_id <> r.h",
            {"people": linked, "homes": [found.get(person, person) for person in linked]},
        )


async def _linked(tx: Tx, people: Iterable[UUID]) -> list[UUID]:
    """Everyone reachable by merges, also undone ones, so that an undoing reaches those it once moved."""
    rows = await tx.rows(
        """
        with recursive linked(person_id) as (
            select unnest(cast(:people as uuid[]))
            union
            select case when m.survivor_id = l.person_id then m.absorbed_id else m.survivor_id end
            from linked l join copied.merge m on l.person_id in (m.survivor_id, m.absorbed_id)
        )
        select person_id from linked order by person_id
        """,
        {"people": list(people)},
    )
    return [row["person_id"] for row in rows]
