"""Fictional referrals and the facts other services would tell of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.referral.domain.canonical_referral import CanonicalReferral
from shared.contracts import ConsentRecorded, IntakeCompleted, OfferAnswered, ParticipantStatusChanged
from shared.runtime.ids import uuid7

PITTSBURGH = ZoneInfo("America/New_York")


def local(text: str) -> datetime:
    """A local time as the examples write it: "2026-03-01 23:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=PITTSBURGH).astimezone(UTC)


def record(**changes: Any) -> CanonicalReferral:
    """The encounter of the programme's examples: Pittsburgh zone 1, 2026-03-01 23:30, simple possession."""
    typed: dict[str, Any] = {
        "ori": "PAPPD0000",
        "source_record_id": uuid7().hex,
        "occurred_at": local("2026-03-01 23:30"),
        "place": {"municipality": "Pittsburgh", "zone": "1", "text": "Fable and Fiction Street"},
        "person": {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-05", "phones": ["412-555-0101"]},
        "charges": [{"text": "13(a)(16) Possession of controlled substance"}],
        "pathway": "arrest_diversion",
        "counterfactual": "arrest",
        "offer": "accepted",
        "complainant": "none",
        "referred_by": "officer",
        "handoff": "warm",
        "handoff_minutes": 20,
    }
    return CanonicalReferral.model_validate(typed | changes)


def intake(
    referral_id: UUID, person_id: UUID, completed_at: datetime, recorded_at: datetime | None = None, **changes: Any
) -> IntakeCompleted:
    return IntakeCompleted.model_validate(
        {
            "intake_id": uuid7(),
            "referral_id": referral_id,
            "person_id": person_id,
            "recorded_at": recorded_at or completed_at,
            "kind": "full",
            "completed_at": completed_at,
            "earliest_completed_at": completed_at,
            "immediate_needs_done": True,
            "full_assessment_done": True,
            "language": "en",
            "minutes": 50,
            "worker": "worker-pseudonym",
        }
        | changes
    )


def answered(referral_id: UUID, person_id: UUID, answer: str, at: datetime) -> OfferAnswered:
    return OfferAnswered.model_validate(
        {
            "answer_id": uuid7(),
            "referral_id": referral_id,
            "person_id": person_id,
            "answer": answer,
            "at": at,
            "recorded_at": at,
        }
    )


def police_consent(person_id: UUID, **changes: Any) -> ConsentRecorded:
    return ConsentRecorded.model_validate(
        {
            "consent_id": uuid7(),
            "person_id": person_id,
            "recipient_class": "police",
            "information": ["engagement"],
            "purpose": "status",
            "state": "granted",
            "from": local("2026-03-02 10:00"),
            "form_version": "1",
            "recorded_at": local("2026-03-02 10:00"),
        }
        | changes
    )


def participant(person_id: UUID, status: str = "active", engaged: bool = False) -> ParticipantStatusChanged:
    return ParticipantStatusChanged.model_validate(
        {
            "change_id": uuid7(),
            "person_id": person_id,
            "status": status,
            "since": local("2026-03-10 12:00"),
            "engaged": engaged,
            "recorded_at": local("2026-03-10 12:00"),
        }
    )
