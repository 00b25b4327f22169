"""A person's releases of information: what was agreed, until when, and taking it back at once."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.responses import Response

from services.intake.domain import release
from services.intake.domain.entered_time import TimeRefused, entered_time
from services.intake.domain.words import RECIPIENT_STATES
from services.intake.pages.routes import CONSENT_LOOK, CONSENTS, pages
from services.intake.store import assessments, assignments, consents, instruments, referrals
from services.intake.store.people import person
from shared.web import Desk, NotFound

router = pages()


@router.get("/people/{person_id}/consents", access=CONSENT_LOOK)
async def ledger(desk: Desk, person_id: UUID) -> Response:
    """Every class of recipient with its answer today, and all answers ever given."""
    row = await _who(desk, person_id)
    return desk.page("consents.html", **await _about(desk, row))


@router.post("/people/{person_id}/consents", access=CONSENTS)
async def sign(desk: Desk, person_id: UUID) -> Response:
    """Answer anew for some recipients, signed."""
    await referrals.hold_homes(desk.tx)
    row = await _who(desk, person_id)
    form = await desk.form()
    answers = release.read_answers(instruments.release_form(), form)
    signature = str(form.get("signature", "")).strip()
    errors: dict[str, str] = {}
    if not answers:
        errors["share"] = "Answer yes or no for at least one."
    if release.missing_elements(answers, signature):
        errors["signature"] = "A yes needs a signature. Write the name as the person signs."
    at = None
    try:
        at = entered_time(str(form.get("at", "")), desk.zone, desk.now)
    except TimeRefused as refused:
        errors["at"] = str(refused)
    if errors or at is None:
        return desk.invalid("consents.html", errors=errors, **await _about(desk, row))
    language = "es" if form.get("language") == "es" else "en"
    signing = consents.Signing(at, signature, language, desk.actor.worker)
    await consents.answer_all(desk.tx, row, instruments.release_form(), answers, signing)
    if answers.get("evaluation"):
        await assessments.publish_held(desk.tx, row["home_id"])
    desk.changed("sign consents", [row["home_id"]], after={str(name): yes for name, yes in answers.items()})
    return desk.redirect(f"/people/{person_id}/consents")


@router.post("/people/{person_id}/consents/{consent_id}/revoke", access=CONSENTS)
async def revoke(desk: Desk, person_id: UUID, consent_id: UUID) -> Response:
    """Take a yes back. Any staff may, spoken or written, and it holds at once: revocation wins."""
    row = await _who(desk, person_id)
    form = await desk.form()
    how: Literal["spoken", "written"] = "written" if form.get("how") == "written" else "spoken"
    try:
        at = entered_time(str(form.get("at", "")), desk.zone, desk.now)
    except TimeRefused:
        at = desk.now
    if await consents.revoke(desk.tx, consent_id, row["home_id"], how, at):
        desk.changed("revoke consent", [row["home_id"]], after={"how": how, "at": at})
    return desk.redirect(f"/people/{person_id}/consents")


async def _who(desk: Desk, person_id: UUID) -> RowMapping:
    """The person, if they were referred and the reader may see them; a coordinator only those assigned."""
    row = await assignments.referred_person(desk.tx, person_id)
    if row is None:
        raise NotFound
    if desk.actor.role == "coordinator" and not await assignments.is_assigned(
        desk.tx, row["home_id"], desk.actor.worker, desk.now
    ):
        raise NotFound
    desk.saw([row["home_id"]])
    return row


async def _about(desk: Desk, row: RowMapping) -> dict[str, Any]:
    form = instruments.release_form()
    answers = await consents.of_person(desk.tx, row["home_id"])
    newest = {found["recipient_class"]: found for found in reversed(answers)}
    live = await consents.granted(desk.tx, row["home_id"], desk.today)
    return {
        "person": person(desk.tx, row),
        "person_id": row["home_id"],
        "form": form,
        "expires_on": form.expires_on(desk.today),
        "newest": newest,
        "live": live,
        "history": [(found, form.recipient(found["recipient_class"])) for found in answers],
        "states": RECIPIENT_STATES,
        "ends_soon": [
            found["consent_id"]
            for found in answers
            if release.ends_soon(found["state"], found["expires_on"], desk.today)
        ],
    }
