"""The facts of other services that casework keeps, each with its table and columns."""

from __future__ import annotations

from services.casework.domain.referrals import is_live
from services.casework.store.copies import Copy
from shared.contracts import (
    ArrestRecorded,
    ChargeDecided,
    ConsentRecorded,
    ContactLogged,
    FeedCoverage,
    IntakeCompleted,
    JurisdictionChanged,
    ReferralCreated,
    ReferralDecided,
    StatusRecorded,
)

REFERRAL = Copy[ReferralCreated](
    "copied.referral",
    "referral_id",
    {
        "pathway": ("text", lambda e: e.pathway),
        "zone": ("text", lambda e: e.zone),
        "occurred_at": ("timestamptz", lambda e: e.occurred_at),
        "received_at": ("timestamptz", lambda e: e.received_at),
        "counterfactual": ("text", lambda e: e.counterfactual),
        "offer": ("text", lambda e: e.offer),
        "complainant": ("text", lambda e: e.complainant),
        "charges": ("jsonb", lambda e: e.charges),
        "arrest_id": ("uuid", lambda e: e.arrest_id),
        "decision": ("text", lambda e: e.decision),
        "intake_due_on": ("date", lambda e: e.intake_due_on),
        "referred_by": ("text", lambda e: e.referred_by),
        "handoff": ("text", lambda e: e.handoff),
        "handoff_minutes": ("integer", lambda e: e.handoff_minutes),
        # As screened; `referrals.work_out_states` follows the later decisions.
        "state": ("text", lambda e: e.decision),
        "due_on": ("date", lambda e: e.intake_due_on),
        "live": ("boolean", lambda e: is_live(e.decision, e.offer)),
    },
    municipality=lambda e: e.municipality,
    agency=lambda e: e.agency_ori,
)

DECISION = Copy[ReferralDecided](
    "copied.decision",
    "decision_id",
    {
        "seq": ("integer", lambda e: e.seq),
        "referral_id": ("uuid", lambda e: e.referral_id),
        "decision": ("text", lambda e: e.decision),
        "reasons": ("jsonb", lambda e: e.reasons),
        "decided_by_role": ("text", lambda e: e.decided_by_role),
        "decided_at": ("timestamptz", lambda e: e.decided_at),
        "intake_due_on": ("date", lambda e: e.intake_due_on),
    },
)

CHARGE = Copy[ChargeDecided](
    "copied.charge",
    "charge_id",
    {
        "referral_id": ("uuid", lambda e: e.referral_id),
        "state": ("text", lambda e: e.state),
        "decided_at": ("timestamptz", lambda e: e.decided_at),
        "decided_by": ("text", lambda e: e.by),
        "statute": ("text", lambda e: e.statute),
        "grade": ("text", lambda e: e.grade),
    },
)

INTAKE = Copy[IntakeCompleted](
    "copied.intake",
    "intake_id",
    {
        "referral_id": ("uuid", lambda e: e.referral_id),
        "kind": ("text", lambda e: e.kind),
        "completed_at": ("timestamptz", lambda e: e.completed_at),
        "language": ("text", lambda e: e.language),
        "minutes": ("integer", lambda e: e.minutes),
        "worker": ("text", lambda e: e.worker),
        "first_contact_at": ("timestamptz", lambda e: e.first_contact_at),
    },
)

ARREST = Copy[ArrestRecorded](
    "copied.arrest",
    "arrest_id",
    {
        "zone": ("text", lambda e: e.zone),
        "source": ("text", lambda e: e.source),
        "arrested_at": ("timestamptz", lambda e: e.arrested_at),
        "time_precision": ("text", lambda e: e.time_precision),
        "arrest_type": ("text", lambda e: e.arrest_type),
        "custody": ("text", lambda e: e.custody),
        "disposition": ("text", lambda e: e.disposition),
        "divertible": ("text", lambda e: e.divertible),
        "warrant_only": ("boolean", lambda e: e.warrant_only),
        "charges": ("jsonb", lambda e: e.charges),
    },
    municipality=lambda e: e.municipality,
    agency=lambda e: e.agency_ori,
)

CONSENT = Copy[ConsentRecorded](
    "copied.consent",
    "consent_id",
    {
        "recipient_class": ("text", lambda e: e.recipient_class),
        "recipient_id": ("text", lambda e: e.recipient_id),
        "information": ("jsonb", lambda e: e.information),
        "purpose": ("text", lambda e: e.purpose),
        "state": ("text", lambda e: e.state),
        "from_at": ("timestamptz", lambda e: e.from_),
        "expires_on": ("date", lambda e: e.expires_on),
        "form_version": ("text", lambda e: e.form_version),
    },
)

CONTACT = Copy[ContactLogged](
    "copied.contact",
    "contact_id",
    {
        "referral_id": ("uuid", lambda e: e.referral_id),
        "worker": ("text", lambda e: e.worker),
        "at": ("timestamptz", lambda e: e.at),
        "minutes": ("integer", lambda e: e.minutes),
        "mode": ("text", lambda e: e.mode),
        "outcome": ("text", lambda e: e.outcome),
        "stage": ("text", lambda e: e.stage),
        "services": ("jsonb", lambda e: e.services),
    },
)

STATUS = Copy[StatusRecorded](
    "copied.status",
    "status_id",
    {
        "domain": ("text", lambda e: e.domain),
        "value": ("text", lambda e: e.value),
        "from_on": ("date", lambda e: e.from_),
        "to_on": ("date", lambda e: e.to),
        "timepoint": ("text", lambda e: e.timepoint),
        "asked": ("boolean", lambda e: e.asked),
    },
)

COVERAGE = Copy[FeedCoverage](
    "copied.coverage",
    "agency_ori",
    {
        "covered_from": ("date", lambda e: e.covered_from),
        "covered_through": ("date", lambda e: e.covered_through),
    },
    key_type="text",
    about_person=False,
)

AREA = Copy[JurisdictionChanged](
    "copied.area",
    "area_id",
    {
        "municipality": ("text", lambda e: e.municipality),
        "zone": ("text", lambda e: e.zone),
        "name": ("text", lambda e: e.name),
        "timezone": ("text", lambda e: e.timezone),
        "stages": ("jsonb", lambda e: e.stages),
        "covering": ("jsonb", lambda e: e.covering),
    },
    key_type="text",
    about_person=False,
)
