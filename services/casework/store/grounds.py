"""What statuses stand on, as far as it has been taken into account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.casework.domain.participation import Ground
from services.casework.store.copies import share_homes
from shared.messaging import Tx


@dataclass(frozen=True)
class Evidence:
    """A ground as just learned. `valid` is false for a void or an erased fact."""

    ground_id: UUID
    person_id: UUID | None
    kind: str
    at: datetime | None
    version: int
    valid: bool = True
    status: str | None = None


async def remember(tx: Tx, evidence: Sequence[Evidence]) -> set[UUID]:
    """Keep what is new; the people whose history may now be another one."""
    await share_homes(tx)
    known = [e for e in evidence if e.valid]
    gone = [e for e in evidence if not e.valid]
    people: set[UUID] = set()
    if known:
        people |= await _learn(tx, known)
    if gone:
        people |= await _forget(tx, gone)
    return people


async def _learn(tx: Tx, known: Sequence[Evidence]) -> set[UUID]:
    rows = await tx.rows(
        """
        with n as (
            select * from unnest(
                cast(:ids as uuid[]), cast(:people as uuid[]), cast(:kinds as text[]),
                cast(:ats as timestamptz[]), cast(:statuses as text[]), cast(:versions as integer[])
            ) as n(ground_id, person_id, kind, at, status, version)
        ), moved_from as (
            select g.person_id from own.status_ground g join n using (ground_id)
            where g.version < n.version and g.person_id <> n.person_id
        ), written as (
            insert into own.status_ground as g
                (ground_id, person_id, home_id, programme, kind, at, status, version, valid)
            select n.ground_id, n.person_id, coalesce(h.home_id, n.person_id), :programme, n.kind, n.at,
                   n.status, n.version, true
            from n left join copied.home h on h.person_id = n.person_id
            order by n.ground_id
            on conflict (ground_id) do update set person_id = excluded.person_id, home_id = excluded.home_id,
                at = excluded.at, status = excluded.status, version = excluded.version, valid = true
            where g.version < excluded.version
            returning person_id
        )
        select person_id from written union select person_id from moved_from
        """,
        {
            "programme": tx.settings.programme,
            "ids": [e.ground_id for e in known],
            "people": [e.person_id for e in known],
            "kinds": [e.kind for e in known],
            "ats": [e.at for e in known],
            "statuses": [e.status for e in known],
            "versions": [e.version for e in known],
        },
    )
    return {row["person_id"] for row in rows}


async def _forget(tx: Tx, gone: Sequence[Evidence]) -> set[UUID]:
    rows = await tx.rows(
        """
        update own.status_ground g set valid = false, version = n.version
        from unnest(cast(:ids as uuid[]), cast(:versions as integer[])) as n(ground_id, version)
        where g.ground_id = n.ground_id and (g.version < n.version or (g.valid and g.version = n.version))
        returning g.person_id
        """,
        {"ids": [e.ground_id for e in gone], "versions": [e.version for e in gone]},
    )
    return {row["person_id"] for row in rows}


async def of(tx: Tx, people: Iterable[UUID]) -> Mapping[UUID, list[Ground]]:
    """The valid grounds of each person."""
    rows = await tx.rows(
        "select person_id, ground_id, kind, at, status from own.status_ground"
        " where valid and person_id = any(cast(:people as uuid[]))",
        {"people": list(people)},
    )
    found: dict[UUID, list[Ground]] = defaultdict(list)
    for row in rows:
        found[row["person_id"]].append(Ground(row["ground_id"], row["kind"], row["at"], row["status"]))
    return found
