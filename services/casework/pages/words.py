"""The words pages use for codes. Sentence case; "given up for good"; "tried, not reached"; no blame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MODES = {
    "street": "Street",
    "phone": "Phone",
    "text": "Text",
    "office": "Office",
    "home": "Where they stay",
    "jail": "Jail",
    "court": "Court",
    "hospital": "Hospital",
    "video": "Video",
    "other": "Other",
}
HOW = {
    "street": "on the street",
    "phone": "by phone",
    "text": "by text",
    "office": "at the office",
    "home": "where they stay",
    "jail": "in jail",
    "court": "at court",
    "hospital": "in hospital",
    "video": "by video",
    "other": "another way",
}
OUTCOMES = {
    "reached": ("Reached", "We talked"),
    "attempted": ("Tried", "Not reached"),
    "declined": ("Declined", "Did not want to talk"),
}
SAID = {"reached": "Reached {how}", "attempted": "Tried {how}, not reached", "declined": "Declined to talk, {how}"}
MINUTES = (5, 15, 30, 60)
NEXT_STEPS = {"3d": "In 3 days", "1w": "In 1 week", "2w": "In 2 weeks", "none": "They will call"}
NEEDS = {
    "housing": "Housing",
    "id_papers": "ID and papers",
    "health": "Health",
    "treatment": "Treatment",
    "court": "Court",
    "income": "Income",
    "food": "Food",
    "rides": "Rides",
    "safety": "Safety",
}
SERVICES = {
    "referred:housing": "Referred: housing line",
    "connected:housing": "Connected: housing",
    "connected:id_papers": "Connected: ID clinic",
    "referred:health": "Referred: health clinic",
    "connected:health": "Connected: health clinic",
    "referred:income": "Referred: benefits",
    "connected:work": "Connected: work",
}
"""`step:kind`. Kinds of health services are only ever `health` here: nothing finer may leave casework."""

STATUSES = {
    "active": "Active",
    "in_the_wind": "In the wind",
    "inactive": "Inactive",
    "moved": "Moved away",
    "deceased": "Deceased",
    "self_closed": "Chose to leave",
}
DOORS = {
    "arrest_diversion": "Instead of arrest",
    "social_contact": "Social contact",
    "crisis_response": "Crisis team",
    "community": "Community",
}
REFERRAL_STATES = {
    "approved": "Approved",
    "pending": "Being looked at",
    "waitlisted": "On the waiting list",
    "declined": "Said no",
    "withdrawn": "Withdrawn",
    "expired": "Day passed without intake",
    "reopened": "Open again",
}
CHARGE_STATES = {
    "held": ("Held until the due day", "info"),
    "relinquished": ("Given up for good", "good"),
    "eligible_to_file": ("The District Attorney’s office decides", "soon"),
    "filed": ("Filed by the District Attorney’s office", "risk"),
    "not_filed": ("Not filed", "good"),
}
ARRESTED = {
    "arrested": "Arrested",
    "cited": "Cited",
    "warned": "Warned",
    "diverted": "Diverted",
    "offered_declined": "Arrested; LEAD was offered",
    "unknown": "Arrest recorded",
}
RECIPIENTS = {
    "police": "Police",
    "prosecutor": "Prosecutor",
    "defence": "Defender",
    "court": "Court",
    "provider": "Service providers",
    "crisis_team": "Crisis team",
    "owg": "Work group",
    "evaluation": "Evaluation",
}
INFORMATION = {
    "engagement": "in LEAD or not",
    "intake_date": "intake date",
    "contacts": "contacts",
    "court_dates": "court dates",
    "safety": "safety",
    "needs": "needs",
    "goals": "goals",
    "services": "services",
    "assessment": "assessment",
    "study_rows": "study rows",
}
CONSENT_STATES = {
    "granted": ("check_circle", "yes", "Agreed"),
    "declined": ("cancel", "no", "Said no"),
    "revoked": ("cancel", "no", "Taken back"),
    "expired": ("schedule", "end", "Ended"),
}
DOMAINS = {
    "housing": "Staying",
    "employment": "Work",
    "income": "Income",
    "health_coverage": "Insurance",
    "police_view": "View of police",
    "substance_use": "Substance use",
    "wellbeing": "Wellbeing",
}


def told(outcome: str, mode: str) -> str:
    """A contact or a try in one phrase: "Tried by phone, not reached"."""
    return SAID[outcome].format(how=HOW[mode])


def plain(code: str) -> str:
    """A code nobody gave a word yet, as a word: `shelter_bed` is "Shelter bed"."""
    return code.replace("_", " ").replace(".", ", ").strip().capitalize()


def offense(charge: Mapping[str, Any]) -> str:
    """What one charge is called."""
    return str(charge.get("label") or plain(str(charge.get("category") or "charge")))


def offenses(charges: list[dict[str, Any]]) -> str:
    """The charges in one phrase: "Retail theft and 2 more"."""
    named = list(dict.fromkeys(offense(c) for c in charges if c.get("kind") != "traffic" or len(charges) == 1))
    if not named:
        return "No charge named"
    return named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"
