"""The screening queue: what a rule could not decide waits here for a person."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.domain.capacity import Waiting
from services.referral.domain.reasons import sentence
from services.referral.domain.referral_states import Act, State, may_decide
from services.referral.pages.people_review import LOOK as MATCHING
from services.referral.pages.people_words import who
from services.referral.pages.refer_page import DOORS, reference
from services.referral.pages.when import effective
from services.referral.store import person_reviews, referrals
from services.referral.store.deciding import NotAllowed, decide_referral
from services.referral.store.policy import policy_of
from services.referral.store.referrals import COLUMN_TYPED
from shared.web import Access, Conflict, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="screen", reads="ID REF", roles="supervisor agency_supervisor")
CHANGE = Access(purpose="screen", reads="ID REF", writes="REF", roles="supervisor agency_supervisor")

CHARGES = Access(purpose="decide_charge", reads="ID REF", roles="prosecutor")
CHARGES_CHANGE = Access(purpose="decide_charge", reads="ID REF", writes="CHG", roles="prosecutor")

VIEWS = {
    "waiting": ("To decide", ("pending", "waitlisted")),
    "waitlist": ("Waiting list", ("waitlisted",)),
    "ineligible": ("Not eligible", ("ineligible",)),
    # What became of a referral later is not the police's to see.
    "open": ("In progress", ("approved", "reopened")),
}
ACTS = {
    "approve": Act.APPROVE,
    "decline": Act.FIND_INELIGIBLE,
    "waitlist": Act.WAITLIST,
    "withdraw": Act.WITHDRAW,
    "void": Act.ENTERED_IN_ERROR,
}
REASONS = {
    "approve": ("eligible_after_review", "asked_by_person", "urgent_need", "head_of_list"),
    "decline": ("charge_excluded", "complainant_declines", "not_covered", "under_age", "decided_by_screening"),
}
OVERRIDES = {"approve": ("fits_despite_charge", "interest_of_justice"), "decline": ()}
_OFFERED = {code for offered in (REASONS, OVERRIDES) for codes in offered.values() for code in codes}
ONLY_THE_PROSECUTOR = {"charge_excluded", "warrant"}
SCREENING, OVERRIDING = "/decisions", "/charges/excluded"


@router.get("/decisions", access=LOOK)
async def queue(desk: Desk, view: str = "waiting", decided: str = "") -> Response:
    """What waits for a decision, each with the reasons the rule gives; or what the rule found not eligible."""
    return await _queue(desk, view, decided=decided if decided in ACTS else "")


@router.post("/decisions/{referral_id}", access=CHANGE)
async def decide(desk: Desk, referral_id: UUID) -> Response:
    """Decide on one referral, with a reason; `at` when it was decided, if that was not now."""
    return await _decide(desk, referral_id, SCREENING)


@router.get("/charges/excluded", access=CHARGES)
async def excluded(desk: Desk, decided: str = "") -> Response:
    """Referrals that only the prosecutor may let through: a charge is not on the county's list."""
    return await _queue(desk, "ineligible", base=OVERRIDING, decided=decided if decided in ACTS else "")


@router.post("/charges/excluded/{referral_id}", access=CHARGES_CHANGE)
async def override(desk: Desk, referral_id: UUID) -> Response:
    """Let one through, with a reason: its divertible charges are held."""
    return await _decide(desk, referral_id, OVERRIDING)


async def _decide(desk: Desk, referral_id: UUID, base: str) -> Response:
    form = await desk.form()
    act = ACTS.get(str(form.get("act") or ""))
    reason = {Act.WITHDRAW: "referrer_withdrew", Act.ENTERED_IN_ERROR: "entered_in_error"}.get(
        act or Act.APPROVE, str(form.get("reason") or "")
    )
    at = effective(desk, form)
    errors: dict[str, str] = {}
    if act is None:
        errors["act"] = "Choose approve or decline."
    if act in {Act.APPROVE, Act.FIND_INELIGIBLE, Act.WAITLIST} and reason not in _OFFERED:
        errors[f"reason-{referral_id}"] = "Choose the reason."
    elif reason == "head_of_list" and not await _is_head(desk, referral_id):
        errors[f"reason-{referral_id}"] = "It is not the first on the waiting list. Choose why it goes ahead."
    if errors or act is None:
        return await _queue(desk, str(form.get("view") or ""), base=base, errors=errors, open_id=referral_id)
    row = await referrals.one(desk.tx, referral_id)
    if row is None:
        raise NotFound
    try:
        await decide_referral(desk.tx, referral_id, act, desk.actor.role, reason, at=at)
    except NotAllowed as refusal:
        raise Conflict(str(refusal)) from None
    desk.changed(
        "decide",
        [row["person_id"]],
        classes="REF" if base == SCREENING else "CHG",
        before={"state": row["state"]},
        after={"state": act.value},
    )
    return desk.redirect(f"{base}?decided={form.get('act')}")


async def _is_head(desk: Desk, referral_id: UUID) -> bool:
    """Whether it is first on the waiting list, or not on it at all."""
    listed = sorted(await referrals.in_states(desk.tx, [State.WAITLISTED]), key=_place)
    ids = [row["referral_id"] for row in listed]
    return referral_id not in ids or ids[0] == referral_id


async def _queue(
    desk: Desk,
    view: str,
    *,
    base: str = SCREENING,
    decided: str = "",
    errors: dict[str, str] | None = None,
    open_id: UUID | None = None,
) -> Response:
    # Only the programme's supervisor sees what waits for a slot: whose referral leaves that list at once takes part.
    every = desk.actor.role == "supervisor"
    views = {key: said for key, said in VIEWS.items() if every or key not in {"open", "waitlist"}}
    view = view if view in views else "waiting"
    view = "ineligible" if base == OVERRIDING else view
    states = [one for one in VIEWS[view][1] if every or one != State.WAITLISTED]
    rows = sorted(await referrals.in_states(desk.tx, states), key=_place)
    if base == OVERRIDING:
        rows = [row for row in rows if ONLY_THE_PROSECUTOR & set(row["reasons"])]
    desk.saw([row["person_id"] for row in rows], classes="ID REF", fields=["name", "birth_date", "reasons"])
    reasons = OVERRIDES if base == OVERRIDING else REASONS
    values: dict[str, Any] = {
        "base": base,
        "lines": [_line(desk, row) for row in rows],
        "alike": await _alike(desk, rows),
        "views": [(key, said) for key, (said, _) in views.items()] if base == SCREENING else [],
        "view": view,
        "slots": await _slots(desk) if view == "waitlist" else None,
        "decided": decided,
        "reasons": {act: [(code, sentence(code).rstrip(".")) for code in codes] for act, codes in reasons.items()},
        "open_id": open_id,
    }
    if errors:
        return desk.invalid("decisions.html", errors=errors, **values)
    return desk.page("decisions.html", **values)


async def _alike(desk: Desk, rows: Sequence[Any]) -> set[UUID]:
    """The undecided referrals of people who may be somebody known: for whoever may look at the match."""
    pending = [row for row in rows if row["state"] == State.PENDING]
    if desk.actor.role not in MATCHING.role_names or not pending:
        return set()
    asked = await person_reviews.asked_about(desk.tx, [row["home_id"] for row in pending])
    return {row["referral_id"] for row in pending if row["home_id"] in asked}


async def _slots(desk: Desk) -> dict[str, int]:
    """Slots taken, and how many there are for a diversion and for other doors (programme rule 9)."""
    version = (await policy_of(desk.tx)).on(desk.today)
    coordinators = version.coordinators_on(desk.today)
    per = version.slots_per_coordinator
    used = await referrals.used_slots(desk.tx, desk.actor.programme)
    return {"used": used, "diversion": per.arrest_diversion * coordinators, "other": per.other * coordinators}


def _place(row: Any) -> tuple[Any, ...]:
    """What is undecided first, by when it came; then the waiting list in its own order."""
    if row["state"] != State.WAITLISTED:
        return (0, row["received_at"], str(row["referral_id"]))
    at = Waiting(
        row["pathway"], row["occurred_at"], row["received_at"], str(row["referral_id"]), day=row["referral_day"]
    )
    return (1, *at.place)


def _line(desk: Desk, row: Any) -> dict[str, Any]:
    plain = desk.tx.keys.open("ID", COLUMN_TYPED, row["referral_id"], row["typed"])
    record = CanonicalReferral.model_validate_json(plain)
    state, role = State(row["state"]), desk.actor.role
    zone = row["zone"] or record.place.zone
    return {
        "id": row["referral_id"],
        "reference": reference(row["referral_id"]),
        "who": who(record),
        "door": DOORS[row["pathway"]][0],
        "charges": ", ".join(charge.get("label") or "Not classified" for charge in row["fact"].get("charges", [])),
        "occurred_at": row["occurred_at"],
        "state": row["state"],
        "reasons": [sentence(code) for code in row["reasons"]],
        "may_approve": may_decide(state, Act.APPROVE, role, row["reasons"]),
        "may_decline": may_decide(state, Act.FIND_INELIGIBLE, role, row["reasons"]),
        "may_withdraw": may_decide(state, Act.WITHDRAW, role, row["reasons"]),
        "may_void": may_decide(state, Act.ENTERED_IN_ERROR, role, row["reasons"]),
        # As typed: what the programme does not know is told as `unlisted`.
        "place": record.place.municipality + (f" Zone {zone}" if zone else ""),
        "ineligible": state is State.INELIGIBLE,
    }
