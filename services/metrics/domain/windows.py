"""Arrests of one person before and after intake. Source: metrics design, sections 1 and 6.

Pre is `[c − W, c)`, post is `(t0, t0 + W]`, with `c` the day of the referral and `t0` of the intake. Day 0,
the gap `[c, t0]` and the arrest that the referral names are in neither.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

from services.metrics.domain.ladder import EVENTS
from services.metrics.domain.person import Exit, Index, Person

WINDOWS = (182, 365, 730)
"""Days followed, always shown together."""
EVERYBODY = "everybody"
"""The event of the cells that say who is followed, whatever happened to them."""

Follow = Literal["full", "post_only", "left"]
"""`full`: both windows are covered by the police feed. `post_only`: the feed began inside the pre window.
`left`: died or moved inside the post window, left out of every rate and counted apart."""


class WindowCell(NamedTuple):
    """One cell of the outcome cube: everybody whose intake was on `start_day`."""

    arm: str
    event: str
    stratum: str
    follow: Follow
    window: int
    start_day: date


class Tally(NamedTuple):
    """Sums over people from which every before/after figure follows. `pre` and `post` count person-days."""

    n: int = 0
    any_pre: int = 0
    any_post: int = 0
    any_both: int = 0
    sum_pre: int = 0
    sum_post: int = 0
    square_pre: int = 0
    square_post: int = 0
    cross: int = 0
    selected: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: Tally) -> Tally:
        return Tally(*(a - b for a, b in zip(self, other, strict=True)))


def tally(pre: int, post: int) -> Tally:
    """One person's tally, from the number of event days before and after."""
    before, after = int(pre > 0), int(post > 0)
    return Tally(1, before, after, before * after, pre, post, pre * pre, post * post, pre * post)


def windows(person: Person, index: Index) -> Iterator[tuple[WindowCell, Tally]]:
    """Every cell this person counts in, whether or not the window is over: reading asks for matured ones.

    Who is followed stands once, under the event `EVERYBODY`; an event's own cell holds only people who had it.
    """
    if index.intake is None:
        return
    c, t0 = index.referral.day, index.intake.day
    left, selected = _first_exit(person, t0), int(index.referral.selected)
    follows = {window: _follow(index, left, window) for window in WINDOWS}
    for window, follow in follows.items():
        yield WindowCell("intake", EVERYBODY, "all", follow, window, t0), Tally(1, selected=selected)
    for event, days in _event_days(person, index).items():
        for window, follow in follows.items():
            if follow == "left":
                continue
            pre = 0
            if follow == "full":
                pre = bisect_left(days, c) - bisect_left(days, c - timedelta(window))
            post = bisect_right(days, t0 + timedelta(window)) - bisect_right(days, t0)
            if pre or post:
                yield WindowCell("intake", event, "all", follow, window, t0), tally(pre, post)


def _event_days(person: Person, index: Index) -> dict[str, list[date]]:
    """The days of each event that happened at all, in order."""
    by_event: dict[str, set[date]] = {}
    for arrest in person.arrests:
        if arrest.arrest_id == index.referral.arrest_id:
            continue
        for event, rung in EVENTS.items():
            if arrest.rungs & rung:
                by_event.setdefault(event, set()).add(arrest.day)
    if person.bookings:
        by_event.setdefault("booking", set()).update(person.bookings)
    return {event: sorted(days) for event, days in by_event.items()}


def _first_exit(person: Person, t0: date) -> Exit | None:
    return min((e for e in person.exits if e.day > t0), key=lambda e: e.day, default=None)


def _follow(index: Index, left: Exit | None, window: int) -> Follow:
    referral, intake = index.referral, index.intake
    if left is not None and intake is not None and left.day <= intake.day + timedelta(window):
        return "left"
    covered = referral.covered_from
    if covered is not None and covered > referral.day - timedelta(window):
        return "post_only"
    return "full"
