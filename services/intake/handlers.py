"""What intake does with other services' facts: it keeps them, in whatever order they come.

Nothing here publishes but the confirmation of an erasure, once; so a replay is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.intake.store import copied, erasure, referral_states
from services.intake.store.homes import rehome
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
from shared.messaging import Fact, Handlers, Tx

handlers = Handlers("intake")


@handlers.on(ReferralCreated)
async def referral_created(tx: Tx, facts: Sequence[Fact[ReferralCreated]]) -> None:
    """Someone waits in the queue, whether or not we know yet who they are."""
    referrals = {UUID(fact.fact_id) for fact in facts}
    await referral_states.lock(tx, referrals)
    await copied.REFERRAL.keep(tx, facts)
    await referral_states.work_out(tx, referrals)


@handlers.on(ReferralDecided)
async def referral_decided(tx: Tx, facts: Sequence[Fact[ReferralDecided]]) -> None:
    """The highest seq is the referral's state, whichever comes first: decisions or the referral."""
    referrals = await referral_states.of_decisions(tx, [UUID(fact.fact_id) for fact in facts])
    referrals |= {fact.event.referral_id for fact in facts if fact.event is not None}
    await referral_states.lock(tx, referrals)
    await copied.DECISION.keep(tx, facts)
    await referral_states.work_out(tx, referrals)


@handlers.on(ChargeDecided)
async def charge_decided(tx: Tx, facts: Sequence[Fact[ChargeDecided]]) -> None:
    await copied.CHARGE.keep(tx, facts)


@handlers.on(PersonProfile)
async def person_profile(tx: Tx, facts: Sequence[Fact[PersonProfile]]) -> None:
    await copied.PROFILE.keep(tx, facts)


@handlers.on(ParticipantStatusChanged)
async def participant_status_changed(tx: Tx, facts: Sequence[Fact[ParticipantStatusChanged]]) -> None:
    await copied.STATUS.keep(tx, facts)


@handlers.on(AssignmentChanged)
async def assignment_changed(tx: Tx, facts: Sequence[Fact[AssignmentChanged]]) -> None:
    await copied.ASSIGNMENT.keep(tx, facts)


@handlers.on(DisclosureRecorded)
async def disclosure_recorded(tx: Tx, facts: Sequence[Fact[DisclosureRecorded]]) -> None:
    await copied.DISCLOSURE.keep(tx, facts)


@handlers.on(JurisdictionChanged)
async def jurisdiction_changed(tx: Tx, facts: Sequence[Fact[JurisdictionChanged]]) -> None:
    await copied.AREA.keep(tx, facts)


@handlers.on(ErasureRecorded)
async def erasure_recorded(tx: Tx, facts: Sequence[Fact[ErasureRecorded]]) -> None:
    """Keep orders and confirmations; carry an order out."""
    await copied.ERASURE.keep(tx, facts)
    await erasure.carry_out(tx, facts)


@handlers.on(PersonMerged)
async def person_merged(tx: Tx, facts: Sequence[Fact[PersonMerged]]) -> None:
    """Move the rows of both people, and of those once merged with them, to where they belong now."""
    known = await tx.rows(
        "select survivor_id, absorbed_id from copied.merge where merge_id = any(cast(:ids as uuid[]))",
        {"ids": [UUID(fact.fact_id) for fact in facts]},
    )
    people = {person for row in known for person in (row["survivor_id"], row["absorbed_id"])}
    await copied.MERGE.keep(tx, facts)
    for fact in facts:
        if fact.event is not None:
            people |= {fact.event.survivor_id, fact.event.absorbed_id}
    await rehome(tx, people)
