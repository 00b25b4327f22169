"""Figures as a table says them: the number with its range, or the short reason why there is none."""

from __future__ import annotations

from services.metrics.domain.figure import Figure
from services.metrics.domain.sentences import fewer_or_more, percent
from services.metrics.domain.words import REASONS

SHORT = {"under_11": "under 11", "complement": "hidden"}


def number(figure: Figure | None) -> int | None:
    return None if figure is None else figure.numerator


def reason(figure: Figure | None) -> str:
    """Why there is no value, in a word or two; empty when there is one."""
    if figure is None or figure.reason is None:
        return ""
    return SHORT.get(figure.reason, REASONS[figure.reason])


def count(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    return f"{figure.numerator:,}" if figure.numerator is not None else reason(figure)


def mean(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return reason(figure) or "–"
    spread = f" ({figure.interval.low:.2f} to {figure.interval.high:.2f})" if figure.interval else ""
    return f"{figure.value:.2f}{spread}"


def share(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return reason(figure) or "–"
    return f"{percent(figure.value)}% ({range_of(figure)})"


def change(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return reason(figure) or "–"
    if figure.interval is None:
        return fewer_or_more(figure.value)
    low, high = fewer_or_more(figure.interval.low), fewer_or_more(figure.interval.high)
    return f"{fewer_or_more(figure.value)} ({low} to {high})"


def range_of(figure: Figure) -> str:
    """The likely range of a share."""
    if figure.interval is None:
        return "not known"
    return f"{percent(figure.interval.low)}% to {percent(figure.interval.high)}%"


def counts(figure: Figure) -> str:
    if figure.numerator is None or figure.denominator is None:
        return ""
    return f"{figure.numerator:,} of {figure.denominator:,}"
