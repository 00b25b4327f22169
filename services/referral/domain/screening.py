"""Screening: from what an officer entered to a decision with its reasons (programme sections 3 and 7).

Pure: policy, age and used slots come in. What rules a referral out is told apart from what only a person can
answer; a rule approves only where neither is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.referral.domain import eligibility, place
from services.referral.domain.capacity import has_slot
from services.referral.domain.minors import age_on
from services.referral.domain.policy import Policy
from services.referral.domain.referral_states import State
from shared.contracts.codes import Charge, Pathway
from shared.contracts.referral_created import Screening

Offer = Literal["accepted", "declined", "not_yet_made"]
Complainant = Literal["none", "agrees", "declines", "unknown"]
Attestation = Literal["record", "observation", "partner_statement"]


@dataclass(frozen=True)
class Encounter:
    """What screening looks at. `age` where the birth date is unknown but the source states an age."""

    pathway: Pathway
    day: date
    municipality: str
    zone: str | None
    agency_ori: str | None
    charges: Sequence[Charge]
    offer: Offer
    complainant: Complainant
    birth_date: date | None
    age: int | None = None
    attestation: Attestation | None = None

    @property
    def age_on_the_day(self) -> int | None:
        return age_on(self.birth_date, self.day) if self.birth_date else self.age


@dataclass(frozen=True)
class Outcome:
    """The screening as published and the first state; `to_hold` are the charges the ledger may take."""

    screening: Screening
    decision: State
    to_hold: tuple[Charge, ...] = ()


def screen(policy: Policy, encounter: Encounter, used_slots: int) -> Outcome:
    """Screen one encounter under the policy of its civil day."""
    rules = policy.on(encounter.day)
    ruled_out: list[str] = []
    questions: list[str] = []
    where = place.find(policy, encounter.municipality, encounter.zone, encounter.agency_ori, encounter.day)
    ruled_out += where.ruled_out
    questions += where.open_questions
    _age(encounter, rules.adult_age, ruled_out, questions)
    to_hold: tuple[Charge, ...] = ()
    if encounter.pathway == "arrest_diversion":
        found = eligibility.find(encounter.charges)
        ruled_out += found.ruled_out
        questions += found.open_questions
        to_hold = found.divertible
        _complainant(encounter.complainant, ruled_out, questions)
    elif encounter.pathway == "social_contact" and encounter.attestation is None:
        questions.append("attestation_missing")
    if encounter.pathway == "arrest_diversion" and encounter.offer == "not_yet_made":
        questions.append("offer_open")
    result: Literal["eligible", "review", "ineligible"] = (
        "ineligible" if ruled_out else "review" if questions else "eligible"
    )
    screening = Screening(
        result=result,
        reasons=[*ruled_out, *questions],
        policy_id=policy.policy_id,
        policy_version=rules.version,
        prior_arrests_required=False,
    )
    auto = encounter.pathway in rules.auto_approve
    slot = has_slot(rules, encounter.pathway, encounter.day, used_slots)
    return Outcome(screening, first_state(result, encounter.offer, auto, slot), to_hold)


def first_state(result: str, offer: Offer, auto_approve: bool, slot: bool) -> State:
    """The first rows of the referral's table. A refusal at the scene is the person's answer to all of it."""
    if offer == "declined":
        return State.DECLINED
    if result == "ineligible":
        return State.INELIGIBLE
    if result == "review" or not auto_approve:
        return State.PENDING
    return State.APPROVED if slot else State.WAITLISTED


def _age(encounter: Encounter, adult_age: int, ruled_out: list[str], questions: list[str]) -> None:
    age = encounter.age_on_the_day
    if age is None:
        questions.append("age_unknown")
    elif age < adult_age:
        ruled_out.append("under_age")


def _complainant(answer: Complainant, ruled_out: list[str], questions: list[str]) -> None:
    if answer == "declines":
        ruled_out.append("complainant_declines")
    elif answer == "unknown":
        questions.append("complainant_unknown")
