"""Tries and contacts before the intake, and the intake itself as a contact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping

from services.intake.domain.record import Record
from services.intake.store.rows import insert, whose
from shared.contracts import ContactLogged, OfferAnswered
from shared.contracts.envelope import VoidReason
from shared.messaging import Tx
from shared.runtime.ids import uuid7

PLACE_HINT = "own.contact.place_hint"


@dataclass(frozen=True)
class Made:
    """What a worker says about one try."""

    at: datetime
    mode: str
    outcome: str
    minutes: int | None = None
    place_hint: str = ""
    next_on: date | None = None
    next_mode: str | None = None


async def log(
    tx: Tx,
    referral: RowMapping,
    made: Made,
    worker: str,
    name: str,
    stage: Literal["outreach", "intake"] = "outreach",
) -> UUID:
    """Keep a try or a contact, and publish it; its place hint stays here."""
    contact_id = uuid7()
    row = {
        "contact_id": contact_id,
        "referral_id": referral["referral_id"],
        "stage": stage,
        "worker": worker,
        "worker_name": name,
        "at": made.at,
        "minutes": made.minutes,
        "mode": made.mode,
        "outcome": made.outcome,
        "place_hint": tx.keys.seal("TXT", PLACE_HINT, contact_id, made.place_hint) if made.place_hint else None,
        "next_on": made.next_on,
        "next_mode": made.next_mode,
        "version": 1,
        "recorded_at": tx.now,
        **whose(referral),
    }
    await insert(tx, "own.contact", row)
    tx.publish(event(row))
    return contact_id


def event(row: Record) -> ContactLogged:
    """The fact of a row of own.contact."""
    return ContactLogged.model_validate(
        {name: row[name] for name in ContactLogged.model_fields if name in row}
        | {"action": "record" if row["version"] == 1 else "replace"}
    )


async def of_referral(tx: Tx, referral_id: UUID) -> list[dict[str, Any]]:
    """All tries and contacts of a referral, oldest first, with the place hint opened."""
    rows = await tx.rows(
        "select * from own.contact where referral_id = :id and not voided order by at, contact_id", {"id": referral_id}
    )
    return [
        dict(row)
        | {
            "place_hint": tx.keys.open("TXT", PLACE_HINT, row["contact_id"], bytes(row["place_hint"])).decode()
            if row["place_hint"] is not None
            else ""
        }
        for row in rows
    ]


async def first_reached(tx: Tx, referral_id: UUID) -> datetime | None:
    """When the person was first reached for this referral."""
    found = await tx.value(
        "select min(at) from own.contact where referral_id = :id and outcome = 'reached' and not voided",
        {"id": referral_id},
    )
    return found if isinstance(found, datetime) else None


async def move(tx: Tx, contact_id: UUID, at: datetime) -> None:
    """Correct when a contact was."""
    row = await tx.row(
        "update own.contact set at = :at, version = version + 1, recorded_at = :now where contact_id = :id returning *",
        {"at": at, "now": tx.now, "id": contact_id},
    )
    if row is not None:
        tx.publish(event(row))


async def void(tx: Tx, contact_id: UUID, why: VoidReason) -> None:
    """Withdraw a contact. Its row stays here, so that it can be read what was entered."""
    row = await tx.row(
        "update own.contact set version = version + 1, recorded_at = :now, voided = true where contact_id = :id "
        "returning *",
        {"now": tx.now, "id": contact_id},
    )
    if row is not None:
        tx.publish(event(row).void(row["version"], tx.now, why))


async def answer_offer(tx: Tx, referral: RowMapping, answer: str, at: datetime, worker: str) -> None:
    """The person says no, or comes back: what follows for the referral is for the referral service to say."""
    row = {
        "answer_id": uuid7(),
        "referral_id": referral["referral_id"],
        "answer": answer,
        "at": at,
        "worker": worker,
        "recorded_at": tx.now,
        **whose(referral),
    }
    await insert(tx, "own.offer_answer", row)
    tx.publish(OfferAnswered.model_validate({name: row[name] for name in OfferAnswered.model_fields if name in row}))
