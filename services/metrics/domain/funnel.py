"""How far one person came, from referral to staying in touch, and where and why the others stopped.

Each person counts once, at the referral that their index names. The stages are nested: whoever stands in
one stands in all above it, so every loss between two stages is the sum of its exits. The worked example of
the design (105 referred, 9 ineligible, 3 declined, 6 without intake, 87 taken in) follows this split.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.metrics.domain.person import Index, Person

ENGAGED_WITHIN_DAYS = 90
PATHWAYS = ("arrest_diversion", "social_contact", "crisis_response", "community")

Stage = Literal["referred", "eligible", "willing", "approved", "intake", "engaged"]
STAGES: tuple[Stage, ...] = ("referred", "eligible", "willing", "approved", "intake", "engaged")

EXITS: dict[Stage, tuple[str, ...]] = {
    "referred": ("ineligible",),
    "eligible": ("declined", "withdrawn"),
    "willing": ("waiting_decision",),
    "approved": ("no_intake", "waiting_intake"),
    "intake": ("not_engaged", "too_early"),
    "engaged": (),
}
"""Stage -> the exits of the people who came so far and no further (so far)."""

_EXIT_OF_STATE: dict[str, tuple[Stage, str]] = {
    "ineligible": ("referred", "ineligible"),
    "declined": ("eligible", "declined"),
    "withdrawn": ("eligible", "withdrawn"),
    "pending": ("willing", "waiting_decision"),
    "waitlisted": ("willing", "waiting_decision"),
    "approved": ("approved", "waiting_intake"),
    "reopened": ("approved", "waiting_intake"),
    "expired": ("approved", "no_intake"),
}


class FunnelCell(NamedTuple):
    """One cell of the funnel cube. `dimension`/`value` split a stage: its exit, a stop's offer, a charge's state.

    `day` is the referral's, but for `not_engaged` the intake's, since from it on the 90 days run.
    """

    pathway: str
    stage: str
    day: date
    dimension: str = "all"
    value: str = ""


def place(person: Person, index: Index) -> tuple[Stage, str | None]:
    """The furthest stage and the exit from it; `not_engaged` may turn out too early when it is read."""
    if index.intake is not None:
        t0 = index.intake.day
        in_touch = any(t0 <= day <= t0 + timedelta(ENGAGED_WITHIN_DAYS) for day in person.contacts)
        return ("engaged", None) if in_touch else ("intake", "not_engaged")
    return _EXIT_OF_STATE[index.referral.state]


def funnel(person: Person, index: Index | None) -> Iterator[FunnelCell]:
    """Every funnel cell this person counts in, once each (a cell may come twice: two stops on one day)."""
    yield from _stops(person)
    if index is None:
        return
    pathway, c = index.referral.pathway, index.referral.day
    furthest, exit_ = place(person, index)
    for stage in STAGES[: STAGES.index(furthest) + 1]:
        yield FunnelCell(pathway, stage, c)
    if exit_ is not None:
        day = index.intake.day if index.intake is not None else c
        yield FunnelCell(pathway, furthest, day, "exit", exit_)
    for state in person.charge_states:
        yield FunnelCell(pathway, "charges", c, "state", state)


def _stops(person: Person) -> Iterator[FunnelCell]:
    """Stops that policy presumes divertible, by what was offered; and of each record whether it could be linked,
    who sent it and how late."""
    for arrest in person.arrests:
        yield FunnelCell("stops", "record", arrest.day, "linkable", "yes" if arrest.linkable else "no")
        yield FunnelCell("stops", "record", arrest.day, "agency", arrest.agency_ori)
        if arrest.delay_days is not None:
            yield FunnelCell("stops", "record", arrest.day, "delay", str(arrest.delay_days))
        if arrest.divertible:
            offered = {True: "yes", False: "no", None: "unknown"}[arrest.offered]
            yield FunnelCell("stops", "divertible", arrest.day, "offered", offered)
