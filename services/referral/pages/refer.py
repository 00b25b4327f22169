"""The officer's form: what happened, who it is, hand over and send. Plain posts; htmx only answers sooner."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.policy import Policy
from services.referral.domain.reasons import sentence
from services.referral.pages import refer_form
from services.referral.pages.refer_answer import answer
from services.referral.store import referrals
from services.referral.store.policy import policy_of
from services.referral.store.referring import Entry, refer
from shared.runtime.ids import uuid7
from shared.web import Access, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="refer", reads="ID REF", roles="officer partner agency_supervisor")
CHANGE = Access(purpose="refer", reads="ID REF", writes="ID REF", roles="officer partner agency_supervisor")
LAST_STEP = 3

DOORS = {
    "arrest_diversion": ("Instead of an arrest", "or a citation or warning"),
    "social_contact": ("Social contact", "No new offense"),
    "crisis_response": ("With the crisis team", "A call with no crime"),
    "community": ("From the community", "A partner, or the person"),
}


@router.get("/refer", access=LOOK)
async def open_form(desk: Desk) -> Response:
    """The first step, empty."""
    rules = await policy_of(desk.tx)
    return _step(desk, rules, 1, refer_form.Typed({"draft": str(uuid7()), **_usual(desk, rules)}, {}))


@router.post("/refer", access=CHANGE)
async def next_step(desk: Desk) -> Response:
    """On to the next step, back, or send: everything typed so far comes along each time."""
    form = await desk.form()
    rules = await policy_of(desk.tx)
    typed = refer_form.read(form, desk, rules)
    at = _number(str(form.get("step") or "1"))
    go = str(form.get("go") or "next")
    if go == "back":
        return _step(desk, rules, max(1, at - 1), typed)
    wrong = typed.step_with_error(at)
    if wrong is not None:
        return _step(desk, rules, wrong, typed, show_errors=True)
    if at < LAST_STEP:
        return _step(desk, rules, at + 1, typed)
    return await _send(desk, rules, typed)


@router.post("/refer/check", access=LOOK)
async def check(desk: Desk) -> Response:
    """The answer to the first step, with its reason, while it is being filled in. Nothing is stored."""
    rules = await policy_of(desk.tx)
    typed = refer_form.read(await desk.form(), desk, rules)
    return desk.page("_answer.html", answer=answer(rules, desk, typed.values))


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
        # The screening only: what came after would tell of intake.
        decision=row["first_state"],
        reasons=[sentence(code) for code in row["reasons"]],
        due_on=row["fact"].get("intake_due_on") and _day(row["fact"]["intake_due_on"]),
        pathway=row["pathway"],
        reference=reference(referral_id),
        terms=rules.version(row["policy_version"]),
        minor="under_age" in row["reasons"],
    )


def reference(referral_id: UUID) -> str:
    """A short name for a referral, to say over the phone."""
    return f"R-{referral_id.hex[-6:].upper()}"


async def _send(desk: Desk, rules: Policy, typed: refer_form.Typed) -> Response:
    referral_id = refer_form.draft_id(typed.values)
    if typed.record is None or referral_id is None:
        return _step(desk, rules, 1, typed, show_errors=True)
    (made,) = await refer(desk.tx, [Entry(referral_id, typed.record)], entered_by=desk.actor.sub)
    if made.result == "differs":
        # The page was sent, then changed and sent again from the browser's history.
        return desk.redirect(f"/refer/sent/{made.referral_id}")
    desk.changed("refer", [made.person_id], classes="ID REF")
    return desk.redirect(f"/refer/sent/{made.referral_id}")


def _step(desk: Desk, rules: Policy, step: int, typed: refer_form.Typed, *, show_errors: bool = False) -> Response:
    errors = typed.errors_of(step) if show_errors else {}
    page: dict[str, Any] = {
        "step": step,
        "typed": typed.values,
        "errors": errors,
        "doors": _doors(desk),
        "terms": rules.on(desk.today),
        "municipality_options": [(name, name) for name in _municipalities(desk, rules)],
        "zone_options": [(zone, f"Zone {zone}") for zone in _zones(rules)],
        "answer": answer(rules, desk, typed.values),
        "charges_offered": [
            *((one.code, one.said) for one in rules.on(desk.today).common_charges),
            ("other", "Something else"),
        ],
        "door_said": DOORS.get(typed.values.get("pathway", ""), ("", ""))[0],
        "charge_said": charge_said(rules, desk.today, typed.values),
    }
    if show_errors:
        return desk.invalid("refer.html", status=422, **page)
    return desk.page("refer.html", **page)


def charge_said(rules: Policy, day: date, values: dict[str, str]) -> str:
    """The charges as the form named them."""
    common = {charge.code: charge.said for charge in rules.on(day).common_charges}
    parts = [common.get(values.get("charge", ""), ""), values.get("charge_text", "")]
    return ", ".join(part for part in parts if part)


def _usual(desk: Desk, rules: Policy) -> dict[str, str]:
    """What a new form starts with: the agency's own place and the commonest kind."""
    partner = desk.actor.role == "partner"
    served = _municipalities(desk, rules)
    return {
        "pathway": "community" if partner else "arrest_diversion",
        "counterfactual": "none" if partner else "arrest",
        "municipality": served[0] if len(served) == 1 or "Pittsburgh" not in served else "Pittsburgh",
    }


def _doors(desk: Desk) -> list[tuple[str, str, str]]:
    kinds = ("community", "crisis_response") if desk.actor.role == "partner" else tuple(DOORS)[:3]
    return [(kind, *DOORS[kind]) for kind in kinds]


def _municipalities(desk: Desk, rules: Policy) -> list[str]:
    served = rules.served_by(desk.actor.agency_ori, desk.today) if desk.actor.agency_ori else []
    return served or rules.municipalities


def _zones(rules: Policy) -> list[str]:
    """Every zone there is: without scripts the municipality may change on the same page."""
    return sorted({area.zone for area in rules.areas if area.zone})


def _number(text: str) -> int:
    return int(text) if text in {"1", "2", "3"} else 1


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
