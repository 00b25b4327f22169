"""The one sentence a person may quote for a figure, from the definition's own pattern."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.metrics.domain.definitions import Definition
from services.metrics.domain.figure import Figure
from services.metrics.domain.words import (
    CHARGE_CLAUSES,
    EVENT_WORDS,
    EXIT_CLAUSES,
    PERIOD_WORDS,
    REASONS,
    STAGE_CLAUSES,
)


def said(definition: Definition, figure: Figure, words: Mapping[str, object]) -> str:
    """The definition's sentence with its blanks filled in; `words` are what the figure does not hold."""
    labels, interval = figure.labels, figure.interval
    value, n = figure.value or 0.0, figure.denominator if figure.denominator is not None else figure.numerator
    clauses = STAGE_CLAUSES | EXIT_CLAUSES | CHARGE_CLAUSES
    code = labels.get("stage") or labels.get("state") or ""
    blanks: dict[str, Any] = {
        "n": _grouped(words.get("n", n)),
        "k": _grouped(figure.numerator),
        "p": percent(value),
        "v": f"{value:.2f}",
        "lo": percent(interval.low) if interval else "?",
        "hi": percent(interval.high) if interval else "?",
        "W": labels.get("window", ""),
        "event": EVENT_WORDS.get(labels.get("event", ""), ""),
        "period": PERIOD_WORDS.get(labels.get("period", ""), ""),
        "label": clauses.get(code, code),
        "above": "who " + STAGE_CLAUSES[str(words["above"])] if words.get("above") else "",
        "as_of": spelled(figure.as_of),
    }
    if definition.id == "outcome_change_ratio":
        blanks["change"] = fewer_or_more(value)
        blanks["lo"] = fewer_or_more(interval.low) if interval else "not known"
        blanks["hi"] = fewer_or_more(interval.high) if interval else "not known"
    return definition.sentence.format_map(blanks)


def absent(reason: str | None) -> str:
    """What to say where a figure is missing."""
    return f"{REASONS[reason]}." if reason else ""


def percent(share: float) -> str:
    """A share in whole percent, with one decimal below 10 so that small ones stay apart."""
    return f"{100 * share:.0f}" if abs(share) >= 0.0995 or not share else f"{100 * share:.1f}"


def fewer_or_more(change: float) -> str:
    """`change` is one minus a ratio: 0.4 is 40% fewer, −0.1 is 10% more."""
    if abs(change) < 0.0005:
        return "as many"
    return f"{percent(abs(change))}% {'fewer' if change > 0 else 'more'}"


def spelled(day: date) -> str:
    """November 3, 2026."""
    return f"{day:%B} {day.day}, {day.year}"


def _grouped(n: object) -> str:
    return f"{n:,}" if isinstance(n, int) else ""
