"""Recording a status. Time alone sets nothing; there is none for failure."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from services.casework.domain.contact_entry import as_uuid, moment
from services.casework.domain.participation import SUPERVISOR_ONLY, TRANSITIONS, Tries, may_become_inactive
from services.casework.pages.participant import page_context
from services.casework.pages.router import ENGAGE, router
from services.casework.store import participant as store
from services.casework.store import people
from services.casework.store.grounds import Evidence
from services.casework.store.participation import take_into_account
from shared.web import Desk, NotFound


@router.post("/participants/{person_id}/statuses", access=ENGAGE)
async def record_status(desk: Desk, person_id: UUID) -> Response:
    """Record what staff learned about where a participant is."""
    home = await people.home_of(desk.tx, person_id)
    row = await people.one(desk.tx, home)
    if row is None or row["status"] is None:
        raise NotFound
    form = {name: str(value).strip() for name, value in (await desk.form()).items()}
    status, change_id = form.get("status", ""), as_uuid(form.get("change_id", ""))
    at = moment(form.get("at", ""), desk.now, desk.zone)
    errors: dict[str, str] = {}
    if status not in TRANSITIONS[row["status"]]:
        errors["status"] = "Choose a status that can follow this one."
    elif status in SUPERVISOR_ONLY and desk.actor.role != "supervisor":
        errors["status"] = "A supervisor records this, and says where it is known from."
    elif status == "inactive" and not await _looked_for(desk, home):
        errors["status"] = "Inactive needs three tries, in two ways, over thirty days. Keep looking for now."
    if at is None or at > desk.now:
        errors["since"] = "Enter a day and time that has come."
    elif at < row["enrolled_at"]:
        errors["since"] = "Enter a time after the intake."
    if change_id is None:
        errors["change_id"] = "This form is out of date. Open the page again."
    if errors or at is None or change_id is None:
        desk.saw([home], classes="ID ENG")
        return desk.invalid("participant.html", errors=errors, **(await page_context(desk, row)))
    ground = Evidence(change_id, home, "staff", at, 1, status=status)
    await take_into_account(desk.tx, [ground])
    desk.changed("record status", [home], after={"status": status}, before={"status": row["status"]})
    return desk.redirect(f"/participants/{home}")


async def _looked_for(desk: Desk, home: UUID) -> bool:
    row = await store.tries_since_reached(desk.tx, home)
    return may_become_inactive(Tries(row["attempts"], row["modes"], row["first_at"]), desk.now)
