"""The interview: started, saved answer by answer, stopped and resumed, one writer to a part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from starlette.datastructures import FormData
from starlette.responses import Response

from services.intake.domain.answers import Clash, merge, read_form
from services.intake.domain.entered_time import TimeRefused, entered_time
from services.intake.domain.instrument import Part
from services.intake.pages import finish
from services.intake.pages.case import Case, open_case
from services.intake.pages.queue import held
from services.intake.pages.routes import ANSWERS, INTERVIEW, pages
from services.intake.pages.sitting import Sitting, open_sitting, sitting_of
from services.intake.store import claims, instruments, interviews, parts, referrals
from services.intake.store.parts import SavedPart
from shared.web import Conflict, Desk

router = pages()


@router.get("/interviews/{referral_id}", access=ANSWERS)
async def interview(desk: Desk, referral_id: UUID, part: str = "", section: str = "") -> Response:
    """Where the interview stands: to be started, part 1, part 2, check and finish, or finished."""
    one = await open_case(desk, referral_id)
    found = await interviews.of_referral(desk.tx, referral_id)
    if found is not None and found["state"] == "finished":
        return await finish.finished(desk, one, found)
    if found is None or not one.mine:
        return desk.page("interview_start.html", **await _start_page(desk, one, found is not None))
    sitting = await sitting_of(desk, one, found)
    if part == "check" or (not part and sitting.both_done):
        return await finish.check(desk, sitting)
    number = int(part) if part in {"1", "2"} else 2 if sitting.parts[0].done_at else 1
    return _part_page(desk, sitting, sitting.instrument.part(number), section)


@router.post("/interviews/{referral_id}", access=INTERVIEW)
async def start(desk: Desk, referral_id: UUID) -> Response:
    """Start the interview, or go on with it. Who starts it looks after the referral from then on."""
    one = await open_case(desk, referral_id, for_change=True)
    form = await desk.form()
    language = "es" if form.get("language") == "es" else "en"
    await held(desk, one)
    if await interviews.of_referral(desk.tx, referral_id, for_change=True) is None:
        kind: Literal["full", "update"] = (
            "update" if await referrals.is_participant(desk.tx, one.row["home_id"]) else "full"
        )
        instrument = instruments.newest("update" if kind == "update" else "intake")
        await interviews.start(desk.tx, one.row, instrument, kind, language)
        desk.changed("start interview", [one.row["home_id"]], classes="CLI", after={"kind": kind})
    return desk.redirect(f"/interviews/{referral_id}")


@router.post("/interviews/{referral_id}/language", access=INTERVIEW)
async def language(desk: Desk, referral_id: UUID) -> Response:
    """Read on in the other language."""
    sitting = await open_sitting(desk, referral_id, for_change=True)
    form = await desk.form()
    chosen = "es" if form.get("language") == "es" else "en"
    await interviews.set_language(desk.tx, sitting.interview["intake_id"], chosen)
    desk.changed("language", [sitting.case.row["home_id"]], classes="CLI")
    number = form.get("part") if form.get("part") in {"1", "2"} else "1"
    return desk.redirect(f"/interviews/{referral_id}?part={number}")


@router.post("/interviews/{referral_id}/parts/{number}", access=INTERVIEW)
async def save(desk: Desk, referral_id: UUID, number: Literal["1", "2"]) -> Response:
    """Save answers of a part; autosave and button alike. `done` ends the part, at the time in `at`."""
    sitting = await open_sitting(desk, referral_id, for_change=True)
    part, saved = sitting.instrument.part(int(number)), sitting.part(int(number))
    form = await desk.form()
    try:
        sent = read_form(part.questions, dict(form), {name: _texts(form, name) for name in form})
        done_at = entered_time(str(form.get("at", "")), desk.zone, desk.now) if form.get("done") else None
        read_at = int(str(form.get("row_version") or 0))
    except TimeRefused as refused:
        return _part_page(desk, sitting, part, str(form.get("section", "")), {"at": str(refused)})
    except ValueError:
        return _part_page(desk, sitting, part, "", {"q": "A choice is not on this form. Reload the page."})
    if saved.held_by_other(desk.actor.worker, desk.now):
        await parts.keep_lost(desk.tx, saved, sent, desk.actor.worker)
        return _clash_page(desk, sitting, part, read_at, held_by=saved.writer_name or "Somebody")
    sent |= {name: saved.sheet.lost(name, desk.actor.worker) for name in _chosen_mine(form, part)}
    merged = merge(saved.sheet, sent, read_at)
    saved = await parts.save(desk.tx, saved, merged.changes, desk.actor.worker, desk.actor.name, done_at)
    if merged.clashes:
        lost = {clash.question_id: clash.mine for clash in merged.clashes}
        await parts.keep_lost(desk.tx, saved, lost, desk.actor.worker)
        return _clash_page(desk, sitting, part, read_at, saved, merged.clashes)
    desk.changed("save answers", [sitting.case.row["home_id"]], classes="CLI")
    if desk.partial:
        return desk.page("_saved.html", saved=saved)
    return desk.redirect(
        _onward(referral_id, part, str(form.get("section", "")), str(form.get("go", "")), done_at is not None)
    )


@router.post("/interviews/{referral_id}/parts/{number}/take-over", access=INTERVIEW)
async def take_over(desk: Desk, referral_id: UUID, number: Literal["1", "2"]) -> Response:
    """Write a part that another was writing; theirs stays, and why it changed hands."""
    sitting = await open_sitting(desk, referral_id, for_change=True)
    saved = sitting.part(int(number))
    reason = str((await desk.form()).get("reason", "")).strip()
    if not reason:
        raise Conflict("To take the interview over, give a reason.")
    await claims.note_take_over(
        desk.tx, sitting.interview, sitting.interview["intake_id"], int(number), saved.writer, desk.actor.worker, reason
    )
    await parts.hand_to(desk.tx, saved, desk.actor.worker, desk.actor.name)
    desk.changed("take over part", [sitting.case.row["home_id"]], classes="CLI")
    return desk.redirect(f"/interviews/{referral_id}?part={number}")


def _chosen_mine(form: FormData, part: Part) -> list[str]:
    """Questions of a conflict where the person chose their own value: `keep_<id>` = mine."""
    return [question.id for question in part.questions if form.get(f"keep_{question.id}") == "mine"]


def _texts(form: FormData, name: str) -> list[str]:
    return [str(value) for value in form.getlist(name)]


def _onward(referral_id: UUID, part: Part, section: str, go: str, done: bool) -> str:
    """Where the button leads: the next section, the next part, the check, or out."""
    if go == "stop":
        return "/"
    here = f"/interviews/{referral_id}"
    following = part.after(part.section(section))
    if not done and not section:
        return f"{here}?part={part.number}"
    if not done and following is not None:
        return f"{here}?part={part.number}&section={following.id}"
    return f"{here}?part={'2' if part.number == 1 else 'check'}"


async def _start_page(desk: Desk, one: Case, resumes: bool) -> dict[str, Any]:
    update = await referrals.is_participant(desk.tx, one.row["home_id"])
    instrument = instruments.newest("update" if update else "intake")
    return {"case": one, "resumes": resumes, "instrument": instrument, "update": update}


def _part_page(
    desk: Desk, sitting: Sitting, part: Part, section_id: str, errors: dict[str, str] | None = None
) -> Response:
    section, saved = part.section(section_id), sitting.part(part.number)
    values = sitting.page(
        part=part,
        section=section,
        before=part.before(section),
        after=part.after(section),
        saved=saved,
        answers=saved.sheet.values(),
        held=saved.writer_name if saved.held_by_other(desk.actor.worker, desk.now) else "",
    )
    if errors:
        return desk.invalid("interview_part.html", fragment="saved", errors=errors, **values)
    return desk.page("interview_part.html", **values)


def _clash_page(
    desk: Desk,
    sitting: Sitting,
    part: Part,
    read_version: int,
    saved: SavedPart | None = None,
    clashes: Sequence[Clash] = (),
    held_by: str = "",
) -> Response:
    """Both values of each question that two people changed; nothing was overwritten, nothing typed is lost."""
    desk.entry.outcome = "conflict"
    values = sitting.page(
        part=part,
        saved=saved or sitting.part(part.number),
        clashes=clashes,
        held_by=held_by,
        questions={question.id: question for question in part.questions},
        read_version=read_version,
    )
    return desk.page("interview_clash.html", fragment="_saved_clash.html", status=409, **values)
