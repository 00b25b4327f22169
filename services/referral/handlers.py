"""What other services' events do here: one function an event, each within one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.referral.domain.referral_states import Act
from services.referral.store import copies, erasure, referrals
from services.referral.store.settling import settle
from shared.contracts import (
    ConsentRecorded,
    ErasureRecorded,
    IntakeCompleted,
    OfferAnswered,
    ParticipantStatusChanged,
)
from shared.messaging import Fact, Handlers, Tx

handlers = Handlers("referral")

_KEPT_CLASSES = frozenset({"police", "prosecutor"})
_ANSWERS = {"declined": Act.SAY_NO, "returned": Act.RETURN}


@handlers.on(IntakeCompleted)
async def intake_completed(tx: Tx, facts: Sequence[Fact[IntakeCompleted]]) -> None:
    """An intake on time gives the held charge up for good, whenever it is learned and whatever came of it."""
    rows = [row for row in (_intake(tx, fact) for fact in facts) if row is not None]
    await _forget(tx, "intake", facts)
    # An erased intake leaves no step either; what was given up stays given up.
    await referrals.drop_steps(tx, [UUID(fact.fact_id) for fact in facts if fact.erase])
    if not rows:
        return
    await copies.keep_intakes(tx, rows)
    await settle(tx, await referrals.add_steps(tx, [_intake_step(row) for row in rows]))


@handlers.on(OfferAnswered)
async def offer_answered(tx: Tx, facts: Sequence[Fact[OfferAnswered]]) -> None:
    """What the person told intake: no, or back again. A withdrawn answer was never given."""
    taken_back = await referrals.drop_steps(tx, [UUID(fact.fact_id) for fact in facts if fact.event is None])
    rows = [_answer_step(tx, fact.event) for fact in facts if fact.event is not None]
    new = await referrals.add_steps(tx, rows) if rows else set()
    await settle(tx, taken_back | new)


@handlers.on(ConsentRecorded)
async def consent_recorded(tx: Tx, facts: Sequence[Fact[ConsentRecorded]]) -> None:
    """Only releases to police and prosecutor are kept here; the others are none of this service's business."""
    kept = [fact.event for fact in facts if fact.event is not None and fact.event.recipient_class in _KEPT_CLASSES]
    await _forget(tx, "consent", [fact for fact in facts if fact.event is None or fact.event not in kept])
    if kept:
        await copies.keep_consents(tx, [_consent(tx, event) for event in kept])


@handlers.on(ParticipantStatusChanged)
async def participant_status_changed(tx: Tx, facts: Sequence[Fact[ParticipantStatusChanged]]) -> None:
    """Who takes up a slot, and what an agency may be told under a release."""
    await _forget(tx, "participant_status", [fact for fact in facts if fact.event is None])
    rows = [
        fact.event.model_dump(include={"change_id", "person_id", "status", "since", "engaged", "version"})
        | {"programme": tx.settings.programme}
        for fact in facts
        if fact.event is not None
    ]
    if rows:
        await copies.keep_statuses(tx, rows)


@handlers.on(ErasureRecorded)
async def erasure_recorded(tx: Tx, facts: Sequence[Fact[ErasureRecorded]]) -> None:
    """A person is erased here, and the erasure confirmed."""
    for fact in facts:
        if fact.event is not None and fact.event.state == "ordered" and fact.event.person_id is not None:
            await erasure.erase(tx, fact.event.erasure_id, [fact.event.person_id, *fact.event.absorbed_ids])


async def _forget(tx: Tx, table: str, facts: Sequence[Fact[Any]]) -> None:
    # A withdrawn intake stays as a row: its earliest on-time moment still decides the charge.
    gone = [fact for fact in facts if fact.erase or (fact.event is None and table != "intake") or _unkept(fact)]
    await copies.drop(tx, table, [UUID(fact.fact_id) for fact in gone])


def _unkept(fact: Fact[Any]) -> bool:
    return isinstance(fact.event, ConsentRecorded) and fact.event.recipient_class not in _KEPT_CLASSES


def _intake(tx: Tx, fact: Fact[IntakeCompleted]) -> dict[str, Any] | None:
    if fact.event is not None:
        return fact.event.model_dump(
            include={
                "intake_id", "referral_id", "person_id", "completed_at", "earliest_completed_at", "version",
                "recorded_at",
            }
        ) | {"programme": tx.settings.programme, "void": False}  # fmt: skip
    if fact.void is not None:
        kept = fact.void.kept
        return {
            "intake_id": kept["intake_id"],
            "referral_id": kept["referral_id"],
            "person_id": fact.void.person_id,
            "programme": tx.settings.programme,
            "completed_at": None,
            "earliest_completed_at": kept.get("earliest_completed_at"),
            "void": True,
            "version": fact.version,
            "recorded_at": fact.void.recorded_at,
        }
    return None


def _intake_step(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "referral_id": row["referral_id"],
        "step_id": row["intake_id"],
        "person_id": row["person_id"],
        "programme": row["programme"],
        "act": Act.INTAKE,
        "at": row["completed_at"] or row["earliest_completed_at"] or row["recorded_at"],
        "by_role": "rule",
        "reasons": ["intake_completed"],
        "version": row["version"],
        "earliest_at": row["earliest_completed_at"],
        "voided_at": row["recorded_at"] if row["void"] else None,
        "recorded_at": row["recorded_at"],
    }


def _answer_step(tx: Tx, event: OfferAnswered) -> dict[str, Any]:
    return {
        "referral_id": event.referral_id,
        "step_id": event.answer_id,
        "person_id": event.person_id,
        "programme": tx.settings.programme,
        "act": _ANSWERS[event.answer],
        "at": event.at,
        "by_role": "intake_worker",
        "reasons": ["answered_intake"],
        "version": event.version,
        "recorded_at": event.recorded_at,
    }


def _consent(tx: Tx, event: ConsentRecorded) -> dict[str, Any]:
    return event.model_dump(
        include={
            "consent_id", "person_id", "recipient_class", "recipient_id", "information", "purpose", "state",
            "expires_on", "version",
        }
    ) | {"programme": tx.settings.programme, "valid_from": event.from_}  # fmt: skip
