"""The intake queue: who waits, how long the charge still waits with them, who looks after whom."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from starlette.responses import Response

from services.intake.domain.words import MODES
from services.intake.pages.case import Case, case, open_case
from services.intake.pages.routes import LOOK, OUTREACH, TEMPLATES, pages
from services.intake.store import claims, referrals
from shared.web import Conflict, Desk

__all__ = ["TEMPLATES", "router"]

router = pages()


@router.get("/", access=LOOK)
async def queue(desk: Desk) -> Response:
    """Least time left comes first. A page that is open asks for the list every few seconds."""
    waiting = [case(desk, row) for row in await referrals.waiting(desk.tx)]
    open_ones = [one for one in waiting if one.row["state"] != "waitlisted" and one.tone != "past"]
    listed = [one for one in waiting if one.row["state"] == "waitlisted" and one.tone != "past"]
    past = [one for one in waiting if one.tone == "past"]
    past += [case(desk, row) for row in await referrals.past_deadline(desk.tx)]
    returning = [case(desk, row) for row in await referrals.may_return(desk.tx, desk.today)]
    desk.saw([one.row["home_id"] for one in [*open_ones, *listed, *past, *returning]])
    return desk.page(
        "intake_queue.html",
        fragment="list",
        waiting=open_ones,
        waitlisted=listed,
        past=past,
        returning=returning,
        due_this_week=sum(1 for one in open_ones if one.clock and one.clock.due_on <= desk.today + timedelta(days=7)),
        on_time=await referrals.on_time_share(desk.tx, desk.today, desk.zone.key),
        last=await referrals.last_referral(desk.tx),
        modes=MODES,
        full=len(waiting) >= referrals.MOST,
    )


@router.post("/referrals/{referral_id}/claim", access=OUTREACH)
async def claim(desk: Desk, referral_id: UUID) -> Response:
    """Look after someone. Who is claimed already is taken over with a reason only."""
    one = await open_case(desk, referral_id, for_change=True)
    form = await desk.form()
    reason = str(form.get("reason", "")).strip()
    holder = await claims.claim(desk.tx, one.row, desk.actor.worker, desk.actor.name)
    if holder and not reason:
        raise Conflict(f"{holder} already looks after this referral. To take it over, give a reason.")
    if holder:
        await claims.take_over(desk.tx, one.row, desk.actor.worker, desk.actor.name, reason)
    desk.changed("claim", [one.row["home_id"]])
    return desk.redirect(str(form.get("next", "")) if form.get("next") == f"/interviews/{referral_id}" else "/")


@router.post("/referrals/{referral_id}/release", access=OUTREACH)
async def release(desk: Desk, referral_id: UUID) -> Response:
    """Give someone back to the queue."""
    one = await open_case(desk, referral_id)
    if await claims.release(desk.tx, referral_id, desk.actor.worker):
        desk.changed("release", [one.row["home_id"]])
    return desk.redirect("/")


async def held(desk: Desk, one: Case) -> None:
    """Claim on the way into work; Conflict names who has it already."""
    holder = await claims.claim(desk.tx, one.row, desk.actor.worker, desk.actor.name)
    if holder:
        raise Conflict(f"{holder} already looks after {one.person.short}. Take it over from the interview page.")
