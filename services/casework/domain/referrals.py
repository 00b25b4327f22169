"""What a referral's state means to casework. Source: the programme's words and rules, sections 3 and 7."""

from __future__ import annotations

AWAITING_INTAKE = frozenset({"approved", "reopened", "pending", "waitlisted"})
"""States in which an intake is looked forward to."""


def is_live(state: str, offer: str) -> bool:
    """May this person be known here? Not if ineligible, void, or the offer was refused at the scene."""
    return state not in {"ineligible", "void"} and not (state == "declined" and offer == "declined")
