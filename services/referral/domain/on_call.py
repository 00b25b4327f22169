"""Whom an officer calls: by zone, local time of day, weekday and civil day, and always somebody.

All of it is read off the wall clock of the jurisdiction, so that the nights on which clocks change need no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

DAY: Final = timedelta(days=1)
WEEK: Final = 7


class Contact(BaseModel):
    """Somebody to call."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    name: str
    phone: str
    backup_phone: str | None = None

    @property
    def said(self) -> str:
        """The number as people read it: 412-555-0142."""
        return said(self.phone)

    @property
    def backup_said(self) -> str:
        return said(self.backup_phone or "")


class OnCall(Contact):
    """Somebody on call in some zones (none named: everywhere) between two local times of day; none given: always.
    A time that ends before it begins runs over midnight. `weekdays` (1 is Monday, 7 Sunday; none named: all) and the
    first and last day are those on which it begins."""

    zones: frozenset[str] = frozenset()
    from_: time | None = Field(default=None, alias="from")
    to: time | None = None
    weekdays: frozenset[int] = frozenset()
    from_day: date | None = None
    to_day: date | None = None

    def answers(self, zone: str | None, at: datetime) -> bool:
        """Whether to call them for this zone at this local time."""
        if self.zones and zone not in self.zones:
            return False
        begun = self._begun(at)
        return begun is not None and self.begins_on(begun)

    def begins_on(self, day: date) -> bool:
        """Whether it begins on this civil day."""
        return (
            (not self.weekdays or day.isoweekday() in self.weekdays)
            and (self.from_day is None or self.from_day <= day)
            and (self.to_day is None or day <= self.to_day)
        )

    def _begun(self, at: datetime) -> date | None:
        """The day on which it began, if it is on at this time of day."""
        day, clock = at.date(), at.time().replace(tzinfo=None)
        if self.from_ is None or self.to is None:
            return day
        if self.from_ < self.to:
            return day if self.from_ <= clock < self.to else None
        if clock >= self.from_:
            return day
        # The first day of the calendar has no night before it.
        return day - DAY if clock < self.to and day > date.min else None

    @property
    def dated(self) -> bool:
        """Whether it holds for some days only: it stands in for others then."""
        return self.from_day is not None or self.to_day is not None

    @property
    def rank(self) -> tuple[bool, int, bool]:
        """Who goes before: for some days before always, fewer days before more, some zones before everywhere."""
        days = (self.to_day - self.from_day).days if self.from_day and self.to_day else 10**6
        return (not self.dated, days, not self.zones)


@dataclass(frozen=True)
class Span:
    """From one local time to another of one day (midnight: of the next), `who` answers. `others` would too, with the
    same right. `gap`: nobody of the rota does, so that it falls to the one who always answers."""

    start: datetime
    end: datetime
    who: OnCall
    others: tuple[OnCall, ...] = ()
    gap: bool = False


@dataclass(frozen=True)
class Rota:
    """Who is on call, in the order in which they are asked for, and the one who always answers."""

    entries: tuple[OnCall, ...]
    always: OnCall

    @classmethod
    def ranked(cls, entries: Iterable[OnCall], always: OnCall) -> Rota:
        """Entries in any order: who goes before is told by what each says of itself; of equals the first."""
        return cls(tuple(sorted(entries, key=lambda one: one.rank)), always)

    def on_call_for(self, zone: str | None, at: datetime) -> OnCall:
        """The first who answers there at this local time, else the one who always does."""
        return next((one for one in self.entries if one.answers(zone, at)), self.always)

    def day(self, zone: str | None, day: date) -> list[Span]:
        """Who answers from midnight to midnight, without a hole."""
        times = sorted({time(), *(at for one in self.entries for at in (one.from_, one.to) if at is not None)})
        starts = [datetime.combine(day, at) for at in times]
        ends = [*starts[1:], datetime.combine(day, time()) + DAY]
        found: list[Span] = []
        for start, end in zip(starts, ends, strict=True):
            span = self._span(zone, start, end)
            last = found[-1] if found else None
            if last is not None and (last.who, last.others, last.gap) == (span.who, span.others, span.gap):
                found[-1] = Span(last.start, end, span.who, span.others, span.gap)
            else:
                found.append(span)
        return found

    def _span(self, zone: str | None, start: datetime, end: datetime) -> Span:
        on = [one for one in self.entries if one.answers(zone, start)]
        if not on:
            return Span(start, end, self.always, gap=bool(self.entries))
        return Span(start, end, on[0], tuple(one for one in on[1:] if one.rank == on[0].rank))


def alike(
    rota: Rota, zones: Sequence[str | None], first: date, days: int = WEEK
) -> list[tuple[list[str | None], list[list[Span]]]]:
    """The coming days, with the zones together in which the same people answer: (zones, spans of each day)."""
    found: list[tuple[list[str | None], list[list[Span]]]] = []
    for zone in zones:
        spans = [rota.day(zone, first + n * DAY) for n in range(days)]
        for group, known in found:
            if known == spans:
                group.append(zone)
                break
        else:
            found.append(([zone], spans))
    return found


def said(phone: str) -> str:
    """A US number as people read it; any other as it is."""
    digits = phone.removeprefix("+1")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else phone
