"""How a typed person is named on a page."""

from __future__ import annotations

from services.referral.domain.canonical_referral import CanonicalReferral


def who(record: CanonicalReferral) -> str:
    """First and last name, or the name they go by."""
    person = record.person
    full = " ".join(part for part in (person.first, person.last) if part)
    return full or person.preferred_name or "No name given"
