"""Today: one ranked list of what cannot wait, then who is due, then who waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from fastapi import Response
from sqlalchemy import RowMapping

from services.casework.domain.caseload import STOP_AT, WARN_AT, Load
from services.casework.domain.names import called
from services.casework.pages import words
from services.casework.pages.person_line import lines, remember_me
from services.casework.pages.router import CARE, router
from services.casework.store import profiles
from services.casework.store import today as day
from shared.web import Desk

CONTACTS_SHOWN = 10
WAITING_SHOWN = 8
URGENT_SHOWN = 6
CANNOT_WAIT_DAYS = 7


@dataclass(frozen=True)
class Urgent:
    """One thing that cannot wait: when, who, what, why, and the one next action."""

    tone: str
    when: str
    at: date | datetime
    home_id: UUID
    what: str
    why: str
    kind: str
    used: int = 0
    total: int = 0
    referral_id: UUID | None = None
    arrest_id: UUID | None = None


@dataclass(frozen=True)
class Waiting:
    """A referral that looks forward to its intake."""

    row: RowMapping
    left: int | None
    used: int
    total: int
    offense: str
    door: str
    tried: str


@router.get("/", access=CARE)
async def today(desk: Desk) -> Response:
    """The home of a coordinator; a supervisor sees the whole team's."""
    await remember_me(desk)
    everyone = desk.actor.role == "supervisor"
    waiting = [_waiting(desk, row) for row in await day.awaiting_intake(desk.tx, desk.today)]
    mine = await day.caseload(desk.tx, None if everyone else desk.actor.worker)
    alerts = await day.alerts(desk.tx, desk.actor.worker, everyone, desk.today - timedelta(days=day.ALERT_DAYS))
    urgent = sorted([*map(_due, filter(_presses, waiting)), *(_arrest(desk, row) for row in alerts)], key=_rank)[
        :URGENT_SHOWN
    ]
    due = [row for row in mine if row["step_on"] <= desk.today + timedelta(days=2)]
    contacts = await lines(desk, due[:CONTACTS_SHOWN])
    ending = await day.consents_ending(desk.tx, desk.actor.worker, desk.today)
    names = await _names(desk, [u.home_id for u in urgent], [w.row for w in waiting], ending)
    desk.saw({*names, *(c.home_id for c in contacts)}, classes="ID REF POL CON CNS")
    return desk.page(
        "today.html",
        greeting=_greeting(desk),
        urgent=urgent,
        waiting=waiting[:WAITING_SHOWN],
        waiting_total=waiting[0].row["total"] if waiting else 0,
        contacts=contacts,
        contacts_total=len(due),
        load=Load(len(mine)),
        in_the_wind=sum(row["status"] == "in_the_wind" for row in mine),
        everyone=everyone,
        ending=ending,
        names=names,
        words=words,
        warn_at=WARN_AT,
        stop_at=STOP_AT,
    )


def _greeting(desk: Desk) -> str:
    hour = desk.now.astimezone(desk.zone).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def _waiting(desk: Desk, row: RowMapping) -> Waiting:
    began = row["occurred_at"].astimezone(desk.zone).date()
    total = (row["due_on"] - began).days if row["due_on"] else 0
    left = (row["due_on"] - desk.today).days if row["due_on"] else None
    return Waiting(
        row=row,
        left=left,
        used=max(0, total - (left or 0)),
        total=total,
        offense=words.offenses(row["charges"]) if row["pathway"] == "arrest_diversion" else "",
        door=words.DOORS[row["pathway"]],
        tried=words.told(row["outcome"], row["mode"]) if row["outcome"] else "",
    )


def _presses(waiting: Waiting) -> bool:
    return waiting.left is not None and waiting.left <= CANNOT_WAIT_DAYS


def _due(waiting: Waiting) -> Urgent:
    left = waiting.left or 0
    when = {0: "Due today", 1: "Due tomorrow"}.get(left, f"Due in {left} days")
    return Urgent(
        tone="risk" if left <= 3 else "soon",
        when=when,
        at=waiting.row["due_on"],
        home_id=waiting.row["home_id"],
        what=f"{waiting.tried}." if waiting.tried else "Not reached yet: no try is on record.",
        why=f"An intake by the due day and the {waiting.offense.lower()} charge is given up for good.",
        kind="intake",
        used=waiting.used,
        total=waiting.total,
        referral_id=waiting.row["referral_id"],
    )


def _arrest(desk: Desk, row: RowMapping) -> Urgent:
    place = f" in {row['municipality']}" if row["municipality"] else ""
    charges = row["charges"]
    what = (
        f"{words.ARRESTED[row['disposition']]}{place} on a warrant only. No new charge."
        if row["warrant_only"]
        else f"{words.ARRESTED[row['disposition']]}{place}: {words.offenses(charges).lower()}."
    )
    return Urgent(
        tone="risk" if row["disposition"] != "warned" else "soon",
        when=f"{words.ARRESTED[row['disposition']].split(';')[0]} {row['arrested_at'].astimezone(desk.zone):%A}",
        at=row["arrested_at"],
        home_id=row["home_id"],
        what=what,
        why="Their LEAD place and a charge given up for good do not change.",
        kind="arrest",
        arrest_id=row["arrest_id"],
    )


def _rank(urgent: Urgent) -> tuple[bool, bool, float]:
    """Red before amber; the clock before an arrest; the soonest due, the newest arrest."""
    day = urgent.at.toordinal() if not isinstance(urgent.at, datetime) else -urgent.at.timestamp()
    return urgent.tone != "risk", urgent.kind != "intake", day


async def _names(desk: Desk, homes: Sequence[UUID], *groups: Sequence[RowMapping]) -> Mapping[UUID, str]:
    every = {*homes, *(row["home_id"] for group in groups for row in group)}
    known = await profiles.of(desk.tx, sorted(every))
    return {home: called(known[home]) if home in known else "Name not here yet" for home in every}
