"""A feed's delay as a small drawing: the time between its deliveries, the wait that goes on, and the limit, dashed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from markupsafe import Markup

from services.referral.domain.feed_waits import Waits
from services.referral.pages.feeds_words import length
from shared.web.drawn import svg

WIDTH: Final = 132
HEIGHT: Final = 30
_LEAST: Final = 2
"""Fewer waits make no line."""


def delay(waits: Waits) -> Markup:
    """The drawing, with its values in words; nothing before there are two waits to draw."""
    if waits.now is None or len(waits.past) + 1 < _LEAST:
        return Markup()
    values = [*waits.past, waits.now]
    top = max([*values, waits.limit or timedelta()]) * 1.12
    points = [(2 + place * (WIDTH - 6) / (len(values) - 1), _height(value, top)) for place, value in enumerate(values)]
    tone = "risk" if waits.late else "good"
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    body = Markup(
        '<polyline points="{}" class="spark {}"/><circle cx="{:.1f}" cy="{:.1f}" r="3" class="dot {}"/>'
    ).format(line, tone, *points[-1], tone)
    if waits.limit is not None:
        at = f"{_height(waits.limit, top):.1f}"
        body = Markup('<line x1="0" x2="{}" y1="{}" y2="{}" class="limit"/>').format(WIDTH, at, at) + body
    return svg("sparkline", WIDTH, HEIGHT, _said(waits), body)


def _height(value: timedelta, top: timedelta) -> float:
    return HEIGHT - 3 - value / top * (HEIGHT - 6) if top else HEIGHT - 3


def _said(waits: Waits) -> str:
    limit = f", agreed at most {length(waits.limit)}" if waits.limit else ""
    now = length(waits.now) if waits.now is not None else ""
    return f"Time between {len(waits.past) + 1} deliveries: now {now}, longest {length(max(waits.past))}{limit}."
