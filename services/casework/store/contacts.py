"""Contacts and tries logged here: kept, published, undone. Notes and needs never leave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from services.casework.store.copies import share_homes
from services.casework.store.grounds import Evidence
from services.casework.store.participation import take_into_account
from services.casework.store.sealed import CONTACT_DETAILS, NOTE
from shared.contracts import ContactLogged
from shared.contracts.contact_logged import ContactService
from shared.messaging import Tx


@dataclass(frozen=True)
class Entry:
    """A contact as entered, checked."""

    contact_id: UUID
    person_id: UUID
    worker: str
    at: datetime
    mode: str
    outcome: str
    stage: str
    minutes: int | None = None
    next_due_on: date | None = None
    next_what: str = ""
    needs: tuple[str, ...] = ()
    place: str = ""
    service: tuple[str, str] | None = None
    note: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


async def log(tx: Tx, entry: Entry) -> bool:
    """Keep and publish a contact; False if this id was logged before, which changes nothing."""
    await share_homes(tx)
    written = await tx.execute(
        """
        insert into own.contact (contact_id, person_id, home_id, programme, worker, at, minutes, mode, outcome,
                                 stage, next_due_on, details, version, recorded_at)
        select n.id, n.person, coalesce(h.home_id, n.person), :programme, :worker, :at, :minutes, :mode,
               :outcome, :stage, :next_due_on, :details, 1, :now
        from (select cast(:id as uuid) as id, cast(:person as uuid) as person) n
        left join copied.home h on h.person_id = n.person
        on conflict (contact_id) do nothing
        """,
        {
            "programme": tx.settings.programme,
            "id": entry.contact_id,
            "person": entry.person_id,
            "worker": entry.worker,
            "at": entry.at,
            "minutes": entry.minutes,
            "mode": entry.mode,
            "outcome": entry.outcome,
            "stage": entry.stage,
            "next_due_on": entry.next_due_on,
            "details": tx.keys.seal("CLI", CONTACT_DETAILS, entry.contact_id, _details(entry)),
            "now": tx.now,
        },
    )
    if not written.rowcount:
        return False
    if entry.note:
        await _note(tx, entry)
    event = _event(entry, tx.now)
    tx.publish(event)
    await take_into_account(tx, [_evidence(event)])
    return True


def _details(entry: Entry) -> bytes:
    return orjson.dumps({"next": entry.next_what, "needs": entry.needs, "place": entry.place, "service": entry.service})


def details(tx: Tx, row: RowMapping) -> dict[str, Any]:
    """What is sealed of a contact: next step, needs, place, service."""
    if row["details"] is None:
        return {}
    opened: dict[str, Any] = orjson.loads(tx.keys.open("CLI", CONTACT_DETAILS, row["contact_id"], row["details"]))
    return opened


async def _note(tx: Tx, entry: Entry) -> None:
    # A contact has one note, under the contact's own id: a resend finds it written.
    await tx.execute(
        """
        insert into own.note (note_id, contact_id, person_id, home_id, programme, worker, at, body, recorded_at)
        select :id, :id, person_id, home_id, programme, worker, at, :body, :now
        from own.contact where contact_id = :id
        """,
        {
            "id": entry.contact_id,
            "body": tx.keys.seal("TXT", NOTE, entry.contact_id, entry.note),
            "now": tx.now,
        },
    )


def _event(entry: Entry, now: datetime) -> ContactLogged:
    services = [ContactService(kind=entry.service[0], step=entry.service[1])] if entry.service else []
    return ContactLogged(
        contact_id=entry.contact_id,
        person_id=entry.person_id,
        worker=entry.worker,
        at=entry.at,
        minutes=entry.minutes,
        mode=entry.mode,
        outcome=entry.outcome,
        stage=entry.stage,
        services=services,
        recorded_at=now,
    )


def _evidence(event: ContactLogged) -> Evidence:
    reached = event.outcome == "reached"
    return Evidence(event.contact_id, event.person_id, "reached", event.at, event.version, valid=reached)


async def undo(tx: Tx, contact_id: UUID, worker: str) -> RowMapping | None:
    """Withdraw the worker's own entry; None if there is none to withdraw."""
    row = await tx.row(
        """
        update own.contact set voided = true, version = version + 1, recorded_at = :now
        where contact_id = :id and worker = :worker and not voided
        returning contact_id, person_id, home_id, worker, at, minutes, mode, outcome, stage, version
        """,
        {"id": contact_id, "worker": worker, "now": tx.now},
    )
    if row is None:
        return None
    event = ContactLogged(
        **{name: row[name] for name in ("contact_id", "person_id", "worker", "at", "mode", "outcome", "stage")},
        recorded_at=tx.now,
    )
    tx.publish(event.void(row["version"], tx.now, "error"))
    await take_into_account(
        tx, [Evidence(contact_id, row["person_id"], "reached", row["at"], row["version"], valid=False)]
    )
    return row


async def logged(tx: Tx, contact_id: UUID) -> RowMapping | None:
    """One contact of ours, for the line that says it is saved."""
    return await tx.row("select * from own.contact where contact_id = :id", {"id": contact_id})
