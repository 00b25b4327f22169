"""One step of the officer's form as a page, and the same form whole, for when there is no signal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from markupsafe import Markup
from starlette.responses import Response

from services.referral.domain.on_call import OnCall
from services.referral.domain.policy import Policy
from services.referral.pages import refer_form
from services.referral.pages.refer_answer import answer
from services.referral.pages.refer_known import Panel, look
from services.referral.store import referrals
from services.referral.store.on_call import rota_at
from shared.runtime.browser_box import public_key
from shared.runtime.ids import uuid7
from shared.web import Desk
from shared.web.actor import NOBODY

DOORS: Final = {
    "arrest_diversion": ("Instead of an arrest", "or a citation or warning"),
    "social_contact": ("Social contact", "No new offense"),
    "crisis_response": ("With the crisis team", "A call with no crime"),
    "community": ("From the community", "A partner, or the person"),
}
TITLES: Final = {1: "What happened?", 2: "Who is it?", 3: "Hand over and send"}
PLACE_LASTS: Final = timedelta(days=30)
"""For so long a new form begins with the place of the officer's last referral."""
CALLS: Final = 3
"""The step that says whom to call."""
KNOWN_FIELDS: Final = frozenset({"known", "known_shown"})
"""Asked on both the second and the third step: without scripts, whom the agency knows comes with the next page."""
SEALED_FOR: Final = "refer"
"""The purpose under which a phone seals what it keeps of this form."""


def reference(referral_id: UUID) -> str:
    """A short name for a referral, to say over the phone."""
    return f"R-{referral_id.hex[-6:].upper()}"


def owner(desk: Desk) -> str:
    """Whose entries a phone keeps: tells people apart, and says nothing of who they are."""
    return desk.tx.keys.blind("kept-owner", f"{desk.actor.iss}|{desk.actor.sub}").hex()


async def new_form(desk: Desk, rules: Policy) -> refer_form.Typed:
    """A form with nothing typed yet."""
    return refer_form.Typed({"draft": str(uuid7()), **await usual(desk, rules)}, {})


async def step_page(
    desk: Desk,
    rules: Policy,
    step: int,
    typed: refer_form.Typed,
    *,
    show_errors: bool = False,
    opened_from: str = "",
    known: Panel | None = None,
) -> Response:
    """One step, with everything typed so far in it. `opened_from`: the kept entry it was opened from. `known`: whom
    the agency may know, if that was looked for already."""
    asks = step > 1
    if asks and known is None:
        known = await look(desk, rules, typed.values)
    page = common(desk, rules) | {
        "step": step,
        "typed": typed.values,
        "errors": _errors(typed, step) if show_errors else {},
        "known": known,
        "elsewhere": [
            name
            for name in refer_form.FIELDS
            if name not in refer_form.FIELDS_OF[step] and not (asks and name in KNOWN_FIELDS)
        ],
        "opened_from": opened_from,
        "answer": answer(rules, desk, typed.values),
        **({"call": await _to_call(desk, rules, typed)} if step == CALLS else {}),
        "door_said": DOORS.get(typed.values.get("pathway", ""), ("", ""))[0],
        "charge_said": charge_said(rules, desk.today, typed.values),
    }
    if show_errors:
        return desk.invalid("refer.html", status=422, **page)
    return desk.page("refer.html", **page)


def _errors(typed: refer_form.Typed, step: int) -> dict[str, str]:
    asked = {name: said for name, said in typed.errors.items() if name in KNOWN_FIELDS} if step > 1 else {}
    return typed.errors_of(step) | asked


async def whole_page(desk: Desk, rules: Policy, template: str, **more: Any) -> Response:
    """A page that a phone keeps: of the agency, with no person's name and no session's token in it."""
    without = Markup('<input type="hidden" name="csrf" value="">')
    page = common(desk, rules) | {"actor": NOBODY, "nav": [], "csrf_token": "", "csrf": lambda: without, "stale": {}}
    return desk.page(template, whole=True, typed=await usual(desk, rules), errors={}, **page, **more)


async def _to_call(desk: Desk, rules: Policy, typed: refer_form.Typed) -> OnCall:
    rota = await rota_at(desk.tx, rules, desk.now)
    return rota.on_call_for(typed.values.get("zone") or None, desk.now.astimezone(rules.zone))


def charge_said(rules: Policy, day: date, values: dict[str, str]) -> str:
    """The charges as the form named them."""
    offered = {charge.code: charge.said for charge in rules.on(day).common_charges}
    parts = [offered.get(values.get("charge", ""), ""), values.get("charge_text", "")]
    return ", ".join(part for part in parts if part)


def common(desk: Desk, rules: Policy) -> dict[str, Any]:
    """What every form of the officer needs."""
    return {
        "titles": TITLES,
        "owner": owner(desk),
        "entry_key": public_key(desk.tx.keys, SEALED_FOR),
        "doors": _doors(desk),
        "terms": rules.on(desk.today),
        # Where neither place nor hour is known: the one who always answers.
        "call": rules.on(desk.today).on_call,
        "municipality_options": [(name, name) for name in _municipalities(desk, rules)],
        "zone_options": [(zone, f"Zone {zone}") for zone in _zones(rules)],
        "charges_offered": [
            *((one.code, one.said) for one in rules.on(desk.today).common_charges),
            ("other", "Something else"),
        ],
    }


async def usual(desk: Desk, rules: Policy) -> dict[str, str]:
    """What a new form starts with: the commonest kind, and the place of their last one or the agency's own."""
    partner = desk.actor.role == "partner"
    served = _municipalities(desk, rules)
    values = {
        "pathway": "community" if partner else "arrest_diversion",
        "counterfactual": "none" if partner else "arrest",
        "municipality": served[0] if len(served) == 1 or "Pittsburgh" not in served else "Pittsburgh",
    }
    last = await referrals.last_place(desk.tx, desk.actor.sub, desk.now - PLACE_LASTS)
    if last is not None and last["municipality"] in served:
        values |= {"municipality": last["municipality"], "zone": last["zone"] or ""}
    return values


def _doors(desk: Desk) -> list[tuple[str, str, str]]:
    kinds = ("community", "crisis_response") if desk.actor.role == "partner" else tuple(DOORS)[:3]
    return [(kind, *DOORS[kind]) for kind in kinds]


def _municipalities(desk: Desk, rules: Policy) -> list[str]:
    served = rules.served_by(desk.actor.agency_ori, desk.today) if desk.actor.agency_ori else []
    return served or rules.municipalities


def _zones(rules: Policy) -> list[str]:
    """Every zone there is: without scripts the municipality may change on the same page."""
    return sorted({area.zone for area in rules.areas if area.zone})
