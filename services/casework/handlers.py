"""What casework does with each fact it consumes. Facts come in any order across topics."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.casework.store import assessments, copied, erasure, merges, profiles
from services.casework.store.copies import lock_people
from services.casework.store.grounds import Evidence
from services.casework.store.participation import take_into_account
from services.casework.store.referrals import work_out_states
from shared.contracts import (
    ArrestRecorded,
    AssessmentRecorded,
    ChargeDecided,
    ConsentRecorded,
    ContactLogged,
    ErasureRecorded,
    FeedCoverage,
    IntakeCompleted,
    JurisdictionChanged,
    PersonMerged,
    PersonProfile,
    ReferralCreated,
    ReferralDecided,
    StatusRecorded,
)
from shared.messaging import Fact, Handlers, Tx

handlers = Handlers("casework")


@handlers.on(ReferralCreated)
async def referral_created(tx: Tx, facts: Sequence[Fact[ReferralCreated]]) -> None:
    """Know the person, and show whatever waited for their referral."""
    await copied.REFERRAL.keep(tx, facts)
    await lock_people(tx, _people(facts))
    await work_out_states(tx, [UUID(fact.fact_id) for fact in facts])


@handlers.on(ReferralDecided)
async def referral_decided(tx: Tx, facts: Sequence[Fact[ReferralDecided]]) -> None:
    """The highest decision is the referral's state, also when it comes before its referral."""
    before = await _referrals_of_decisions(tx, [UUID(fact.fact_id) for fact in facts if fact.event is None])
    await copied.DECISION.keep(tx, facts)
    await lock_people(tx, _people(facts))
    decided = {fact.event.referral_id for fact in facts if fact.event is not None}
    await work_out_states(tx, sorted(decided | before))


@handlers.on(ChargeDecided)
async def charge_decided(tx: Tx, facts: Sequence[Fact[ChargeDecided]]) -> None:
    await copied.CHARGE.keep(tx, facts)


@handlers.on(IntakeCompleted)
async def intake_completed(tx: Tx, facts: Sequence[Fact[IntakeCompleted]]) -> None:
    """The first valid intake makes a participant; voiding the only one unmakes them."""
    await copied.INTAKE.keep(tx, facts)
    await take_into_account(tx, [_intake_evidence(fact) for fact in facts])


@handlers.on(ContactLogged)
async def contact_logged(tx: Tx, facts: Sequence[Fact[ContactLogged]]) -> None:
    """A reached contact makes a participant engaged, and brings them back whatever their status."""
    await copied.CONTACT.keep(tx, facts)
    await take_into_account(tx, [_contact_evidence(fact) for fact in facts])


@handlers.on(ArrestRecorded)
async def arrest_recorded(tx: Tx, facts: Sequence[Fact[ArrestRecorded]]) -> None:
    """History and alerts are read from the newest version; it changes no status."""
    await copied.ARREST.keep(tx, facts)


@handlers.on(PersonProfile)
async def person_profile(tx: Tx, facts: Sequence[Fact[PersonProfile]]) -> None:
    await profiles.keep(tx, facts)


@handlers.on(AssessmentRecorded)
async def assessment_recorded(tx: Tx, facts: Sequence[Fact[AssessmentRecorded]]) -> None:
    await assessments.keep(tx, facts)


@handlers.on(ConsentRecorded)
async def consent_recorded(tx: Tx, facts: Sequence[Fact[ConsentRecorded]]) -> None:
    await copied.CONSENT.keep(tx, facts)


@handlers.on(StatusRecorded)
async def status_recorded(tx: Tx, facts: Sequence[Fact[StatusRecorded]]) -> None:
    await copied.STATUS.keep(tx, facts)


@handlers.on(FeedCoverage)
async def feed_coverage(tx: Tx, facts: Sequence[Fact[FeedCoverage]]) -> None:
    await copied.COVERAGE.keep(tx, facts)


@handlers.on(JurisdictionChanged)
async def jurisdiction_changed(tx: Tx, facts: Sequence[Fact[JurisdictionChanged]]) -> None:
    await copied.AREA.keep(tx, facts)


@handlers.on(PersonMerged)
async def person_merged(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    await merges.keep(tx, facts)


@handlers.on(ErasureRecorded)
async def erasure_recorded(tx: Tx, facts: Sequence[Fact[ErasureRecorded]]) -> None:
    await erasure.carry_out(tx, facts)


def _people(facts: Sequence[Fact[ReferralCreated]] | Sequence[Fact[ReferralDecided]]) -> set[UUID]:
    return {fact.person_id for fact in facts if fact.person_id is not None}


async def _referrals_of_decisions(tx: Tx, decisions: list[UUID]) -> set[UUID]:
    if not decisions:
        return set()
    rows = await tx.rows(
        "select distinct referral_id from copied.decision where decision_id = any(cast(:ids as uuid[]))",
        {"ids": decisions},
    )
    return {row["referral_id"] for row in rows}


def _intake_evidence(fact: Fact[IntakeCompleted]) -> Evidence:
    event = fact.event
    return Evidence(
        ground_id=UUID(fact.fact_id),
        person_id=event.person_id if event else None,
        kind="intake",
        at=event.completed_at if event else None,
        version=fact.version,
        valid=event is not None,
    )


def _contact_evidence(fact: Fact[ContactLogged]) -> Evidence:
    """Only `reached` is a contact; a try, or a contact corrected to one, is no ground."""
    event = fact.event
    reached = event is not None and event.outcome == "reached"
    return Evidence(
        ground_id=UUID(fact.fact_id),
        person_id=event.person_id if event else None,
        kind="reached",
        at=event.at if event else None,
        version=fact.version,
        valid=reached,
    )
