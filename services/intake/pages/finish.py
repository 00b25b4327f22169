"""Check and finish: what was answered, who may be told, what the button does, and then the doing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.responses import Response

from services.intake.domain import release
from services.intake.domain.entered_time import TimeRefused, civil_day, entered_time
from services.intake.domain.finish import FinishRefused, effect_on_charge, ended_at
from services.intake.domain.outcome import self_reported
from services.intake.domain.words import MODES
from services.intake.pages.case import Case
from services.intake.pages.routes import INTERVIEW, pages
from services.intake.pages.sitting import Sitting, open_sitting
from services.intake.store import assessments, consents, contacts, instruments, interviews
from shared.web import Conflict, Desk

router = pages()


@router.post("/interviews/{referral_id}/sharing", access=INTERVIEW)
async def keep_sharing(desk: Desk, referral_id: UUID) -> Response:
    """Keep the yes and no so far; they become consents when the intake is finished and signed."""
    sitting = await open_sitting(desk, referral_id, for_change=True)
    form = await desk.form()
    await interviews.keep_sharing(desk.tx, sitting.interview["intake_id"], _sharing(form))
    desk.changed("save sharing", [sitting.case.row["home_id"]], classes="CNS")
    if desk.partial:
        return desk.page("_saved.html", saved=None)
    return desk.redirect(f"/interviews/{referral_id}?part=check")


@router.post("/interviews/{referral_id}/finish", access=INTERVIEW)
async def finish(desk: Desk, referral_id: UUID) -> Response:
    """Finish the intake: consents first, then the intake, its contact, assessments and baseline."""
    sitting = await open_sitting(desk, referral_id, for_change=True)
    if not sitting.both_done:
        raise Conflict("Both parts must be done before the intake is finished.")
    form = await desk.form()
    errors: dict[str, str] = {}
    answers = release.read_answers(instruments.release_form(), form)
    signature = str(form.get("signature", "")).strip()
    if release.missing_elements(answers, signature):
        errors["signature"] = "A yes needs a signature. Write the name as the person signs."
    minutes = _minutes(form, sitting, errors)
    completed_at = _completed_at(desk, form, sitting, errors)
    mode = str(form.get("mode") or "office")
    if mode not in MODES:
        errors["mode"] = "Choose where you met."
    if errors or completed_at is None:
        return await check(desk, sitting, errors, _sharing(form))
    signing = consents.Signing(completed_at, signature, sitting.language, desk.actor.worker, referral_id)
    await consents.answer_all(desk.tx, sitting.case.row, instruments.release_form(), answers, signing)
    await _complete(desk, sitting, completed_at, minutes, mode, str(form.get("completed_reason", "")).strip())
    desk.changed("finish intake", [sitting.case.row["home_id"]], after={"completed_at": completed_at})
    return desk.redirect(f"/interviews/{referral_id}")


async def _complete(desk: Desk, sitting: Sitting, completed_at: datetime, minutes: int, mode: str, reason: str) -> None:
    tx, row, on = desk.tx, sitting.case.row, civil_day(completed_at, desk.zone)
    made = contacts.Made(at=completed_at, mode=mode, outcome="reached", minutes=min(minutes, 1440))
    contact_id = await contacts.log(tx, row, made, desk.actor.worker, desk.actor.name, stage="intake")
    answers = sitting.answers()
    done = interviews.Finished(
        completed_at=completed_at,
        reason=reason,
        minutes=minutes,
        worker=desk.actor.worker,
        worker_name=desk.actor.name,
        contact_id=contact_id,
        first_contact_at=await contacts.first_reached(tx, sitting.case.referral_id),
        demographics=self_reported(sitting.instrument, answers, sitting.case.person.birth_date, on),
    )
    await interviews.finish(tx, sitting.interview, done)
    live = await consents.granted(tx, row["home_id"], desk.today)
    await assessments.record(tx, sitting.interview, sitting.instrument, answers, on, live)
    if "evaluation" in live:
        await assessments.publish_held(tx, row["home_id"])


async def check(
    desk: Desk, sitting: Sitting, errors: dict[str, str] | None = None, sharing: dict[str, str] | None = None
) -> Response:
    """The last page before the button. It names person, referral, due day and what happens to the charge."""
    parts_done = [part.done_at for part in sitting.parts if part.done_at is not None]
    ended = max(parts_done) if len(parts_done) == 2 else desk.now
    values = sitting.page(
        form=instruments.release_form(),
        sharing=sharing if sharing is not None else interviews.sharing(desk.tx, sitting.interview),
        ended=ended,
        effect=_effect(desk, sitting.case, ended),
        modes=MODES,
        expires_on=instruments.release_form().expires_on(civil_day(ended, desk.zone)),
    )
    desk.saw([sitting.case.row["home_id"]], classes="CNS")
    if errors:
        return desk.invalid("interview_check.html", errors=errors, **values)
    return desk.page("interview_check.html", **values)


async def finished(desk: Desk, one: Case, interview: RowMapping) -> Response:
    """What was recorded, and what came of it."""
    desk.saw([one.row["home_id"]], classes="CON")
    return desk.page(
        "interview_finished.html",
        fragment="outcome",
        case=one,
        interview=interview,
        effect=_effect(desk, one, interview["completed_at"]),
    )


def _effect(desk: Desk, one: Case, at: datetime) -> str:
    states = [charge["state"] for charge in one.charges]
    return effect_on_charge(states, one.row["state"], civil_day(at, desk.zone), one.row["due_on"])


def _sharing(form: FormData) -> dict[str, str]:
    names = [f"share_{one.recipient_class}" for one in instruments.release_form().recipients]
    return {name: str(form[name]) for name in [*names, "signature"] if name in form}


def _minutes(form: FormData, sitting: Sitting, errors: dict[str, str]) -> int:
    text = str(form.get("minutes") or sitting.instrument.minutes)
    if not text.isdecimal() or not 0 < int(text) <= 1440:
        errors["minutes"] = "Minutes are a whole number from 1 to 1440."
        return 0
    return int(text)


def _completed_at(desk: Desk, form: FormData, sitting: Sitting, errors: dict[str, Any]) -> datetime | None:
    parts_done = [part.done_at for part in sitting.parts if part.done_at is not None]
    text = str(form.get("completed_at", "")).strip()
    try:
        entered = entered_time(text, desk.zone, desk.now) if text else None
        if entered is not None and entered == max(parts_done).replace(second=0, microsecond=0):
            entered = None  # the field shows minutes only: unchanged
        reason = str(form.get("completed_reason", ""))
        return ended_at(entered, reason, parts_done, sitting.case.row["occurred_at"], desk.zone)
    except TimeRefused as refused:
        errors["completed_at"] = str(refused)
    except FinishRefused as refused:
        errors[refused.field] = str(refused)
    return None
