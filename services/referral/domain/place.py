"""Where the programme is open (programme rule 13): the place of the encounter, not the agency's or a home."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from services.referral.domain.policy import Policy

_ZONE: Final = re.compile(r"[A-Z0-9]{1,4}")


@lru_cache(maxsize=1024)
def public_zone(zone: str | None) -> str | None:
    """A zone as a short code ("Zone 5" is `5`), or None for anything longer: it could be a sentence."""
    code = re.sub(r"(?i)^zone\s*", "", zone or "").strip().upper()
    return code if _ZONE.fullmatch(code) else None


@dataclass(frozen=True)
class PlaceFinding:
    """Reason codes; both empty: the programme is open there for this agency."""

    ruled_out: tuple[str, ...] = ()
    open_questions: tuple[str, ...] = ()


def find(policy: Policy, municipality: str, zone: str | None, ori: str | None, day: date) -> PlaceFinding:
    """Judge one place on one civil day. `ori` None: not a police referral."""
    areas = policy.areas_of(municipality)
    if not any(area.active_on(day) for area in areas):
        return PlaceFinding(ruled_out=("not_covered",))
    zoned = any(area.zone for area in areas)
    here = [area for area in areas if area.zone == (zone if zoned else None)]
    if zoned and not (zone or "").strip():
        return _with_agency(policy, ori, day, PlaceFinding(open_questions=("zone_unknown",)))
    if not any(area.active_on(day) for area in here):
        return PlaceFinding(ruled_out=("zone_not_active",))
    return _with_agency(policy, ori, day, PlaceFinding())


def _with_agency(policy: Policy, ori: str | None, day: date, found: PlaceFinding) -> PlaceFinding:
    if ori is None:
        return found
    agency = policy.agency(ori)
    if agency is None or not agency.signed_on(day):
        return PlaceFinding(ruled_out=("agency_not_signed",))
    return found
