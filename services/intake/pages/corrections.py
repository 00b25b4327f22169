"""Putting a finished intake right. Nothing here takes back a charge that was given up."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping
from starlette.responses import Response

from services.intake.domain.entered_time import TimeRefused, civil_day, entered_time
from services.intake.pages.case import Case, open_case
from services.intake.pages.routes import CORRECT, pages
from services.intake.store import assessments, contacts, interviews
from shared.web import Desk, NotFound

router = pages()


@router.post("/interviews/{referral_id}/correct", access=CORRECT)
async def correct(desk: Desk, referral_id: UUID) -> Response:
    """Say anew when the intake ended, with the reason."""
    one, interview = await _finished(desk, referral_id)
    form = await desk.form()
    reason, errors, at = str(form.get("reason", "")).strip(), {}, None
    try:
        at = entered_time(str(form.get("completed_at", "")), desk.zone, desk.now)
        if civil_day(at, desk.zone) < civil_day(one.row["occurred_at"], desk.zone):
            errors["completed_at"] = "This is before the day of the referral."
    except TimeRefused as refused:
        errors["completed_at"] = str(refused)
    if not reason:
        errors["reason"] = "Say why."
    if errors or at is None:
        return _refused(desk, one, interview, errors)
    await interviews.correct(desk.tx, interview, at, reason)
    await contacts.move(desk.tx, interview["contact_id"], at)
    desk.changed(
        "correct intake",
        [one.row["home_id"]],
        before={"completed_at": interview["completed_at"]},
        after={"completed_at": at},
    )
    return desk.redirect(f"/interviews/{referral_id}")


@router.post("/interviews/{referral_id}/void", access=CORRECT)
async def void(desk: Desk, referral_id: UUID) -> Response:
    """Withdraw an intake entered in error. A new one can be started; consents that were signed stand."""
    one, interview = await _finished(desk, referral_id)
    reason = str((await desk.form()).get("reason", "")).strip()
    if not reason:
        return _refused(desk, one, interview, {"reason": "Say why."})
    await interviews.void(desk.tx, interview, "error", reason)
    await contacts.void(desk.tx, interview["contact_id"], "error")
    await assessments.void(desk.tx, interview["intake_id"], "error")
    desk.changed("void intake", [one.row["home_id"]])
    return desk.redirect(f"/interviews/{referral_id}")


async def _finished(desk: Desk, referral_id: UUID) -> tuple[Case, RowMapping]:
    one = await open_case(desk, referral_id, for_change=True)
    interview = await interviews.of_referral(desk.tx, referral_id, for_change=True)
    if interview is None or interview["state"] != "finished":
        raise NotFound
    return one, interview


def _refused(desk: Desk, one: Case, interview: RowMapping, errors: dict[str, str]) -> Response:
    return desk.invalid("interview_finished.html", errors=errors, case=one, interview=interview, effect="")
