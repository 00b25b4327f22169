"""Reason codes with the sentence a person reads. Every refusal stands beside its reason, and blames nobody."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    "not_covered": "The program is not open in this municipality yet.",
    "zone_not_active": "The program is not open in this zone yet.",
    "zone_unknown": "The zone of the encounter is not known.",
    "agency_not_signed": "This agency has no agreement with the program yet.",
    "under_age": "The person is under 18: call the youth program.",
    "age_unknown": "The person's age is not known.",
    "charge_excluded": "One of the charges is not on the county's list for diversion.",
    "warrant": "A warrant has to be served; a diversion cannot replace it.",
    "no_divertible_charge": "None of the charges can be diverted.",
    "charge_review": "The county's list does not know this charge, or leaves it to a person to decide.",
    "charge_inchoate": "An attempt or conspiracy: a person has to say of which offense.",
    "complainant_declines": "The store or victim does not agree.",
    "complainant_unknown": "The store or victim has not been asked yet.",
    "attestation_missing": "Nobody has said yet how the agency knows the person.",
    "offer_open": "The person has not answered yet.",
    "no_intake": "The due day ended without an intake.",
    "answered_intake": "The person told the intake worker.",
    "intake_completed": "Both parts of the intake are done.",
    "intake_voided": "The intake was withdrawn.",
    "entered_in_error": "Entered in error.",
    "key_voided": "The key it was sent with was not safe then.",
    "asked_by_person": "The person asked.",
    "decided_by_screening": "Decided by the screening supervisor.",
    "eligible_after_review": "Looked at by a person: fits the program.",
    "fits_despite_charge": "Fits the program despite the charge; allowed by the prosecutor.",
    "extension": "The prosecutor moved the due day.",
    "no_capacity": "Every coordinator's caseload is full.",
    "referrer_withdrew": "The referrer withdrew it.",
    "head_of_list": "First on the waiting list.",
    "holds_slot": "Takes part already, so needs no slot.",
    "interest_of_justice": "In the interest of justice.",
    "progress_known": "The person's progress is known.",
    "intake_delayed": "The intake was held up, not by the person.",
    "new_information": "New information.",
    "safety": "Somebody's safety.",
    "evidence": "The evidence.",
    "complainant_wishes": "What the store or victim wishes.",
    "no_time": "No time at the scene.",
    "no_worker": "Nobody on call could come.",
    "unable_now": "The person could not talk then.",
    "other_way": "Another way fitted better.",
    "urgent_need": "Ahead of the list because of urgent need.",
}


def sentence(code: str) -> str:
    """The words for a code; an unknown code, from an older version, stays readable as words."""
    return SENTENCES.get(code) or code.replace("_", " ").capitalize() + "."
