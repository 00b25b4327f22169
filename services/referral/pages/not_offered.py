"""LEAD was not offered: the officer says so in a few taps, so that offers have a denominator. Nobody is named."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from services.referral.domain.policy import Policy
from services.referral.domain.reasons import sentence
from services.referral.pages.not_offered_form import DID, FIELDS, WHY_NOT, TypedNotOffered, from_referral, read
from services.referral.pages.refer_form import draft_id
from services.referral.pages.refer_page import common, reference, usual, whole_page
from services.referral.store import discretion
from services.referral.store.policy import policy_of
from shared.runtime.ids import uuid7
from shared.web import Access, Desk, NotFound, Pages

router = Pages("referral")

LOOK = Access(purpose="refer", reads="REF", roles="officer agency_supervisor")
CHANGE = Access(purpose="refer", reads="REF", writes="REF", roles="officer agency_supervisor")


@router.get("/refer/not-offered", access=LOOK)
async def open_form(desk: Desk) -> Response:
    """The form, empty."""
    rules = await policy_of(desk.tx)
    return form_page(
        desk, rules, TypedNotOffered(from_referral(await usual(desk, rules)) | {"draft": str(uuid7())}, {})
    )


@router.get("/refer/not-offered/offline", access=LOOK)
async def whole_form(desk: Desk) -> Response:
    """The form for a phone to keep: it names nobody and holds no token."""
    return await whole_page(desk, await policy_of(desk.tx), "not_offered.html", did=DID, why_not=WHY_NOT)


@router.post("/refer/not-offered", access=CHANGE)
async def record(desk: Desk) -> Response:
    """Record it, once; or, with `go=open`, begin it with what the first step of a referral says."""
    form = await desk.form()
    rules = await policy_of(desk.tx)
    if form.get("go") == "open":
        return form_page(desk, rules, TypedNotOffered(from_referral(form), {}))
    typed = read(form, desk, rules)
    found = draft_id(typed.values)
    if typed.record is None or found is None:
        return form_page(desk, rules, typed)
    if await discretion.keep(desk.tx, found, typed.record, desk.actor.sub):
        desk.changed("record that LEAD was not offered", [], classes="REF")
    return desk.redirect(f"/refer/not-offered/{found}")


@router.get("/refer/not-offered/{discretion_id}", access=LOOK)
async def recorded(desk: Desk, discretion_id: UUID) -> Response:
    """What was recorded, and what it is for."""
    row = await discretion.one(desk.tx, discretion_id)
    if row is None:
        raise NotFound
    desk.saw([], classes="REF")
    return desk.page(
        "not_offered_done.html",
        referral_id=discretion_id,
        reference=reference(discretion_id),
        did=dict(DID)[row["did"]],
        why=sentence(row["why_not"]),
        at=row["occurred_at"],
        numbered=row["case_key"] is not None or row["did"] == "warned",
    )


def form_page(desk: Desk, rules: Policy, typed: TypedNotOffered, opened_from: str = "") -> Response:
    """The form with what was typed, and its errors if it has any."""
    page = common(desk, rules) | {
        "typed": {name: typed.values.get(name, "") for name in FIELDS},
        "did": DID,
        "why_not": WHY_NOT,
        "opened_from": opened_from,
    }
    if typed.errors:
        return desk.invalid("not_offered.html", status=422, errors=typed.errors, **page)
    return desk.page("not_offered.html", **page)
