"""What the figures say, in words: headings that state the finding, and no more than it. Before/after is no proof."""

from __future__ import annotations

from services.metrics.domain.figure import Figure
from services.metrics.domain.sentences import percent

NOT_YET = "Not enough people yet"
CARE = "Before/after, not proof."


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
    for value, words in (
        (0.5, "half"),
        (1 / 3, "a third"),
        (2 / 3, "two thirds"),
        (0.25, "a quarter"),
        (0.75, "three quarters"),
    ):
        if abs(share - value) < 0.005:
            return words.capitalize()
        if abs(share - value) < 0.02:
            return f"About {words}"
    return f"{percent(share)}%"


def range_words(figure: Figure) -> str:
    """The likely range of a share."""
    if figure.interval is None:
        return "not known"
    return f"{percent(figure.interval.low)}% to {percent(figure.interval.high)}%"


def counts_words(figure: Figure) -> str:
    if figure.numerator is None or figure.denominator is None:
        return ""
    return f"{figure.numerator:,} of {figure.denominator:,}"
