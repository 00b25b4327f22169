"""Facts about fictional people, with what a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts import (
    AssignmentChanged,
    ChargeDecided,
    ParticipantStatusChanged,
    PersonMerged,
    PersonProfile,
    ReferralCreated,
    ReferralDecided,
)
from shared.contracts.codes import Charge, Demographics
from shared.contracts.person_profile import Name
from shared.contracts.referral_created import Screening
from shared.runtime.ids import uuid7

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def theft() -> Charge:
    return Charge(
        seq=1,
        charge_id=uuid7(),
        label="Retail theft",
        category="retail_theft",
        kind="new_charge",
        eligibility="Y",
        confidence=1,
    )


def referral(person: UUID, **given: Any) -> ReferralCreated:
    return ReferralCreated(
        **{
            "referral_id": uuid7(),
            "person_id": person,
            "pathway": "arrest_diversion",
            "agency_ori": "PAPPD0000",
            "municipality": "Pittsburgh",
            "zone": "2",
            "occurred_at": NOW - 10 * DAY,
            "received_at": NOW - 10 * DAY,
            "counterfactual": "arrest",
            "offer": "accepted",
            "charges": [theft()],
            "screening": Screening(result="eligible", policy_id="allegheny", policy_version=1),
            "decision": "approved",
            "intake_due_on": (NOW + 20 * DAY).date(),
            "demographics": Demographics(),
            "referred_by": "officer",
            "handoff": "warm",
            "handoff_minutes": 22,
            "recorded_at": NOW - 10 * DAY,
        }
        | given
    )


def social(person: UUID, **given: Any) -> ReferralCreated:
    """A referral through a door without a charge."""
    return referral(
        person,
        **{"pathway": "social_contact", "counterfactual": "none", "charges": [], "intake_due_on": None} | given,
    )


def decision(of: ReferralCreated, said: str, seq: int = 1, **given: Any) -> ReferralDecided:
    return ReferralDecided(
        **{
            "decision_id": uuid7(),
            "seq": seq,
            "referral_id": of.referral_id,
            "person_id": of.person_id,
            "decision": said,
            "decided_by_role": "rule",
            "decided_at": NOW - DAY,
            "recorded_at": NOW - DAY,
        }
        | given
    )


def charge(of: ReferralCreated, state: str = "held", **given: Any) -> ChargeDecided:
    return ChargeDecided(
        **{
            "charge_id": of.charges[0].charge_id,
            "referral_id": of.referral_id,
            "person_id": of.person_id,
            "state": state,
            "decided_at": NOW - DAY,
            "by": "rule",
            "statute": "18 3929",
            "recorded_at": NOW - DAY,
        }
        | given
    )


def profile(person: UUID, first: str = "Marlow", last: str = "Sampleton", **given: Any) -> PersonProfile:
    return PersonProfile(
        **{
            "person_id": person,
            "names": [Name(first=first, last=last)],
            "birth_date": date(1990, 2, 3),
            "birth_precision": "day",
            "updated_at": NOW,
            "recorded_at": NOW,
        }
        | given
    )


def status(person: UUID, said: str = "active", **given: Any) -> ParticipantStatusChanged:
    return ParticipantStatusChanged(
        **{"change_id": uuid7(), "person_id": person, "status": said, "since": NOW, "engaged": True, "recorded_at": NOW}
        | given
    )


def assignment(person: UUID, worker: str, **given: Any) -> AssignmentChanged:
    return AssignmentChanged(
        **{
            "assignment_id": uuid7(),
            "person_id": person,
            "worker": worker,
            "role": "coordinator",
            "from": NOW - DAY,
            "recorded_at": NOW,
        }
        | given
    )


def merge(survivor: UUID, absorbed: UUID, **given: Any) -> PersonMerged:
    return PersonMerged(
        **{"merge_id": uuid7(), "survivor_id": survivor, "absorbed_id": absorbed, "recorded_at": NOW} | given
    )
