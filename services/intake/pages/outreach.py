"""Finding people: every try is noted, and the next one proposed. Nobody is closed by time."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.responses import Response

from services.intake.domain.entered_time import TimeRefused, entered_time
from services.intake.domain.outreach import SUPERVISOR_AFTER, Try, looks_like, next_try
from services.intake.domain.words import MODES, OUTCOMES
from services.intake.pages.case import Case, open_case
from services.intake.pages.routes import LOOK, OUTREACH, pages
from services.intake.store import contacts
from shared.web import Desk

router = pages()


@router.get("/referrals/{referral_id}/outreach", access=LOOK)
async def outreach(desk: Desk, referral_id: UUID) -> Response:
    """What was tried so far, and the form for the next try."""
    one = await open_case(desk, referral_id)
    desk.saw([one.row["home_id"]], classes="CON")
    return desk.page("outreach.html", **await _about(desk, one))


@router.post("/referrals/{referral_id}/outreach", access=OUTREACH)
async def log_try(desk: Desk, referral_id: UUID) -> Response:
    """Keep one try or contact, at the time it was."""
    one = await open_case(desk, referral_id, for_change=True)
    form = await desk.form()
    about = await _about(desk, one)
    errors: dict[str, str] = {}
    made = _read(desk, form, errors)
    if made is not None and form.get("same") != "no":
        twin = looks_like(about["tries"], made.at, made.mode)
        if twin is not None:
            errors["same"] = "A try by the same way is noted within ten minutes of this one. Is it the same?"
    if made is None or errors:
        return desk.invalid("outreach.html", errors=errors, **about)
    await contacts.log(desk.tx, one.row, made, desk.actor.worker, desk.actor.name)
    desk.changed(
        "log outreach", [one.row["home_id"]], after={"at": made.at, "mode": made.mode, "outcome": made.outcome}
    )
    return desk.redirect(f"/referrals/{referral_id}/outreach")


@router.post("/referrals/{referral_id}/answer", access=OUTREACH)
async def answer_offer(desk: Desk, referral_id: UUID) -> Response:
    """The person says no, or comes back."""
    one = await open_case(desk, referral_id, for_change=True)
    form = await desk.form()
    answer = str(form.get("answer", ""))
    errors: dict[str, str] = {}
    if answer not in {"declined", "returned"}:
        errors["answer"] = "Choose what the person said."
    at = None
    try:
        at = entered_time(str(form.get("at", "")), desk.zone, desk.now)
    except TimeRefused as refused:
        errors["at"] = str(refused)
    if errors or at is None:
        return desk.invalid("outreach.html", errors=errors, **await _about(desk, one))
    await contacts.answer_offer(desk.tx, one.row, answer, at, desk.actor.worker)
    desk.changed("answer offer", [one.row["home_id"]], after={"answer": answer, "at": at})
    return desk.redirect(f"/referrals/{referral_id}/outreach")


async def _about(desk: Desk, one: Case) -> dict[str, Any]:
    logged = await contacts.of_referral(desk.tx, one.referral_id)
    tries = [Try(row["at"], row["mode"], row["outcome"]) for row in logged]
    failed = sum(1 for made in tries if made.outcome != "reached")
    return {
        "case": one,
        "logged": list(reversed(logged)),
        "tries": tries,
        "next": next_try(tries, desk.zone, desk.today),
        "supervisor_sees": failed >= SUPERVISOR_AFTER,
        "modes": MODES,
        "outcomes": OUTCOMES,
    }


def _read(desk: Desk, form: FormData, errors: dict[str, str]) -> contacts.Made | None:
    def text(name: str) -> str:
        return str(form.get(name, "")).strip()

    if text("mode") not in MODES:
        errors["mode"] = "Choose how you tried."
    if text("outcome") not in OUTCOMES:
        errors["outcome"] = "Choose whether you reached them."
    minutes = text("minutes")
    if minutes and not (minutes.isdecimal() and int(minutes) <= 1440):
        errors["minutes"] = "Minutes are a whole number up to 1440."
    next_on = None
    try:
        next_on = date.fromisoformat(text("next_on")) if text("next_on") else None
    except ValueError:
        errors["next_on"] = "Write a date, such as 2026-03-31."
    try:
        at = entered_time(text("at"), desk.zone, desk.now)
    except TimeRefused as refused:
        errors["at"] = str(refused)
        return None
    if errors:
        return None
    return contacts.Made(
        at=at,
        mode=text("mode"),
        outcome=text("outcome"),
        minutes=int(minutes) if minutes else None,
        place_hint=text("place_hint")[:200],
        next_on=next_on,
        next_mode=text("next_mode") if text("next_mode") in MODES else None,
    )
