"""Who carries whom. Intake learns from it whose consents a coordinator may open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping

from services.casework.store.copies import lock_people, share_homes
from services.casework.store.sealed import ASSIGNMENT_REASON
from shared.contracts import AssignmentChanged
from shared.messaging import Tx


@dataclass(frozen=True)
class Handover:
    """One person given to one worker."""

    assignment_id: UUID
    person_id: UUID
    worker: str
    role: str
    from_at: datetime
    to_at: datetime | None
    reason: str
    by_worker: str


async def people_held(tx: Tx, worker: str) -> int:
    """A worker's caseload. Until the transaction ends nobody else can add to it."""
    key = int.from_bytes(worker.encode()[-8:], signed=True)
    await tx.execute("select pg_advisory_xact_lock(:key)", {"key": key})
    return await count(tx, worker)


async def count(tx: Tx, worker: str) -> int:
    """How many active or in-the-wind people a worker coordinates."""
    return int(
        await tx.value(
            """
            select count(distinct a.home_id) from own.assignment a join own.participant p using (home_id)
            where a.worker = :worker and a.to_at is null and a.role = 'coordinator'
              and p.status in ('active', 'in_the_wind')
            """,
            {"worker": worker},
        )
    )


async def assign(tx: Tx, handover: Handover) -> bool:
    """Give a person to a worker; a coordinator before them ends at the same moment. False if done before."""
    await share_homes(tx)
    await lock_people(tx, {handover.person_id})
    if await tx.value("select 1 from own.assignment where assignment_id = :id", {"id": handover.assignment_id}):
        return False
    if handover.role == "coordinator":
        await _end_before(tx, handover)
    row = await tx.row(
        """
        insert into own.assignment (assignment_id, person_id, home_id, programme, worker, role, from_at, to_at,
                                    reason, by_worker, version, recorded_at)
        select n.id, n.person, coalesce(h.home_id, n.person), :programme, :worker, :role, :from_at, :to_at,
               :reason, :by_worker, 1, :now
        from (select cast(:id as uuid) as id, cast(:person as uuid) as person) n
        left join copied.home h on h.person_id = n.person
        returning assignment_id, person_id, worker, role, from_at, to_at, version
        """,
        {
            "programme": tx.settings.programme,
            "id": handover.assignment_id,
            "person": handover.person_id,
            "worker": handover.worker,
            "role": handover.role,
            "from_at": handover.from_at,
            "to_at": handover.to_at,
            "reason": tx.keys.seal("TXT", ASSIGNMENT_REASON, handover.assignment_id, handover.reason)
            if handover.reason
            else None,
            "by_worker": handover.by_worker,
            "now": tx.now,
        },
    )
    assert row is not None, "an insert without conflict returns its row"
    tx.publish(_event(row, tx.now))
    return True


async def _end_before(tx: Tx, handover: Handover) -> None:
    rows = await tx.rows(
        """
        update own.assignment set to_at = greatest(from_at, :at), version = version + 1, recorded_at = :now
        where home_id = coalesce((select home_id from copied.home where person_id = :person), :person)
          and role = 'coordinator' and to_at is null
        returning assignment_id, person_id, worker, role, from_at, to_at, version
        """,
        {"person": handover.person_id, "at": handover.from_at, "now": tx.now},
    )
    tx.publish(*(_event(row, tx.now) for row in rows))


def _event(row: RowMapping, now: datetime) -> AssignmentChanged:
    return AssignmentChanged(
        assignment_id=row["assignment_id"],
        person_id=row["person_id"],
        worker=row["worker"],
        role=row["role"],
        from_=row["from_at"],
        to=row["to_at"],
        version=row["version"],
        action="record" if row["version"] == 1 else "replace",
        recorded_at=now,
    )


async def homes_of(tx: Tx, worker: str) -> list[UUID]:
    """Whom a worker coordinates now, whatever their status."""
    rows = await tx.rows(
        "select distinct home_id from own.assignment"
        " where worker = :worker and to_at is null and role = 'coordinator' order by home_id",
        {"worker": worker},
    )
    return [row["home_id"] for row in rows]


async def is_on_team(tx: Tx, home: UUID, worker: str) -> bool:
    """Does this worker carry the person today, as coordinator or cover?"""
    return bool(
        await tx.value(
            "select 1 from own.assignment where home_id = :home and worker = :worker"
            " and from_at <= :now and (to_at is null or to_at > :now) limit 1",
            {"home": home, "worker": worker, "now": tx.now},
        )
    )
