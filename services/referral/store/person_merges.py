"""Two people are one, or are two again: said by a person, told to the other services, carried out on the rows here.

A row keeps the person it was published under; only `home_id` follows merges. So nothing has to be told anew when a
merge is undone: whatever came meanwhile was published under the one of the two whose record it matched.
"""

# ruff: noqa: S608 - table names come from the catalogue, values are always parameters

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from services.referral.store.person_index import lock_homes
from shared.contracts import PersonMerged
from shared.contracts.homes import homes
from shared.messaging import Tx
from shared.runtime.ids import uuid7

# The tables name themselves by their columns, so that a new one cannot be forgotten here.
_HOMED = """
  select table_schema || '.' || table_name as name from information_schema.columns
  where table_schema in ('own', 'copied') and column_name = 'home_id' order by 1
"""


async def merge(tx: Tx, one: UUID, other: UUID, by: str, agency_ori: str | None = None) -> UUID:
    """Say that two people are one: the older id survives. Returns the merge; rows move with the next `move`.
    `agency_ori`: whose word it is, where it is not the programme's."""
    survivor, absorbed = sorted((one, other))
    merge_id = uuid7()
    await tx.execute(
        """
        insert into own.person_merge (merge_id, survivor_id, absorbed_id, programme, agency_ori, decided_by,
          decided_at)
        values (:merge_id, :survivor, :absorbed, :programme, :agency_ori, :by, :now)
        """,
        {
            "merge_id": merge_id,
            "survivor": survivor,
            "absorbed": absorbed,
            "programme": tx.settings.programme,
            "agency_ori": agency_ori,
            "by": by,
            "now": tx.now,
        },
    )
    tx.publish(PersonMerged(recorded_at=tx.now, merge_id=merge_id, survivor_id=survivor, absorbed_id=absorbed))
    return merge_id


async def unmerge(tx: Tx, merge_id: UUID, by: str) -> bool:
    """Take a merge back; False if it was taken back already."""
    row = await tx.row(
        """
        update own.person_merge set undone = true, version = version + 1, decided_by = :by, decided_at = :now
        where merge_id = :merge_id and not undone returning survivor_id, absorbed_id, version
        """,
        {"merge_id": merge_id, "by": by, "now": tx.now},
    )
    if row is None:
        return False
    tx.publish(
        PersonMerged(
            version=row["version"],
            action="replace",
            recorded_at=tx.now,
            merge_id=merge_id,
            survivor_id=row["survivor_id"],
            absorbed_id=row["absorbed_id"],
            undone=True,
        )
    )
    return True


async def move(tx: Tx) -> int:
    """Bring every row home after merges and unmerges; how many merges were waiting. Alone: nobody links meanwhile."""
    waiting = await tx.rows("select survivor_id, absorbed_id from own.person_merge where moved_version < version")
    if not waiting:
        return 0
    await lock_homes(tx)
    moved = await tx.rows(
        "update own.person_merge set moved_version = version where moved_version < version"
        " returning survivor_id, absorbed_id"
    )
    people = await _connected(tx, {row[side] for row in moved for side in ("survivor_id", "absorbed_id")})
    standing = await tx.rows(
        "select merge_id, survivor_id, absorbed_id from own.person_merge"
        " where not undone and absorbed_id = any(cast(:people as uuid[]))",
        {"people": people},
    )
    found = homes((row["merge_id"], row["survivor_id"], row["absorbed_id"]) for row in standing)
    for table in [row["name"] for row in await tx.rows(_HOMED)]:
        await tx.execute(
            f"update {table} t set home_id = n.home_id"
            " from unnest(cast(:people as uuid[]), cast(:homes as uuid[])) as n(person_id, home_id)"
            " where t.person_id = n.person_id and t.home_id <> n.home_id",
            {"people": people, "homes": [found.get(person, person) for person in people]},
        )
    return len(moved)


async def _connected(tx: Tx, people: Iterable[UUID]) -> list[UUID]:
    """Everyone reachable by merges, undone ones too, so that an undoing reaches whom it once moved."""
    rows = await tx.rows(
        """
        with recursive linked(person_id) as (
          select unnest(cast(:people as uuid[]))
          union
          select case when m.survivor_id = l.person_id then m.absorbed_id else m.survivor_id end
          from linked l join own.person_merge m on l.person_id in (m.survivor_id, m.absorbed_id))
        select person_id from linked order by person_id
        """,
        {"people": list(people)},
    )
    return [row["person_id"] for row in rows]
