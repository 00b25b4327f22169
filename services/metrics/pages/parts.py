"""The parts a results page is made of, as its templates read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.metrics.domain.figure import Figure
from services.metrics.domain.sentences import percent
from services.metrics.pages import findings, said


@dataclass(frozen=True)
class Table:
    """A chart's numbers. The first cell of a row is its header; a head that starts with `#` is numeric."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """One finding: heading, how it was counted, the chart in two widths, its table, and what to read with it."""

    key: str
    heading: str
    caption: str
    wide: Markup
    narrow: Markup
    table: Table
    says: Sequence[str]
    says_title: str = "What this says"
    care: bool = False


@dataclass(frozen=True)
class Goal:
    """One card: a goal of the county, the figure that stands for it, or why there is none."""

    number: int
    verb: str
    goal: str
    value: str
    what: str
    details: Sequence[tuple[str, str]]


def goal(number: int, verb: str, aim: str, figure: Figure | None, what: str) -> Goal:
    """A card from a share with its counts and likely range."""
    if figure is None or figure.value is None:
        return Goal(number, verb, aim, "Not yet", what, [("Why", said.reason(figure) or findings.NOT_YET)])
    details = [("Counts", said.counts(figure)), ("Likely range (95%)", said.range_of(figure))]
    return Goal(number, verb, aim, f"{percent(figure.value)}%", what, details)
