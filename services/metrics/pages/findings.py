"""Headings that state the finding, and no more than it. Before/after is no proof, so no word of cause."""

from __future__ import annotations

from services.metrics.domain.figure import Figure
from services.metrics.domain.sentences import percent

NOT_YET = "Not enough people yet"
_SPOKEN = ((1 / 2, "half"), (1 / 3, "a third"), (2 / 3, "two thirds"), (1 / 4, "a quarter"), (3 / 4, "three quarters"))


def reached_heading(reached: Figure | None) -> str:
    """`reached`: the share of people referred who finished an intake."""
    if reached is None or reached.value is None:
        return "How far people come after a referral"
    return f"{in_words(reached.value)} of the people referred finished an intake"


def change_heading(change: Figure | None, window: int) -> str:
    """Up or down only when the whole likely range is on one side."""
    if change is None or change.value is None or change.interval is None:
        return "Arrests before and after LEAD"
    if change.interval.low <= 0 <= change.interval.high:
        return f"Arrests per person changed little in the {window} days after intake"
    verb = "fell" if change.value > 0 else "rose"
    return f"Arrests per person {verb} by {percent(abs(change.value))}% in the {window} days after intake"


def charges_heading(relinquished: Figure | None) -> str:
    if relinquished is None or not relinquished.value:
        return "What became of the diverted charges"
    return f"{relinquished.value:,.0f} charges were given up for good"


def in_words(share: float) -> str:
    """A share as people say it: "Half", "About two thirds", else in percent."""
    for value, words in _SPOKEN:
        if abs(share - value) < 0.02:
            return words.capitalize() if abs(share - value) < 0.005 else f"About {words}"
    return f"{percent(share)}%"
