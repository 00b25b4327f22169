"""Facts about fictional people, with what a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts import (
    ArrestRecorded,
    AssessmentRecorded,
    ChargeDecided,
    ConsentRecorded,
    ContactLogged,
    IntakeCompleted,
    PersonMerged,
    PersonProfile,
    ReferralCreated,
    ReferralDecided,
    StatusRecorded,
)
from shared.contracts.codes import Charge, Demographics
from shared.contracts.person_profile import Name
from shared.contracts.referral_created import Screening
from shared.runtime.ids import uuid7

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
THEFT = Charge(
    seq=1,
    label="Retail theft",
    category="retail_theft",
    kind="new_charge",
    eligibility="Y",
    confidence=1,
)
TRESPASS = Charge(
    seq=1, label="Defiant trespass", category="trespass", kind="new_charge", eligibility="Y", confidence=1
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
            "charges": [THEFT.model_copy(update={"charge_id": uuid7()})],
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


def decision(of: ReferralCreated, said: str, seq: int = 1, **given: Any) -> ReferralDecided:
    return ReferralDecided(
        **{
            "decision_id": uuid7(),
            "seq": seq,
            "referral_id": of.referral_id,
            "person_id": of.person_id,
            "decision": said,
            "decided_by_role": "supervisor",
            "decided_at": NOW - 9 * DAY,
            "recorded_at": NOW - 9 * DAY,
        }
        | given
    )


def charge(of: ReferralCreated, state: str = "held", **given: Any) -> ChargeDecided:
    return ChargeDecided(
        **{
            "charge_id": of.charges[0].charge_id if of.charges else uuid7(),
            "referral_id": of.referral_id,
            "person_id": of.person_id,
            "state": state,
            "decided_at": NOW - 5 * DAY,
            "by": "rule",
            "statute": "18 3929",
            "recorded_at": NOW - 5 * DAY,
        }
        | given
    )


def intake(of: ReferralCreated, at: datetime = NOW - 5 * DAY, **given: Any) -> IntakeCompleted:
    return IntakeCompleted(
        **{
            "intake_id": uuid7(),
            "referral_id": of.referral_id,
            "person_id": of.person_id,
            "kind": "full",
            "completed_at": at,
            "earliest_completed_at": at,
            "immediate_needs_done": True,
            "full_assessment_done": True,
            "language": "en",
            "minutes": 50,
            "worker": "intakeworker1",
            "recorded_at": at,
        }
        | given
    )


def contact(person: UUID, at: datetime = NOW - 1 * DAY, **given: Any) -> ContactLogged:
    return ContactLogged(
        **{
            "contact_id": uuid7(),
            "person_id": person,
            "worker": "intakeworker1",
            "at": at,
            "mode": "street",
            "outcome": "reached",
            "stage": "outreach",
            "recorded_at": at,
        }
        | given
    )


def arrest(person: UUID, at: datetime = NOW - 1 * DAY, **given: Any) -> ArrestRecorded:
    return ArrestRecorded(
        **{
            "arrest_id": uuid7(),
            "person_id": person,
            "linkable": True,
            "agency_ori": "PAPPD0000",
            "municipality": "Rankin",
            "source": "api",
            "arrested_at": at,
            "time_precision": "minute",
            "backfill": False,
            "arrest_type": "on_view",
            "disposition": "arrested",
            "charges": [TRESPASS],
            "classifier_version": "1",
            "policy_version": "1",
            "divertible": "yes",
            "warrant_only": False,
            "demographics": Demographics(),
            "recorded_at": at,
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


def assessment(of: ReferralCreated, *goals: str, **given: Any) -> AssessmentRecorded:
    return AssessmentRecorded(
        **{
            "assessment_id": uuid7(),
            "person_id": of.person_id,
            "referral_id": of.referral_id,
            "instrument": "intake",
            "instrument_version": 1,
            "answers": {"sleeping": "outside"},
            "goals_in_own_words": list(goals),
            "recorded_at": NOW,
        }
        | given
    )


def consent(person: UUID, recipient: str = "police", **given: Any) -> ConsentRecorded:
    return ConsentRecorded(
        **{
            "consent_id": uuid7(),
            "person_id": person,
            "recipient_class": recipient,
            "information": ["engagement"],
            "purpose": "coordination",
            "state": "granted",
            "from_": NOW - 5 * DAY,
            "expires_on": (NOW + 20 * DAY).date(),
            "form_version": "1",
            "recorded_at": NOW,
        }
        | given
    )


def status(person: UUID, domain: str = "housing", value: str = "outside", **given: Any) -> StatusRecorded:
    return StatusRecorded(
        **{
            "status_id": uuid7(),
            "person_id": person,
            "domain": domain,
            "value": value,
            "from_": (NOW - 5 * DAY).date(),
            "timepoint": "baseline",
            "asked": True,
            "recorded_at": NOW,
        }
        | given
    )


def merge(survivor: UUID, absorbed: UUID, **given: Any) -> PersonMerged:
    return PersonMerged(
        **{"merge_id": uuid7(), "survivor_id": survivor, "absorbed_id": absorbed, "recorded_at": NOW} | given
    )
