"""How the queue and the interview say doors, places and charges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.intake.domain.record import Record

_INSTEAD = {"arrest": "Instead of arrest", "citation": "Instead of a citation", "warning": "Instead of a warning"}
_DOORS = {"social_contact": "Social contact", "crisis_response": "Crisis team", "community": "Community referral"}
_HANDOFF = {
    "left_contact": "The officer left our contact with them",
    "none": "No hand-off at the scene",
}
MODES = {
    "street": "On the street",
    "office": "At the office",
    "home": "At home",
    "phone": "By phone",
    "text": "By text",
    "jail": "In jail",
    "court": "At court",
    "hospital": "In hospital",
    "video": "By video",
    "other": "Another way",
}
OUTCOMES = {"reached": "Reached", "attempted": "Tried, not reached", "declined": "Reached, not now"}
RECIPIENT_STATES = {"granted": "Yes", "declined": "No", "revoked": "Taken back", "expired": "Ended"}


def door(referral: Record) -> str:
    """Through which door someone came."""
    if referral["pathway"] == "arrest_diversion":
        return _INSTEAD.get(referral["counterfactual"], "Instead of a charge")
    if referral["referred_by"] == "self":
        return "Came on their own"
    return _DOORS[referral["pathway"]]


def has_clock(referral: Record) -> bool:
    """Only a diverted charge has a deadline; the other doors never expire."""
    return bool(referral["pathway"] == "arrest_diversion")


def place(referral: Record) -> str:
    zone = referral["zone"]
    return f"{referral['municipality']}, Zone {zone}" if zone else str(referral["municipality"])


def charge(charges: Sequence[Mapping[str, Any]]) -> str:
    """The diverted charges by their known names; the officer's own words never come here."""
    names = [str(one.get("label") or one["category"].replace("_", " ")).lower() for one in charges]
    shown = list(dict.fromkeys(names))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def handoff(referral: Record) -> str:
    minutes = referral["handoff_minutes"]
    if referral["handoff"] == "warm":
        return (
            f"We met them with the officer after {minutes} min"
            if minutes is not None
            else "We met them with the officer"
        )
    return _HANDOFF[referral["handoff"]]
