"""A results page from a list of figures: the same for the public snapshot and for the live programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.metrics.domain.figure import Figure
from services.metrics.domain.funnel import EXITS, PATHWAYS, STAGES
from services.metrics.domain.sentences import percent
from services.metrics.domain.windows import WINDOWS
from services.metrics.domain.words import CHARGE_CLAUSES, EVENT_TITLES, EXIT_TITLES, PATHWAY_TITLES, STAGE_TITLES
from services.metrics.pages import findings, said
from services.metrics.pages.charts import Bar, Pair, bars, before_after
from services.metrics.pages.parts import Goal, Section, Table, goal

SHOWN_EVENTS = ("any", "new_charge", "warrant", "contact")


class Results:
    """Figures by definition and labels, and the page's sections made of them."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures: dict[tuple[object, ...], Figure] = {_place(f.definition, f.labels): f for f in figures}

    def get(self, definition: str, **labels: str) -> Figure | None:
        return self._figures.get(_place(definition, labels))

    def step(self, definition: str, stage: str, pathway: str = "all") -> Figure | None:
        return self.get(definition, stage=stage, pathway=pathway)

    def outcome(self, definition: str, event: str, window: int, **more: str) -> Figure | None:
        return self.get(definition, arm="intake", event=event, window=str(window), **more)

    @property
    def empty(self) -> bool:
        referred = self.step("funnel_persons", "referred")
        return referred is None or referred.value == 0

    def context(self) -> dict[str, Any]:
        """What `_results.html` needs."""
        sections = [self.funnel(), self.arrests()]
        return {"goals": self.goals(), "sections": [*sections, *self.charges()], "empty": self.empty}

    def goals(self) -> list[Goal]:
        """Three of the county's six goals have a measure; the page names the others as not measured yet."""
        reached = self.step("funnel_reached_ratio", "intake")
        in_touch = self.step("funnel_step_ratio", "engaged")
        without = self.outcome("outcome_avoided_arrest_ratio", "any", 182)
        return [
            goal(1, "Reorient", "how government responds", reached, "of people referred finished an intake"),
            goal(2, "Improve", "public safety and health", in_touch, "of people taken in were in touch within 90 days"),
            goal(
                3, "Reduce", "people entering the justice system", without, "had no arrest in the 182 days after intake"
            ),
        ]

    def funnel(self) -> Section:
        rows, lines = [], []
        for stage in STAGES:
            persons, share = self.step("funnel_persons", stage), self.step("funnel_step_ratio", stage)
            note = f"{percent(share.value)}% of the step above" if share and share.value is not None else ""
            rows.append(Bar(STAGE_TITLES[stage], said.number(persons), note or said.reason(persons)))
            lines.append(self._funnel_line(STAGE_TITLES[stage], stage, note.removesuffix(" of the step above") or "–"))
            lines += [self._funnel_line(f"Left here: {EXIT_TITLES[name]}", name, "") for name in EXITS[stage]]
        heads = ["Step", "#People", "#Share of the step above", *(f"#{PATHWAY_TITLES[p]}" for p in PATHWAYS)]
        return Section(
            "funnel",
            findings.reached_heading(self.step("funnel_reached_ratio", "intake")),
            "Each person counts once, at the referral that led to their intake, or else at their first one.",
            bars(rows, "People at each step", narrow=False),
            bars(rows, "People at each step", narrow=True),
            Table("From referral to staying in touch", heads, lines),
            self._losses() or ["No loss of 11 people or more stands out. Smaller ones are hidden."],
            says_title="Where people stopped",
        )

    def _funnel_line(self, title: str, step: str, share: str) -> list[str]:
        return [title, *(said.count(self.step("funnel_persons", step, p)) for p in ("all",)), share] + [
            said.count(self.step("funnel_persons", step, pathway)) for pathway in PATHWAYS
        ]

    def _losses(self) -> list[str]:
        """The largest exits that may be told, largest first."""
        counted = [(said.number(self.step("funnel_persons", name)), name) for names in EXITS.values() for name in names]
        told = sorted(((n, name) for n, name in counted if n), reverse=True)
        return [f"{EXIT_TITLES[name]}: {n:,}" for n, name in told[:4]]

    def arrests(self) -> Section:
        shown = [("any", window) for window in WINDOWS] + [(event, WINDOWS[0]) for event in SHOWN_EVENTS[1:]]
        pairs = [self._pair(event, window) for event, window in shown]
        heads = ["What was counted", "#People", "#Before", "#After", "#Change (likely range)", "#Without one after"]
        return Section(
            "outcomes",
            findings.change_heading(self.outcome("outcome_change_ratio", "any", 182), 182),
            "Average per person over the same number of days before referral and after intake. Only people followed "
            "for all of these days count. The stop that led to LEAD and the days until intake are in neither.",
            before_after(pairs, "Average per person, before and after", narrow=False),
            before_after(pairs, "Average per person, before and after", narrow=True),
            Table(
                "Arrests before and after",
                heads,
                [self._arrest_line(event, window) for event in SHOWN_EVENTS for window in WINDOWS],
            ),
            [],
            care=True,
        )

    def _pair(self, event: str, window: int) -> Pair:
        before = self.outcome("outcome_mean_arrests", event, window, period="before")
        after = self.outcome("outcome_mean_arrests", event, window, period="after")
        title = f"{EVENT_TITLES[event]}, {window} days"
        if before is None or after is None or before.value is None or after.value is None:
            why = said.reason(before) or said.reason(after) or findings.NOT_YET
            return Pair(title, None, None, None, absent=why)
        return Pair(title, before.denominator, before.value, after.value, before.interval, after.interval)

    def _arrest_line(self, event: str, window: int) -> list[str]:
        return [
            f"{EVENT_TITLES[event]}, {window} days",
            said.count(self.get("outcome_cohort_persons", arm="intake", window=str(window))),
            said.mean(self.outcome("outcome_mean_arrests", event, window, period="before")),
            said.mean(self.outcome("outcome_mean_arrests", event, window, period="after")),
            said.change(self.outcome("outcome_change_ratio", event, window)),
            said.share(self.outcome("outcome_avoided_arrest_ratio", event, window)),
        ]

    def charges(self) -> list[Section]:
        found = [(state, f) for state in CHARGE_CLAUSES if (f := self.get("charges_diverted", state=state))]
        if not found:
            return []
        rows = [Bar(_state_title(state), said.number(f), said.reason(f)) for state, f in found]
        return [
            Section(
                "charges",
                findings.charges_heading(self.get("charges_diverted", state="relinquished")),
                "A charge is held when someone is referred instead of arrested. An intake on time ends it for good, "
                "whatever happens later.",
                bars(rows, "Diverted charges by their state", narrow=False),
                bars(rows, "Diverted charges by their state", narrow=True),
                Table("Diverted charges", ["State", "#Charges"], [[_state_title(s), said.count(f)] for s, f in found]),
                ["The intake is the only requirement. After it the charge is over, even if the person never returns."],
            )
        ]


def _place(definition: str, labels: Mapping[str, str]) -> tuple[object, ...]:
    return (definition, *sorted(labels.items()))


def _state_title(state: str) -> str:
    return CHARGE_CLAUSES[state].removeprefix("are ").removeprefix("were ").capitalize()
