"""How far the data can be trusted: the last day of which nearly everything is known.

The earlier of today less the 95th percentile of the reporting delay, and the last day that every live
agency's feed has covered. Source: metrics design, section 1, `data_as_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DELAY_WINDOW_DAYS = 90
PERCENTILE = 0.95


@dataclass(frozen=True)
class Freshness:
    """`as_of` and what held it back."""

    as_of: date
    delay_days: int
    silent_agency: str | None = None
    covered_through: date | None = None


def data_as_of(today: date, delays: Mapping[int, int], covered_through: Mapping[str, date]) -> Freshness:
    """`delays`: days from arrest to record -> arrests of the last 90 days, without backfill.

    `covered_through`: the last covered day of each live agency's feed. Nothing known: yesterday.
    """
    late = percentile(delays.items())
    by_delay = today - timedelta(max(1, late))
    agency = min(covered_through, key=lambda ori: (covered_through[ori], ori), default=None)
    if agency is None or covered_through[agency] >= by_delay:
        return Freshness(by_delay, late)
    return Freshness(covered_through[agency], late, agency, covered_through[agency])


def percentile(counted: Iterable[tuple[int, int]], share: float = PERCENTILE) -> int:
    """The smallest value that at least `share` of the counted ones do not pass; 0 of nothing."""
    ordered = sorted(counted)
    total = sum(n for _, n in ordered)
    seen = 0
    for value, n in ordered:
        seen += n
        if seen >= share * total:
            return value
    return 0
