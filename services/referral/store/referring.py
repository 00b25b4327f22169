"""A referral comes in: who it is, what it is charged with, what the policy says, and what is told of it.

All of it is one transaction: the referral, its held charges, the person's profile and their events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.domain.identity.possible import Word
from services.referral.domain.minors import age_on
from services.referral.domain.municipality import encounter_place
from services.referral.domain.policy import Policy
from services.referral.domain.referral_states import State
from services.referral.domain.screening import Encounter, Outcome, screen
from services.referral.domain.standing import Standing, Terms, standing
from services.referral.store import cases, charges, key_void_referrals, profiles, referrals, slots
from services.referral.store.crosswalk import classifier_on
from services.referral.store.ledger import charge_decided, charge_step, open_charges
from services.referral.store.people import Identity, Person, find_or_create
from services.referral.store.policy import policy_of
from services.referral.store.settling import settle
from shared.contracts import ReferralCreated
from shared.contracts.codes import Charge
from shared.messaging import Tx

Result = Literal["created", "duplicate", "differs"]
CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""What a phone's clock and ours may differ by, and a request take on its way."""


@dataclass(frozen=True)
class Entry:
    """One referral to take in, under the id its source or its form gave it. `clocked`: nobody typed its time; a
    clock told it, so that the same entry sent twice may differ by minutes. `word`: who the referrer says it is."""

    referral_id: UUID
    record: CanonicalReferral
    clocked: bool = False
    word: Word | None = None


@dataclass(frozen=True)
class Referred:
    """What became of one entry. `differs`: this id came before with other content; nothing was changed."""

    referral_id: UUID
    person_id: UUID
    result: Result
    state: str


def source_referral_id(tx: Tx, ori: str | None, source_record_id: str) -> UUID:
    """The id of a referral that an agency's own system numbered."""
    return tx.keys.source_id("referral", ori or "", source_record_id)


async def refer(tx: Tx, entries: Sequence[Entry], entered_by: str) -> list[Referred]:
    """Take referrals in, in order; one already here is left as it is."""
    known = await _known(tx, entries)
    while again := await _taken_back(tx, known):
        entries = [replace(one, referral_id=again.get(one.referral_id, one.referral_id)) for one in entries]
        known = await _known(tx, entries)
    answers: dict[UUID, Referred] = {}
    new: dict[UUID, Entry] = {}
    for entry in entries:
        stored = known.get(entry.referral_id)
        if stored is not None:
            same = _same(tx, stored, entry)
            answers[entry.referral_id] = Referred(entry.referral_id, stored["person_id"], same, stored["state"])
        else:
            # Twice in one request: the first counts.
            new.setdefault(entry.referral_id, entry)
    for made in await _create(tx, list(new.values()), entered_by):
        answers[made.referral_id] = made
    return [answers[entry.referral_id] for entry in entries]


async def _known(tx: Tx, entries: Sequence[Entry]) -> dict[UUID, Any]:
    await referrals.lock_new(tx, [entry.referral_id for entry in entries])
    return dict(await referrals.known(tx, [entry.referral_id for entry in entries]))


async def _taken_back(tx: Tx, known: Mapping[UUID, Any]) -> dict[UUID, UUID]:
    """Referrals that are void for good because their key was not safe: sent again, each has this id instead."""
    void = [referral_id for referral_id, row in known.items() if row["state"] == State.VOID]
    found = await key_void_referrals.voided(tx, void) if void else set()
    return {referral_id: uuid5(referral_id, "sent-again") for referral_id in found}


def classified(record: CanonicalReferral, referral_id: UUID, rules: Policy) -> list[Charge]:
    """The record's charges by rule C1 under the policy of its day, numbered, each with its id."""
    classifier = classifier_on(rules, rules.civil_day(record.occurred_at))
    found: list[Charge] = []
    for typed in record.charges:
        pieces = (
            [classifier.classify_charge(typed.words, typed.title, typed.grade, typed.counts)]
            if typed.title or typed.grade or typed.counts > 1
            else classifier.classify(typed.words)
        )
        for piece in pieces:
            seq = len(found) + 1
            found.append(piece.public(seq).model_copy(update={"charge_id": uuid5(referral_id, f"charge-{seq}")}))
    return found


def screened(
    record: CanonicalReferral,
    place: tuple[str, str | None],
    found: Sequence[Charge],
    rules: Policy,
    used: int,
) -> Outcome:
    """The screening of one record under its day's policy."""
    return screen(
        rules,
        Encounter(
            pathway=record.pathway,
            day=rules.civil_day(record.occurred_at),
            municipality=place[0],
            zone=place[1],
            agency_ori=record.ori if record.referred_by == "officer" else None,
            charges=found,
            offer=record.offer,
            complainant=record.complainant,
            birth_date=record.person.birth_date,
            age=record.person.age,
            attestation=record.attestation,
        ),
        used,
    )


async def _create(tx: Tx, entries: Sequence[Entry], entered_by: str) -> list[Referred]:
    if not entries:
        return []
    rules = await policy_of(tx)
    people = await find_or_create(
        tx, [identity_of(entry.record) for entry in entries], [entry.word for entry in entries]
    )
    arrests = await cases.arrests_of(
        tx, [(entry.record, who.home_id) for entry, who in zip(entries, people, strict=True)]
    )
    used = await slots.locked(tx, tx.settings.programme)
    holders = await slots.holders(tx, [who.home_id for who in people])
    rows: list[dict[str, Any]] = []
    for entry, who, arrest in zip(entries, people, arrests, strict=True):
        found = classified(entry.record, entry.referral_id, rules)
        place = encounter_place(rules, entry.record.place.municipality, entry.record.place.zone)
        outcome = screened(entry.record, place, found, rules, used)
        if outcome.decision is State.APPROVED and who.home_id not in holders:
            used += 1
            holders.add(who.home_id)
        rows.append(_row(tx, rules, entry, who, place, outcome, found, arrest, entered_by))
    await slots.take(tx, tx.settings.programme, used)
    await referrals.insert(tx, rows)
    held = [charge for row in rows if _holds(row) for charge in open_charges(tx, row, row["occurred_at"])]
    if held:
        await charges.insert(tx, held)
        await charges.add_steps(tx, [charge_step(tx, charge, "diverted") for charge in held])
    tx.publish(*(ReferralCreated.model_validate(row["fact"]) for row in rows))
    tx.publish(*(charge_decided(tx, charge) for charge in held))
    await profiles.publish(tx, [who.person_id for who in people])
    # An intake that came before its referral waits for it here.
    early = await referrals.steps(tx, [row["referral_id"] for row in rows])
    await settle(tx, early)
    return [Referred(row["referral_id"], row["person_id"], "created", row["state"]) for row in rows]


def _holds(row: dict[str, Any]) -> bool:
    return bool(
        row["pathway"] == "arrest_diversion" and row["offer"] == "accepted" and row["state"] != State.INELIGIBLE
    )


def _same(tx: Tx, stored: Any, entry: Entry) -> Result:
    plain = tx.keys.open("ID", referrals.COLUMN_TYPED, stored["referral_id"], stored["typed"])
    before, record = CanonicalReferral.model_validate_json(plain), entry.record
    if entry.clocked and abs(before.occurred_at - record.occurred_at) <= CLOCKS_DIFFER:
        record = record.model_copy(update={"occurred_at": before.occurred_at})
    return "duplicate" if before == record else "differs"


def _row(
    tx: Tx,
    rules: Policy,
    entry: Entry,
    who: Person,
    place: tuple[str, str | None],
    outcome: Outcome,
    found: Sequence[Charge],
    arrest: cases.Case,
    entered_by: str,
) -> dict[str, Any]:
    record = entry.record
    at = _opening(record, outcome, rules)
    fact = _fact(tx, rules, entry, who.person_id, place, outcome, found, arrest.arrest_id, at)
    return {
        "referral_id": entry.referral_id,
        "person_id": who.person_id,
        "home_id": who.home_id,
        "programme": tx.settings.programme,
        "municipality": place[0],
        "agency_ori": record.ori,
        "pathway": record.pathway,
        "zone": place[1],
        "occurred_at": record.occurred_at,
        "referral_day": rules.civil_day(record.occurred_at),
        "received_at": tx.now,
        "offer": record.offer,
        "complainant": record.complainant,
        "attestation": record.attestation,
        "policy_version": outcome.screening.policy_version,
        "screening": outcome.screening.result,
        "reasons": outcome.screening.reasons,
        "first_state": outcome.decision.value,
        "state": outcome.decision.value,
        "published": outcome.decision.value,
        "due_on": at.due_on,
        "approved_at": at.approved_at,
        "fact": fact.model_dump(mode="json"),
        "arrest_id": arrest.arrest_id,
        "case_key": arrest.case_key,
        "typed": tx.keys.seal("ID", referrals.COLUMN_TYPED, entry.referral_id, record.model_dump_json()),
        "entered_by": entered_by,
        "updated_at": tx.now,
    }


def _opening(record: CanonicalReferral, outcome: Outcome, rules: Policy) -> Standing:
    version = rules.version(outcome.screening.policy_version)
    terms = Terms(
        opened_at=record.occurred_at,
        first=outcome.decision,
        clock=record.pathway == "arrest_diversion",
        referral_day=rules.civil_day(record.occurred_at),
        intake_days=version.intake_days,
        days_after_approval=version.days_after_approval,
        zone=rules.zone,
    )
    return standing(terms, (), record.occurred_at)


def _fact(
    tx: Tx,
    rules: Policy,
    entry: Entry,
    person_id: UUID,
    place: tuple[str, str | None],
    outcome: Outcome,
    found: Sequence[Charge],
    arrest_id: UUID | None,
    at: Standing,
) -> ReferralCreated:
    record = entry.record
    day = rules.civil_day(record.occurred_at)
    return ReferralCreated(
        recorded_at=tx.now,
        referral_id=entry.referral_id,
        person_id=person_id,
        pathway=record.pathway,
        agency_ori=record.ori,
        municipality=place[0],
        zone=place[1],
        occurred_at=record.occurred_at.astimezone(UTC),
        received_at=tx.now,
        counterfactual=record.counterfactual,
        offer=record.offer,
        charges=list(found),
        complainant=record.complainant,
        arrest_id=arrest_id,
        screening=outcome.screening,
        decision=outcome.decision.value,
        intake_due_on=at.due_on,
        demographics=record.person.demographics(_age(record, day)),
        referred_by=record.referred_by,
        handoff=record.handoff,
        handoff_minutes=record.handoff_minutes,
    )


def _age(record: CanonicalReferral, day: date) -> int | None:
    born = record.person.birth_date
    return max(0, min(130, age_on(born, day))) if born else record.person.age


def identity_of(record: CanonicalReferral) -> Identity:
    """Who a referral says it is about."""
    return Identity.model_validate(record.person)
