"""Facts about fictional people, as the other services would publish them, for the tests of metrics."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from shared.contracts import (
    ArrestRecorded,
    ChargeDecided,
    ContactLogged,
    Event,
    IntakeCompleted,
    ParticipantStatusChanged,
    PersonMerged,
    ReferralCreated,
    ReferralDecided,
)
from shared.contracts.codes import Charge, Demographics
from shared.contracts.referral_created import Screening

SPACE = UUID("0f4bd0de-0000-4000-8000-000000000000")
LEARNED = datetime(2026, 11, 1, 12, tzinfo=UTC)
WORKER = "worker-0001"


def uid(name: str) -> UUID:
    """The same name gives the same id."""
    return uuid5(SPACE, name)


def noon(day: date) -> datetime:
    """Midday in Pittsburgh, so that the civil day is the given one."""
    return datetime.combine(day, time(17), UTC)


def charge(kind: str = "new_charge") -> Charge:
    return Charge(seq=1, category="drug", kind=kind, eligibility="Y", confidence=1.0)


def arrest(name: str, person: str, day: date, **given: Any) -> ArrestRecorded:
    values: dict[str, Any] = {
        "arrest_id": uid(name), "person_id": uid(person), "linkable": True, "agency_ori": "PAPPD0000",
        "municipality": "Pittsburgh", "source": "api", "arrested_at": noon(day), "time_precision": "minute",
        "backfill": False, "arrest_type": "on_view", "disposition": "arrested", "charges": [charge()],
        "classifier_version": "1", "policy_version": "1", "divertible": "yes", "warrant_only": False,
        "demographics": Demographics(), "recorded_at": noon(day + timedelta(1)),
    }  # fmt: skip
    return ArrestRecorded(**(values | given))


def referral(name: str, person: str, day: date, **given: Any) -> ReferralCreated:
    values: dict[str, Any] = {
        "referral_id": uid(name), "person_id": uid(person), "pathway": "arrest_diversion", "agency_ori": "PAPPD0000",
        "municipality": "Pittsburgh", "occurred_at": noon(day), "received_at": noon(day), "counterfactual": "arrest",
        "offer": "accepted", "screening": Screening(result="eligible", policy_id="allegheny", policy_version=1),
        "decision": "approved", "demographics": Demographics(), "referred_by": "officer", "recorded_at": LEARNED,
    }  # fmt: skip
    return ReferralCreated(**(values | given))


def decided(name: str, of: str, person: str, day: date, decision: str, seq: int = 1, **given: Any) -> ReferralDecided:
    values: dict[str, Any] = {
        "decision_id": uid(name), "seq": seq, "referral_id": uid(of), "person_id": uid(person), "decision": decision,
        "decided_by_role": "rule", "decided_at": noon(day), "recorded_at": LEARNED,
    }  # fmt: skip
    return ReferralDecided(**(values | given))


def intake(name: str, of: str, person: str, day: date, **given: Any) -> IntakeCompleted:
    values: dict[str, Any] = {
        "intake_id": uid(name), "referral_id": uid(of), "person_id": uid(person), "kind": "full",
        "completed_at": noon(day), "earliest_completed_at": noon(day), "immediate_needs_done": True,
        "full_assessment_done": True, "language": "en", "minutes": 60, "worker": WORKER, "recorded_at": LEARNED,
    }  # fmt: skip
    return IntakeCompleted(**(values | given))


def contact(name: str, person: str, day: date, **given: Any) -> ContactLogged:
    values: dict[str, Any] = {
        "contact_id": uid(name), "person_id": uid(person), "worker": WORKER, "at": noon(day), "mode": "street",
        "outcome": "reached", "stage": "casework", "recorded_at": LEARNED,
    }  # fmt: skip
    return ContactLogged(**(values | given))


def status(name: str, person: str, day: date, to: str, **given: Any) -> ParticipantStatusChanged:
    values: dict[str, Any] = {
        "change_id": uid(name), "person_id": uid(person), "status": to, "since": noon(day), "engaged": True,
        "recorded_at": LEARNED,
    }  # fmt: skip
    return ParticipantStatusChanged(**(values | given))


def held_charge(name: str, of: str, person: str, day: date, state: str, **given: Any) -> ChargeDecided:
    values: dict[str, Any] = {
        "charge_id": uid(name), "referral_id": uid(of), "person_id": uid(person), "state": state,
        "decided_at": noon(day), "by": "rule", "statute": "18-3929", "recorded_at": LEARNED,
    }  # fmt: skip
    return ChargeDecided(**(values | given))


def merged(name: str, survivor: str, absorbed: str, **given: Any) -> PersonMerged:
    values: dict[str, Any] = {
        "merge_id": uid(name), "survivor_id": uid(survivor), "absorbed_id": uid(absorbed), "recorded_at": LEARNED,
    }  # fmt: skip
    return PersonMerged(**(values | given))


def followed(person: str, start: date, *, before: int, after: int, pathway: str = "arrest_diversion") -> list[Event]:
    """A person referred on `start`, taken in 5 days later, with arrests on both sides within 182 days."""
    facts: list[Event] = [
        referral(f"{person}-r", person, start, pathway=pathway),
        intake(f"{person}-i", f"{person}-r", person, start + timedelta(5)),
        contact(f"{person}-c", person, start + timedelta(20)),
    ]
    facts += [arrest(f"{person}-b{n}", person, start - timedelta(10 + 20 * n)) for n in range(before)]
    facts += [arrest(f"{person}-a{n}", person, start + timedelta(30 + 20 * n)) for n in range(after)]
    return facts
