"""The facts of other services that intake keeps, each with its table and columns."""

from __future__ import annotations

from typing import Any

import orjson

from services.intake.store.copies import Copy
from shared.contracts import (
    AssignmentChanged,
    ChargeDecided,
    DisclosureRecorded,
    ErasureRecorded,
    JurisdictionChanged,
    ParticipantStatusChanged,
    PersonMerged,
    PersonProfile,
    ReferralCreated,
    ReferralDecided,
)
from shared.contracts.envelope import Event
from shared.messaging import Tx

PROFILE_COLUMN = "copied.profile.profile"


def _fields(event: Event, *names: str, **renamed: str) -> dict[str, Any]:
    """Columns that carry a field's own name, and those that carry another's."""
    return {name: getattr(event, name) for name in names} | {
        column: getattr(event, name) for column, name in renamed.items()
    }


def _profile(tx: Tx, event: PersonProfile) -> dict[str, Any]:
    plain = orjson.dumps(event.model_dump(mode="json", exclude={"version", "action", "recorded_at"}))
    sealed = tx.keys.seal("ID", PROFILE_COLUMN, event.person_id, plain)
    return {"person_id": event.person_id, "profile": sealed}


REFERRAL = Copy[ReferralCreated](
    "copied.referral",
    "referral_id",
    lambda tx, e: _fields(
        e, "person_id", "municipality", "agency_ori", "pathway", "zone", "occurred_at", "received_at",
        "counterfactual", "offer", "charges", "decision", "intake_due_on", "referred_by", "handoff",
        "handoff_minutes", state="decision", due_on="intake_due_on",
    ),
)  # fmt: skip
# As screened; `referral_states.work_out` then follows the later decisions.

DECISION = Copy[ReferralDecided](
    "copied.decision",
    "decision_id",
    lambda tx, e: _fields(
        e, "person_id", "seq", "referral_id", "decision", "decided_by_role", "decided_at", "intake_due_on"
    ),
)

CHARGE = Copy[ChargeDecided](
    "copied.charge",
    "charge_id",
    lambda tx, e: _fields(e, "person_id", "referral_id", "state", "decided_at", "statute", "grade", decided_by="by"),
)

PROFILE = Copy[PersonProfile]("copied.profile", "person_id", _profile)

STATUS = Copy[ParticipantStatusChanged](
    "copied.status", "change_id", lambda tx, e: _fields(e, "person_id", "status", "since", "engaged")
)

ASSIGNMENT = Copy[AssignmentChanged](
    "copied.assignment",
    "assignment_id",
    lambda tx, e: _fields(e, "person_id", "worker", "role", from_at="from_", to_at="to"),
)

DISCLOSURE = Copy[DisclosureRecorded](
    "copied.disclosure",
    "disclosure_id",
    lambda tx, e: _fields(
        e, "person_id", "consent_id", "basis", "recipient_class", "recipient_id", "information", "purpose",
        "at", "form", "notice_version",
    ),
    has_home=False,
)  # fmt: skip

MERGE = Copy[PersonMerged](
    "copied.merge",
    "merge_id",
    lambda tx, e: _fields(e, "survivor_id", "absorbed_id", "undone"),
    has_home=False,
    has_tenant=False,
)

AREA = Copy[JurisdictionChanged](
    "copied.area",
    "area_id",
    lambda tx, e: _fields(e, "municipality", "zone", "name", "timezone", "stages", "covering"),
    has_home=False,
    has_tenant=False,
)

ERASURE = Copy[ErasureRecorded](
    "copied.erasure",
    "erasure_key",
    lambda tx, e: _fields(e, "erasure_id", "service", "state", "person_id", "absorbed_ids", "rows_left"),
    has_home=False,
    has_tenant=False,
)
