"""The charts of the results pages, each in a wide and a 340 px form. A hidden figure is drawn as its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.metrics.domain.intervals import Interval
from services.metrics.pages.svg import bar, dot, drawing, line, square, text


@dataclass(frozen=True)
class Bar:
    """One bar. `n` is None when it may not be shown; `note` stands behind the number."""

    title: str
    n: int | None
    note: str = ""


@dataclass(frozen=True)
class Pair:
    """One line of a before/after chart; without values, `absent` says why."""

    title: str
    people: int | None
    before: float | None
    after: float | None
    before_interval: Interval | None = None
    after_interval: Interval | None = None
    absent: str = ""


def bars(rows: Sequence[Bar], label: str, *, narrow: bool) -> Markup:
    """Horizontal bars on one scale from 0: a funnel, or counts by state."""
    width, row_height, left, drop = (340, 62, 0, 20) if narrow else (760, 54, 232, 0)
    room = 150 if narrow else 170
    longest = max((row.n or 0 for row in rows), default=0) or 1
    body = []
    for place, row in enumerate(rows):
        y = place * row_height + 4
        body.append(_row_title(row.title, left, y, narrow=narrow))
        middle = y + drop + (19 if narrow else 22)
        if row.n is None:
            body.append(bar(left, y + drop, 96, 28 if narrow else 34, "off"))
            body.append(text(left + 106, middle, row.note or "not shown", "ax"))
            continue
        long = (width - left - room) * row.n / longest
        body.append(bar(left, y + drop, long, 28 if narrow else 34, f"s{min(place, 4)}"))
        number = f"{row.n:,}"
        body.append(text(left + long + 8, middle, number, "num"))
        body.append(text(left + long + 18 + 9 * len(number), middle, row.note, "ax"))
    said = "; ".join(f"{row.title} {f'{row.n:,}' if row.n is not None else 'not shown'}" for row in rows)
    return drawing(width, row_height * len(rows), "".join(body), f"{label}: {said}", narrow=narrow)


def _row_title(title: str, left: int, y: float, *, narrow: bool) -> str:
    return text(0, y + 13, title, "lbl") if narrow else text(left - 14, y + 22, title, "lbl", "end")


def before_after(rows: Sequence[Pair], label: str, *, narrow: bool) -> Markup:
    """Average events per person before (circle) and after (square), each with its likely range."""
    width, row_height, left, top = (340, 78, 4, 30) if narrow else (760, 58, 232, 30)
    height = top + row_height * len(rows) + 26
    highest = _scale(rows)

    def x_of(value: float) -> float:
        return left + (width - left - 46) * value / highest

    body = []
    for step in range(5):
        value = highest * step / 4
        body.append(line(x_of(value), top - 8, x_of(value), height - 24, "grid"))
        body.append(text(max(x_of(value), 12), height - 8, f"{value:.1f}", "ax", "middle"))
    body += [dot(left + 6, 9, "before"), text(left + 18, 14, "Before", "ax")]
    body += [square(left + 96, 9, "after"), text(left + 108, 14, "After", "ax")]
    for place, row in enumerate(rows):
        y = top + place * row_height + (48 if narrow else 22)
        body.append(_pair_title(row, width, left, y, narrow=narrow))
        if row.before is None or row.after is None:
            body.append(text(left + 8, y + 5, row.absent, "ax halo"))
            continue
        body.append(_mark(row.before, row.before_interval, y - 6, "before", x_of))
        body.append(_mark(row.after, row.after_interval, y + 8, "after", x_of))
        body.append(_number(row.before, row.before_interval, y - 1, x_of))
        body.append(_number(row.after, row.after_interval, y + 13, x_of))
    said = "; ".join(
        f"{row.title}: {row.absent}"
        if row.before is None or row.after is None
        else f"{row.title}: {row.before:.2f} before, {row.after:.2f} after"
        for row in rows
    )
    return drawing(width, height, "".join(body), f"{label}: {said}", narrow=narrow)


def _scale(rows: Sequence[Pair]) -> float:
    """A round number that holds every value and every range."""
    highest = 0.4
    for row in rows:
        for value, interval in ((row.before, row.before_interval), (row.after, row.after_interval)):
            highest = max(highest, value or 0, interval.high if interval else 0)
    step = next(s for s in (0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 25, 1000) if 4 * s >= highest)
    return 4 * step


def _pair_title(row: Pair, width: int, left: int, y: float, *, narrow: bool) -> str:
    people = "" if row.people is None else f"{row.people:,} people"
    if narrow:
        return text(0, y - 26, row.title, "lbl halo") + text(width, y - 26, people, "ax halo", "end")
    return text(left - 14, y, row.title, "lbl", "end") + text(left - 14, y + 17, people, "ax", "end")


def _mark(value: float, interval: Interval | None, y: float, cls: str, x_of: Callable[[float], float]) -> str:
    spread = line(x_of(interval.low), y, x_of(interval.high), y, f"ci {cls}") if interval else ""
    return spread + (dot(x_of(value), y, cls) if cls == "before" else square(x_of(value), y, cls))


def _number(value: float, interval: Interval | None, y: float, x_of: Callable[[float], float]) -> str:
    return text(x_of(interval.high if interval else value) + 10, y, f"{value:.2f}", "num halo")
