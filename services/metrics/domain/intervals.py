"""Intervals that can be computed from counts and sums alone, so that a page never scans people."""

from __future__ import annotations

import math
from statistics import NormalDist

from pydantic import BaseModel, ConfigDict

from services.metrics.domain.windows import Tally

LEVEL = 0.95


class Interval(BaseModel):
    """A range in the figure's own unit, the method that gave it, and its level of confidence."""

    model_config = ConfigDict(frozen=True)

    low: float
    high: float
    method: str
    level: float = LEVEL


def z_of(level: float) -> float:
    """The two-sided normal quantile, 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(k: int, n: int, level: float = LEVEL) -> Interval | None:
    """Score interval of a proportion `k/n` (E. B. Wilson 1927). None without people."""
    if n <= 0:
        return None
    z, p = z_of(level), k / n
    scale = 1 + z * z / n
    middle = (p + z * z / (2 * n)) / scale
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    return Interval(low=max(0.0, middle - half), high=min(1.0, middle + half), method="wilson", level=level)


def change_ratio(sums: Tally) -> float | None:
    """`1 − Σpost/Σpre`: the share by which arrests went down. None when nobody had one before."""
    return 1 - sums.sum_post / sums.sum_pre if sums.sum_pre else None


def change_interval(sums: Tally, level: float = LEVEL) -> Interval | None:
    """Interval of `change_ratio` that respects that before and after belong to the same person.

    Delta method on `log(Σpost/Σpre)`: its variance is `n/(n−1) · Σ (postᵢ/Σpost − preᵢ/Σpre)²`, which the
    stored sums of squares and cross products give without a person. None below two people or with an empty side.
    """
    if sums.n < 2 or not sums.sum_pre or not sums.sum_post:
        return None
    pre, post = sums.sum_pre, sums.sum_post
    spread = sums.square_post / post**2 - 2 * sums.cross / (pre * post) + sums.square_pre / pre**2
    half = z_of(level) * math.sqrt(max(0.0, spread) * sums.n / (sums.n - 1))
    ratio = math.log(post / pre)
    return Interval(
        low=1 - math.exp(ratio + half),
        high=1 - math.exp(ratio - half),
        method="delta method, paired by person",
        level=level,
    )


def mean_interval(total: int, squares: int, n: int, level: float = LEVEL) -> Interval | None:
    """Normal interval of a mean count per person, from its sum and sum of squares; never below 0.

    None below two people, and when nobody had an event: a spread of 0 would claim to know too much.
    """
    if n < 2 or not total:
        return None
    mean = total / n
    deviation = math.sqrt(max(0.0, (squares - n * mean * mean) / (n - 1)))
    half = z_of(level) * deviation / math.sqrt(n)
    return Interval(low=max(0.0, mean - half), high=mean + half, method="normal, by person", level=level)
