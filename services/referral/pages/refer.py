"""The officer's form: what happened, who it is, hand over and send. Plain posts; htmx only answers sooner."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.policy import Policy
from services.referral.domain.reasons import sentence
from services.referral.domain.referral_states import Act, State
from services.referral.pages import refer_form
from services.referral.pages.refer_answer import answer
from services.referral.pages.refer_known import Panel, asked_again, look, record_word, word
from services.referral.pages.refer_page import new_form, reference, step_page
from services.referral.store import referrals
from services.referral.store.deciding import NotAllowed, decide_referral
from services.referral.store.policy import policy_of
from services.referral.store.referring import Entry, refer
from shared.web import Access, Conflict, Desk, NotFound, Pages

router = Pages(
    "referral",
    templates=Path(__file__).parent / "templates",
    scripts=("kept/box.js", "kept/outbox.js", "kept/form.js", "kept/whole.js"),
)

LOOK = Access(purpose="refer", reads="ID REF", roles="officer partner agency_supervisor")
CHANGE = Access(purpose="refer", reads="ID REF", writes="ID REF", roles="officer partner agency_supervisor")
WITHDRAW = Access(purpose="refer", reads="REF", writes="REF", roles="partner agency_supervisor")
LAST_STEP = 3


@router.get("/refer", access=LOOK)
async def open_form(desk: Desk) -> Response:
    """The first step, empty."""
    rules = await policy_of(desk.tx)
    return await step_page(desk, rules, 1, await new_form(desk, rules))


@router.post("/refer", access=CHANGE)
async def next_step(desk: Desk) -> Response:
    """On to the next step, back, or send: everything typed so far comes along each time."""
    form = await desk.form()
    rules = await policy_of(desk.tx)
    typed = refer_form.read(form, desk, rules)
    at = _number(str(form.get("step") or "1"))
    go = str(form.get("go") or "next")
    if go == "back":
        return await step_page(desk, rules, max(1, at - 1), typed)
    wrong = typed.step_with_error(at)
    if wrong is not None:
        return await step_page(desk, rules, wrong, typed, show_errors=True)
    if at < LAST_STEP:
        return await step_page(desk, rules, at + 1, typed)
    known = await look(desk, rules, typed.values)
    if known.stale:
        # They answered for somebody else than is typed now: nothing is sent on that.
        return await step_page(desk, rules, LAST_STEP, asked_again(typed), show_errors=True, known=known)
    return await _send(desk, rules, typed, known)


@router.post("/refer/check", access=LOOK)
async def check(desk: Desk) -> Response:
    """The answer to the first step, with its reason, while it is being filled in. Nothing is stored."""
    rules = await policy_of(desk.tx)
    typed = refer_form.read(await desk.form(), desk, rules)
    return desk.page("_answer.html", answer=answer(rules, desk, typed.values))


@router.post("/refer/known", access=LOOK)
async def known(desk: Desk) -> Response:
    """Whom the officer's own agency may know already, while they type. Nothing is stored."""
    rules = await policy_of(desk.tx)
    typed = refer_form.read(await desk.form(), desk, rules)
    return desk.page("_refer_known.html", known=await look(desk, rules, typed.values))


@router.get("/refer/sent/{referral_id}", access=LOOK)
async def sent(desk: Desk, referral_id: UUID) -> Response:
    """What happens now, for the one who sent it."""
    row = await referrals.one(desk.tx, referral_id)
    if row is None:
        raise NotFound
    desk.saw([row["person_id"]], classes="REF", fields=["decision", "due_on"])
    rules = await policy_of(desk.tx)
    return desk.page(
        "refer_sent.html",
        referral_id=referral_id,
        # The screening only: what came after would tell of intake.
        decision=row["first_state"],
        reasons=[sentence(code) for code in row["reasons"]],
        due_on=row["fact"].get("intake_due_on") and _day(row["fact"]["intake_due_on"]),
        pathway=row["pathway"],
        reference=reference(referral_id),
        terms=rules.version(row["policy_version"]),
        minor="under_age" in row["reasons"],
        withdrawn=row["state"] == State.WITHDRAWN,
        # Whether it still can be, the attempt says: what it stands at now would tell of intake.
        may_withdraw=desk.actor.role in ("partner", "agency_supervisor")
        and row["first_state"] in ("approved", "pending", "waitlisted")
        and (row["first_state"] != "approved" or rules.civil_day(row["received_at"]) == desk.today),
    )


@router.post("/refer/sent/{referral_id}/withdraw", access=WITHDRAW)
async def withdraw(desk: Desk, referral_id: UUID) -> Response:
    """Take a referral back: while it is not approved, or on its day."""
    row = await referrals.one(desk.tx, referral_id)
    if row is None:
        raise NotFound
    try:
        await decide_referral(desk.tx, referral_id, Act.WITHDRAW, desk.actor.role, "referrer_withdrew")
    except NotAllowed:
        raise Conflict("It cannot be withdrawn here any more. Call the program's supervisor.") from None
    desk.changed("withdraw", [row["person_id"]], classes="REF")
    return desk.redirect(f"/refer/sent/{referral_id}")


async def _send(desk: Desk, rules: Policy, typed: refer_form.Typed, known: Panel) -> Response:
    referral_id = refer_form.draft_id(typed.values)
    if typed.record is None or referral_id is None:
        return await step_page(desk, rules, 1, typed, show_errors=True)
    said = word(desk, typed.values, known)
    (made,) = await refer(desk.tx, [Entry(referral_id, typed.record, word=said)], entered_by=desk.actor.sub)
    if made.result == "differs":
        # The page was sent, then changed and sent again from the browser's history.
        return desk.redirect(f"/refer/sent/{made.referral_id}")
    desk.changed("refer", [made.person_id], classes="ID REF")
    if said is not None and made.result == "created":
        record_word(desk, said, made.person_id)
    return desk.redirect(f"/refer/sent/{made.referral_id}")


def _number(text: str) -> int:
    return int(text) if text in {"1", "2", "3"} else 1


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
