"""The status of an agency's own referrals, under consent, with its accounting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import RowMapping

from services.referral.domain.agency_status import NOTICE, NOTICE_VERSION, Known, status
from services.referral.store import copies
from services.referral.store.policy import policy_of
from shared.contracts import DisclosureRecorded
from shared.messaging import Tx


async def statuses(tx: Tx, rows: Sequence[RowMapping], ori: str) -> list[dict[str, Any]]:
    """Each referral's status as this agency may know it. What is told under a release is accounted for."""
    if not rows:
        return []
    today = (await policy_of(tx)).civil_day(tx.now)
    people = [row["home_id"] for row in rows]
    # A silent intake could have recorded a revocation that is not here yet.
    current = await tx.stale_since("intake", "consent-recorded") is None
    released = await copies.police_consent(tx, people, ori, today) if current else {}
    participants = await copies.latest_statuses(tx, list(released)) if released else {}
    intakes = await _intakes(tx, [row["referral_id"] for row in rows if row["home_id"] in released])
    return [
        _status(tx, row, released.get(row["home_id"]), participants.get(row["home_id"]), intakes, ori) for row in rows
    ]


def _status(
    tx: Tx,
    row: RowMapping,
    consent: RowMapping | None,
    participant: RowMapping | None,
    intakes: dict[UUID, Any],
    ori: str,
) -> dict[str, Any]:
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
    answer: dict[str, Any] = {"referral_id": row["referral_id"], "status": word, "at": at}
    if consent is not None and word != "received":
        answer |= {"consent_id": consent["consent_id"], "notice": NOTICE}
        tx.publish(_disclosure(tx, row, consent, ori, word))
    return answer


def _disclosure(tx: Tx, row: RowMapping, consent: RowMapping, ori: str, word: str) -> DisclosureRecorded:
    return DisclosureRecorded(
        recorded_at=tx.now,
        disclosure_id=uuid5(row["referral_id"], f"{ori}:{word}:{tx.now.isoformat()}"),
        person_id=row["person_id"],
        basis="consent",
        consent_id=consent["consent_id"],
        recipient_class="police",
        recipient_id=ori,
        information=["engagement"],
        purpose=consent["purpose"],
        at=tx.now,
        form="view",
        notice_version=NOTICE_VERSION,
    )


async def _intakes(tx: Tx, referral_ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = await tx.rows(
        "select referral_id, min(completed_at) as at from copied.intake"
        " where referral_id = any(cast(:ids as uuid[])) and not void group by referral_id",
        {"ids": list(referral_ids)},
    )
    return {row["referral_id"]: row["at"] for row in rows}
