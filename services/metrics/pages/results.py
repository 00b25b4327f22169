"""A results page from a list of figures: the same view for the public snapshot and for the live programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from services.metrics.domain.figure import Figure
from services.metrics.domain.funnel import EXITS, STAGES
from services.metrics.domain.sentences import fewer_or_more, percent
from services.metrics.domain.windows import WINDOWS
from services.metrics.domain.words import (
    CHARGE_CLAUSES,
    EVENT_TITLES,
    EXIT_TITLES,
    PATHWAY_TITLES,
    REASONS,
    STAGE_TITLES,
)
from services.metrics.pages import findings
from services.metrics.pages.charts import Bar, Pair, bars, before_after

SHOWN_EVENTS = ("any", "new_charge", "warrant", "contact")


@dataclass(frozen=True)
class Table:
    """A chart's numbers. The first cell of a row is its header."""

    name: str
    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Section:
    """One finding: heading, how it was counted, both charts, its table, and what to read with it."""

    key: str
    heading: str
    caption: str
    wide: Markup
    narrow: Markup
    table: Table
    says: Sequence[str]


@dataclass(frozen=True)
class Goal:
    """One card: a goal of the county, the figure that stands for it, or why there is none."""

    number: int
    verb: str
    goal: str
    value: str
    what: str
    details: Sequence[tuple[str, str]]


class Results:
    """Figures by definition and labels, and the page's sections made of them."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._by_place = {self._place(f.definition, f.labels): f for f in figures}

    @staticmethod
    def _place(definition: str, labels: Mapping[str, str]) -> tuple[object, ...]:
        return (definition, *sorted(labels.items()))

    def get(self, definition: str, **labels: str) -> Figure | None:
        return self._by_place.get(self._place(definition, labels))

    def outcome(self, definition: str, event: str, window: int, **more: str) -> Figure | None:
        return self.get(definition, arm="intake", event=event, window=str(window), **more)

    @property
    def empty(self) -> bool:
        referred = self.get("funnel_persons", stage="referred", pathway="all")
        return referred is None or referred.value == 0

    def goals(self) -> list[Goal]:
        """Three of the county's six goals have a measure; the page names the others as not measured yet."""
        reached = self.get("funnel_reached_ratio", stage="intake", pathway="all")
        in_touch = self.get("funnel_step_ratio", stage="engaged", pathway="all")
        without = self.outcome("outcome_avoided_arrest_ratio", "any", 182)
        return [
            _goal(1, "Reorient", "how government responds", reached, "of people referred finished an intake"),
            _goal(
                2,
                "Improve",
                "public safety and public health",
                in_touch,
                "of people taken in were in touch within 90 days",
            ),
            _goal(
                3,
                "Reduce",
                "the number of people entering the justice system",
                without,
                "of people followed had no arrest in the 182 days after intake",
            ),
        ]

    def funnel(self) -> Section:
        rows, lines = [], []
        for stage in STAGES:
            persons = self.get("funnel_persons", stage=stage, pathway="all")
            share = self.get("funnel_step_ratio", stage=stage, pathway="all")
            note = f"{percent(share.value)}% of the step above" if share and share.value is not None else ""
            rows.append(Bar(STAGE_TITLES[stage], _n(persons), note if _n(persons) is not None else _reason(persons)))
            lines.append(
                [
                    STAGE_TITLES[stage],
                    _count(persons),
                    f"{percent(share.value)}%" if note and share and share.value is not None else "–",
                    *self._by_pathway(stage),
                ]
            )
            for name in EXITS[stage]:
                left = self.get("funnel_persons", stage=name, pathway="all")
                lines.append([f"Left here: {EXIT_TITLES[name]}", _count(left), "", *self._by_pathway(name)])
        label = "People at each step"
        return Section(
            "funnel",
            findings.reached_heading(self.get("funnel_reached_ratio", stage="intake", pathway="all")),
            "Each person counts once, at the referral that led to their intake, or else at their first one.",
            bars(rows, label, narrow=False),
            bars(rows, label, narrow=True),
            Table(
                "funnel",
                "From referral to staying in touch",
                [
                    "Step",
                    "#People",
                    "#Share of the step above",
                    *(f"#{PATHWAY_TITLES[p]}" for p in PATHWAY_TITLES if p != "all"),
                ],
                lines,
            ),
            self._losses(),
        )

    def _by_pathway(self, step: str) -> list[str]:
        return [_count(self.get("funnel_persons", stage=step, pathway=p)) for p in PATHWAY_TITLES if p != "all"]

    def _losses(self) -> list[str]:
        """The largest exits that may be told, largest first."""
        found = [
            (n, name)
            for names in EXITS.values()
            for name in names
            if (n := _n(self.get("funnel_persons", stage=name, pathway="all")))
        ]
        return [f"{EXIT_TITLES[name]}: {n:,}" for n, name in sorted(found, reverse=True)[:4]]

    def arrests(self) -> Section:
        shown = [("any", window) for window in WINDOWS] + [(event, WINDOWS[0]) for event in SHOWN_EVENTS[1:]]
        pairs = [self._pair(event, window) for event, window in shown]
        lines = [self._arrest_line(event, window) for event in SHOWN_EVENTS for window in WINDOWS]
        label = "Average per person, before and after"
        return Section(
            "outcomes",
            findings.change_heading(self.outcome("outcome_change_ratio", "any", 182), 182),
            "Average per person over the same number of days before referral and after intake. Only people followed for all of"
            " these days count. The stop that led to LEAD and the days until intake are in neither.",
            before_after(pairs, label, narrow=False),
            before_after(pairs, label, narrow=True),
            Table(
                "outcomes",
                "Arrests before and after",
                [
                    "What was counted",
                    "#People",
                    "#Before",
                    "#After",
                    "#Change (likely range)",
                    "#Without one after (likely range)",
                ],
                lines,
            ),
            [],
        )

    def _pair(self, event: str, window: int) -> Pair:
        before = self.outcome("outcome_mean_arrests", event, window, period="before")
        after = self.outcome("outcome_mean_arrests", event, window, period="after")
        title = f"{EVENT_TITLES[event]}, {window} days"
        if before is None or after is None or before.value is None or after.value is None:
            missing = before if before is not None and before.value is None else after
            return Pair(title, None, None, None, absent=_reason(missing) or findings.NOT_YET)
        return Pair(title, before.denominator, before.value, after.value, before.interval, after.interval)

    def _arrest_line(self, event: str, window: int) -> list[str]:
        before = self.outcome("outcome_mean_arrests", event, window, period="before")
        after = self.outcome("outcome_mean_arrests", event, window, period="after")
        change = self.outcome("outcome_change_ratio", event, window)
        without = self.outcome("outcome_avoided_arrest_ratio", event, window)
        people = self.get("outcome_cohort_persons", arm="intake", window=str(window))
        return [
            f"{EVENT_TITLES[event]}, {window} days",
            _count(people),
            _mean(before),
            _mean(after),
            _change(change),
            _share(without),
        ]

    def charges(self) -> Section | None:
        found = [(state, figure) for state in CHARGE_CLAUSES if (figure := self.get("charges_diverted", state=state))]
        if not found:
            return None
        rows = [
            Bar(CHARGE_CLAUSES[state].removeprefix("are ").removeprefix("were ").capitalize(), _n(f), _reason(f))
            for state, f in found
        ]
        label = "Diverted charges by their state"
        return Section(
            "charges",
            findings.charges_heading(self.get("charges_diverted", state="relinquished")),
            "A charge is held when someone is referred instead of arrested. An intake on time ends it for good, whatever happens later.",
            bars(rows, label, narrow=False),
            bars(rows, label, narrow=True),
            Table(
                "charges",
                label,
                ["State", "#Charges"],
                [[row.title, _count(f)] for row, (_, f) in zip(rows, found, strict=True)],
            ),
            [],
        )

    def context(self) -> dict[str, Any]:
        """What the templates need."""
        return {
            "goals": self.goals(),
            "funnel": self.funnel(),
            "arrests": self.arrests(),
            "charges": self.charges(),
            "empty": self.empty,
        }


def _goal(number: int, verb: str, goal: str, figure: Figure | None, what: str) -> Goal:
    if figure is None or figure.value is None:
        return Goal(number, verb, goal, "Not yet", what, [("Why", _reason(figure) or findings.NOT_YET)])
    details = [("Counts", findings.counts_words(figure)), ("Likely range (95%)", findings.range_words(figure))]
    return Goal(number, verb, goal, f"{percent(figure.value)}%", what, details)


def _n(figure: Figure | None) -> int | None:
    return None if figure is None else figure.numerator


def _reason(figure: Figure | None) -> str:
    if figure is None or figure.reason is None:
        return ""
    return {"under_11": "under 11", "complement": "hidden"}.get(figure.reason, REASONS[figure.reason])


def _count(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    return f"{figure.numerator:,}" if figure.numerator is not None else _reason(figure)


def _mean(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return _reason(figure) or "–"
    spread = f" ({figure.interval.low:.2f} to {figure.interval.high:.2f})" if figure.interval else ""
    return f"{figure.value:.2f}{spread}"


def _share(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return _reason(figure) or "–"
    return f"{percent(figure.value)}% ({findings.range_words(figure)})"


def _change(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return _reason(figure) or "–"
    spread = (
        f" ({fewer_or_more(figure.interval.low)} to {fewer_or_more(figure.interval.high)})" if figure.interval else ""
    )
    return f"{fewer_or_more(figure.value)}{spread}"
