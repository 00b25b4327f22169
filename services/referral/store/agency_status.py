"""The status of an agency's own referrals, under consent, with its accounting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from sqlalchemy import RowMapping

from services.referral.domain.agency_status import NOTICE, NOTICE_VERSION, Known, Status, status
from services.referral.store import copies
from services.referral.store.policy import policy_of
from shared.contracts import DisclosureRecorded
from shared.messaging import Tx


@dataclass(frozen=True)
class Told:
    """What an agency may know of one referral now. `consent` covers anything beyond `received`."""

    row: RowMapping
    word: Status
    at: datetime
    consent: RowMapping | None

    def answer(self) -> dict[str, Any]:
        """As the agency reads it."""
        answer: dict[str, Any] = {"referral_id": self.row["referral_id"], "status": self.word, "at": self.at}
        if self.consent is not None:
            answer |= {"consent_id": self.consent["consent_id"], "notice": NOTICE}
        return answer


async def statuses(tx: Tx, rows: Sequence[RowMapping], ori: str) -> list[dict[str, Any]]:
    """Each referral's status as this agency may know it. What is told under a release is accounted for."""
    found = await known_statuses(tx, rows, ori)
    for told in found:
        account(tx, told, ori, "view", f"{ori}:{told.word}:{tx.now.isoformat()}")
    return [told.answer() for told in found]


async def known_statuses(tx: Tx, rows: Sequence[RowMapping], ori: str) -> list[Told]:
    """Each referral's status as this agency may know it now; nothing is told yet."""
    if not rows:
        return []
    today = (await policy_of(tx)).civil_day(tx.now)
    people = [row["home_id"] for row in rows]
    # A silent intake could have recorded a revocation that is not here yet.
    current = await tx.stale_since("intake", "consent-recorded") is None
    released = await copies.police_consent(tx, people, ori, today) if current else {}
    participants = await copies.latest_statuses(tx, list(released)) if released else {}
    intakes = await _intakes(tx, [row["referral_id"] for row in rows if row["home_id"] in released])
    return [_told(row, released.get(row["home_id"]), participants.get(row["home_id"]), intakes) for row in rows]


def _told(
    row: RowMapping, consent: RowMapping | None, participant: RowMapping | None, intakes: dict[UUID, Any]
) -> Told:
    known = Known(
        state=row["state"],
        received_at=row["received_at"],
        changed_at=row["updated_at"],
        intake_at=intakes.get(row["referral_id"]),
        participant=participant["status"] if participant else None,
        participant_since=participant["since"] if participant else None,
        engaged=bool(participant and participant["engaged"]),
    )
    word, at = status(known, consent is not None)
    return Told(row, word, at, consent if word != "received" else None)


def account(tx: Tx, told: Told, ori: str, form: Literal["view", "event"], name: str) -> None:
    """Tell the accounting what is disclosed under a release, once for each `name` of a referral."""
    if told.consent is None:
        return
    tx.publish(
        DisclosureRecorded(
            recorded_at=tx.now,
            disclosure_id=uuid5(told.row["referral_id"], name),
            person_id=told.row["person_id"],
            basis="consent",
            consent_id=told.consent["consent_id"],
            recipient_class="police",
            recipient_id=ori,
            information=["engagement"],
            purpose=told.consent["purpose"],
            at=tx.now,
            form=form,
            notice_version=NOTICE_VERSION,
        )
    )


async def _intakes(tx: Tx, referral_ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = await tx.rows(
        "select referral_id, min(completed_at) as at from copied.intake"
        " where referral_id = any(cast(:ids as uuid[])) and not void group by referral_id",
        {"ids": list(referral_ids)},
    )
    return {row["referral_id"]: row["at"] for row in rows}
