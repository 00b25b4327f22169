"""Small drawings made on the server as inline SVG, without style attributes (the CSP forbids them)."""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

WIDTH, HEIGHT, GAP = 126.0, 10, 2.0
AMBER_DAYS, RED_DAYS = 7, 3
CASELOAD_WARNS, CASELOAD_STOPS = 20, 25

Tone = Literal["ok", "soon", "risk", "good"]


def clock_tone(left: int, done: bool = False) -> Tone:
    """Amber at 7 days left, red at 3, green when the charge is given up for good."""
    if done:
        return "good"
    return "risk" if left <= RED_DAYS else "soon" if left <= AMBER_DAYS else "ok"


def clock(used: int, total: int, done: bool = False) -> Markup:
    """The charge clock: one pip for each day of the county's window, the used ones filled."""
    used = min(max(used, 0), total)
    pip = max(3.0, (WIDTH - GAP * (total - 1)) / total)
    tone = clock_tone(total - used, done)
    pips = Markup("").join(
        Markup('<rect x="{:.1f}" y="0" width="{:.1f}" height="{}" rx="2" class="{}"/>').format(
            place * (pip + GAP), pip, HEIGHT, f"pip-{tone}" if place < used or done else "pip-off"
        )
        for place in range(total)
    )
    width = round(total * (pip + GAP))
    return svg("clock", width, HEIGHT, f"Day {used} of {total}", pips)


def meter(people: int, warns: int = CASELOAD_WARNS, stops: int = CASELOAD_STOPS) -> Markup:
    """A caseload of so many people, with the marks where it warns and where it stops."""
    width, top = 272, max(stops, people)
    cell = width / top
    boxes = Markup("").join(
        Markup('<rect x="{:.2f}" y="0" width="{:.2f}" height="18" rx="2" class="{}"/>').format(
            place * cell, cell - 2, _meter_tone(place, people, warns, stops)
        )
        for place in range(top)
    )
    marks = Markup("").join(
        Markup(
            '<line x1="{0:.1f}" x2="{0:.1f}" y1="-2" y2="23" class="tick"/>'
            '<text x="{0:.1f}" y="38" class="ax" text-anchor="end">{1}</text>'
        ).format(mark * cell - 1, mark)
        for mark in (warns, stops)
    )
    label = f"{people} people. Warning at {warns}. Stop at {stops}."
    return svg("meter", width, 46, label, boxes + marks, top=-3)


def _meter_tone(place: int, people: int, warns: int, stops: int) -> str:
    if place < people:
        return "pip-risk" if place >= stops else "pip-ok"
    return "pip-warnzone" if place >= warns else "pip-off"


def svg(kind: str, width: int, height: int, label: str, body: Markup, top: int = 0) -> Markup:
    """One drawing; `label` says in words what it shows."""
    return Markup(
        '<svg class="{}" viewBox="0 {} {} {}" width="{}" height="{}" role="img" aria-label="{}" '
        'focusable="false">{}</svg>'
    ).format(kind, top, width, height, width, height, label, body)
