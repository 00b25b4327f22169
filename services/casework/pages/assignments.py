"""Taking someone on, handing them over, covering for a colleague."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from services.casework.domain import caseload
from services.casework.domain.contact_entry import as_uuid, moment
from services.casework.pages.participant import page_context
from services.casework.pages.person_line import remember_me
from services.casework.pages.router import ENGAGE, router
from services.casework.store import assignments, people, workers
from shared.web import Desk, NotFound


@router.post("/participants/{person_id}/assignments", access=ENGAGE)
async def assign(desk: Desk, person_id: UUID) -> Response:
    """Give a person to a worker, oneself if none is named. At 25 only a supervisor with a reason."""
    home = await people.home_of(desk.tx, person_id)
    row = await people.one(desk.tx, home)
    if row is None:
        raise NotFound
    await remember_me(desk)
    form = {name: str(value).strip() for name, value in (await desk.form()).items()}
    worker = form.get("worker") or desk.actor.worker
    role = form.get("role") or "coordinator"
    at = moment(form.get("at", ""), desk.now, desk.zone)
    until = moment(form["until"], desk.now, desk.zone) if form.get("until") else None
    errors: dict[str, str] = {}
    if worker not in await workers.names(desk.tx):
        errors["worker"] = "Choose a colleague who works here."
    elif worker != desk.actor.worker and desk.actor.role != "supervisor":
        errors["worker"] = "Only a supervisor gives people to colleagues. You can take someone on yourself."
    if role not in {"coordinator", "cover"}:
        errors["role"] = "Choose coordinator or cover."
    if at is None or at > desk.now:
        errors["at"] = "Enter a day and time that has come."
    if role == "cover" and until is None:
        errors["until"] = "Cover needs the day it ends."
    verdict = caseload.guard(await assignments.people_held(desk.tx, worker), desk.actor.role, form.get("reason", ""))
    if verdict == "refused" and role == "coordinator":
        errors["reason"] = "This caseload is at 25. A supervisor may go past it with a reason."
    identity = as_uuid(form.get("assignment_id", ""))
    if identity is None:
        errors["assignment_id"] = "This form is out of date. Open the page again."
    if errors or identity is None or at is None:
        desk.saw([home], classes="ID ENG")
        return desk.invalid("participant.html", errors=errors, **(await page_context(desk, row)))
    handover = assignments.Handover(identity, home, worker, role, at, until, form.get("reason", ""), desk.actor.worker)
    if await assignments.assign(desk.tx, handover):
        desk.changed("assign", [home], after={"worker": worker, "role": role, "verdict": verdict})
    return desk.redirect(f"/participants/{home}")
