"""The municipality of an event: what the source says, if it is one of the programme's; else its agency's only one.

Source: police feeds design, section 6. Where a person lives is another question, and never published.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from services.referral.domain.place import public_zone
from services.referral.domain.policy import Policy

_OUTSIDE: Final = {"OSC"}
"""Zones by which a source says that the event was outside of its own city."""


UNLISTED: Final = "unlisted"
"""How a place is told of that the programme does not know: what was typed could be anything, so it stays sealed."""


def encounter_place(policy: Policy, named: str, zone: str | None) -> tuple[str, str | None]:
    """Municipality and zone of an encounter as they may be published, stored in clear and judged.

    Only names and zones that the policy has; a zone that it does not have is unknown, for a person to look at.
    """
    areas = policy.areas_of(_plain(named))
    if not areas:
        return UNLISTED, None
    code = public_zone(zone)
    return areas[0].municipality, code if any(code == area.zone for area in areas) else None


class Municipalities:
    """Answers for one policy on one day; agencies and names repeat, so it remembers them."""

    def __init__(self, policy: Policy, day: date) -> None:
        self._known = {name.casefold(): name for name in policy.municipalities}
        self._served = lru_cache(maxsize=512)(lambda ori: policy.served_by(ori, day))

    def of(self, ori: str, named: str | None, zone: str | None) -> tuple[str | None, bool]:
        """(municipality or None, whether the source named one that nobody here knows)."""
        known = self._known.get(_plain(named)) if named else None
        if known:
            return known, False
        if named or (zone or "").strip().upper() in _OUTSIDE:
            return None, bool(named)
        served = self._served(ori)
        return (served[0] if len(served) == 1 else None), False


def _plain(name: str) -> str:
    text = " ".join(name.split()).casefold()
    return text.removeprefix("city of ")
