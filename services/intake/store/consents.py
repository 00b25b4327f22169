"""The consent ledger. A yes or a no is a row; a row ends, and is never rewritten into another answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from services.intake.domain.entered_time import civil_day
from services.intake.domain.record import Record
from services.intake.domain.release import Form, Recipient
from services.intake.store.rows import insert, whose
from shared.contracts import ConsentRecorded
from shared.messaging import Tx
from shared.runtime.ids import uuid7

SIGNATURE = "own.consent.signature"


@dataclass(frozen=True)
class Signing:
    """One occasion on which a person answers the form."""

    at: datetime
    signature: str
    language: str
    worker: str
    referral_id: UUID | None = None


async def answer(
    tx: Tx, person: Record, form: Form, recipient: Recipient, yes: bool, signing: Signing, signed_on: date
) -> UUID:
    """Keep and publish one answer. A newer yes ends the older one; a no takes back what was granted before."""
    await end(
        tx,
        "home_id = :home and recipient_class = :recipient and purpose = :purpose and state = 'granted'",
        {"home": person["home_id"], "recipient": recipient.recipient_class, "purpose": recipient.purpose},
        state="expired" if yes else "revoked",
        how="newer_form" if yes else "answered_no",
        at=signing.at,
    )
    consent_id = uuid7()
    row = {
        "consent_id": consent_id,
        "referral_id": signing.referral_id,
        "recipient_class": recipient.recipient_class,
        "recipient_id": None,
        "information": list(recipient.information),
        "purpose": recipient.purpose,
        "state": "granted" if yes else "declined",
        "signed_at": signing.at,
        "expires_on": form.expires_on(signed_on) if yes else None,
        "form_version": form.version,
        "language": signing.language,
        "signature": tx.keys.seal("ID", SIGNATURE, consent_id, signing.signature) if signing.signature else None,
        "worker": signing.worker,
        "version": 1,
        "recorded_at": tx.now,
        **whose(person),
    }
    await insert(tx, "own.consent", row)
    tx.publish(event(row))
    return consent_id


async def revoke(tx: Tx, consent_id: UUID, home_id: UUID, how: Literal["spoken", "written"], at: datetime) -> bool:
    """Take a yes back, at once. False if there is no live consent of this id and person."""
    ended = await end(
        tx,
        "consent_id = :consent_id and home_id = :home and state = 'granted'",
        {"consent_id": consent_id, "home": home_id},
        state="revoked",
        how=how,
        at=at,
    )
    return bool(ended)


async def expire(tx: Tx, today: date) -> list[RowMapping]:
    """End every consent whose last day is over; found by the same row state, so a second run does nothing."""
    return await end(
        tx,
        "state = 'granted' and expires_on < :today",
        {"today": today},
        state="expired",
        how="last_day_over",
        at=tx.now,
    )


async def end(
    tx: Tx, which: str, params: Mapping[str, Any], *, state: Literal["revoked", "expired"], how: str, at: datetime
) -> list[RowMapping]:
    """End the granted consents that `which` (our own SQL) names, and publish each as a replacement."""
    rows = await tx.rows(
        "update own.consent set state = :state, ended_how = :how, ended_at = :at, version = version + 1, "  # noqa: S608
        f"recorded_at = :now where {which} returning *",
        {"state": state, "how": how, "at": at, "now": tx.now, **params},
    )
    tx.publish(*(event(row) for row in rows))
    return rows


async def of_person(tx: Tx, home_id: UUID) -> list[RowMapping]:
    """All answers of a person, the newest first."""
    return await tx.rows(
        "select * from own.consent where home_id = :home order by signed_at desc, consent_id desc", {"home": home_id}
    )


async def granted(tx: Tx, home_id: UUID, today: date) -> dict[str, UUID]:
    """recipient class -> the live consent. One whose last day is over does not count, though no timer ran yet."""
    rows = await tx.rows(
        "select recipient_class, consent_id from own.consent where home_id = :home and state = 'granted' "
        "and (expires_on is null or expires_on >= :today) order by signed_at",
        {"home": home_id, "today": today},
    )
    return {row["recipient_class"]: row["consent_id"] for row in rows}


async def answer_all(
    tx: Tx, person: Record, form: Form, answers: Mapping[Any, bool], signing: Signing
) -> Sequence[UUID]:
    """Every answered row of one signing, in the form's order."""
    signed_on = civil_day(signing.at, ZoneInfo(tx.settings.timezone))
    return [
        await answer(tx, person, form, recipient, answers[recipient.recipient_class], signing, signed_on)
        for recipient in form.recipients
        if recipient.recipient_class in answers
    ]


def event(row: Record) -> ConsentRecorded:
    """The fact of a row of own.consent."""
    return ConsentRecorded.model_validate(
        {name: row[name] for name in ConsentRecorded.model_fields if name in row}
        | {"from": row["signed_at"], "action": "record" if row["version"] == 1 else "replace"}
    )
