"""One person as a line of a list: name, status, last reached, next step, worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import RowMapping

from services.casework.domain.names import called, number
from services.casework.domain.participation import suggestion
from services.casework.pages.words import REFERRAL_STATES, STATUSES
from services.casework.store import contacts, profiles, workers
from shared.web import Desk


@dataclass(frozen=True)
class Line:
    home_id: UUID
    name: str
    number: str
    town: str
    status: str
    status_code: str
    since: datetime | None
    reached_at: datetime | None
    silent_days: int | None
    band: int
    step: str
    step_on: date | None
    late: int | None
    worker: str
    worker_code: str
    suggests: str | None


async def lines(desk: Desk, rows: Sequence[RowMapping]) -> list[Line]:
    """The lines of these rows of `store.people.ONE_PERSON`, in their order."""
    known = await profiles.of(desk.tx, [row["home_id"] for row in rows])
    staff = await workers.names(desk.tx)
    return [_line(desk, row, called(known[h]) if (h := row["home_id"]) in known else "", staff) for row in rows]


def _line(desk: Desk, row: RowMapping, name: str, staff: Mapping[str, str]) -> Line:
    last = row["reached_at"] or row["enrolled_at"]
    days = (desk.today - last.astimezone(desk.zone).date()).days if last else None
    step_on = row["step_on"]
    return Line(
        home_id=row["home_id"],
        name=name or "Waiting for the referral",
        number=number(row["home_id"]),
        town=row["municipality"] or "",
        status=STATUSES.get(row["status"] or "", "") or _waiting(row["state"]),
        status_code=row["status"] or "waiting",
        since=row["since"],
        reached_at=row["reached_at"],
        silent_days=days,
        band=0 if days is None or days <= 30 else 1 if days <= 60 else 2 if days <= 90 else 3,
        step=str(contacts.details(desk.tx, row).get("next") or "") or _usual_step(row, days),
        step_on=step_on,
        late=(desk.today - step_on).days if step_on else None,
        worker=staff.get(row["worker"] or "", "A colleague") if row["worker"] else "",
        worker_code=row["worker"] or "",
        suggests=suggestion(row["status"], days) if row["status"] and days is not None else None,
    )


def _waiting(state: str | None) -> str:
    if state in {"approved", "reopened", None}:
        return "Waiting for intake"
    return REFERRAL_STATES.get(state or "", "Waiting for intake")


def _usual_step(row: RowMapping, days: int | None) -> str:
    if row["status"] is None:
        return "Intake"
    return "Look for them" if row["status"] == "in_the_wind" or (days or 0) > 30 else "Say hello"


async def remember_me(desk: Desk) -> None:
    """Keep the name of whoever works here now, for colleagues' pages."""
    await workers.remember(desk.tx, desk.actor.worker, desk.actor.name, desk.actor.role)


def first(name: str) -> str:
    """What to call a person in a sentence."""
    return name.split()[0] if name and name != "Waiting for the referral" else "this person"


def ids(rows: Iterable[Line]) -> list[UUID]:
    return [line.home_id for line in rows]
