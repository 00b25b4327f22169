"""The policy: what is in force, what is proposed, and what a proposal would have meant for the past."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.crosswalk_changes import CrosswalkChange
from services.referral.domain.policy import Policy
from services.referral.domain.policy_changes import CHANGE, ChangeError, changed
from services.referral.pages import crosswalk_words, policy_form
from services.referral.pages.policy_tried import YEAR, midnight, period, touches_charges, tried
from services.referral.pages.policy_words import KINDS, listed, place
from services.referral.store import policy_changes
from services.referral.store.crosswalk import classifier_on, crosswalk_on
from services.referral.store.policy import policy_of
from services.referral.store.policy_changes import NotYours, Person
from services.referral.store.unknown_statutes import unknown
from shared.web import Access, Conflict, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="steer", reads="RUL", roles="programme_manager prosecutor")
TRY = Access(purpose="steer", reads="RUL PSE", roles="programme_manager prosecutor")
CHANGE_IT = Access(purpose="steer", reads="RUL PSE", writes="RUL", roles="programme_manager prosecutor")
SHOWN = 50
UNKNOWN_SHOWN = 100


@router.get("/policy", access=LOOK)
async def overview(desk: Desk, done: str = "") -> Response:
    """What holds today, what waits for a second person, and every change there was."""
    rules = await policy_of(desk.tx)
    rows = await policy_changes.newest(desk.tx, SHOWN)
    return desk.page(
        "policy.html",
        version=rules.on(desk.today),
        versions=sorted(rules.versions, key=lambda one: (one.from_, one.version), reverse=True),
        coordinators=rules.on(desk.today).coordinators_on(desk.today),
        open_areas=[place(area, desk.today) for area in rules.areas if area.active_on(desk.today)],
        other_areas=[place(area, desk.today) for area in rules.areas if not area.active_on(desk.today)],
        agencies=rules.agencies,
        signed=[agency for agency in rules.agencies if agency.signed_on(desk.today)],
        changes=[listed(rules, row) for row in rows],
        done=done if done in {"proposed", "adopted", "refused", "withdrawn"} else "",
        presumed=policy_form.PRESUMED,
        kinds=KINDS,
        crosswalk=crosswalk_words.reviewed(crosswalk_on(rules, desk.today)),
        shown=SHOWN,
    )


@router.get("/policy/unknown", access=TRY)
async def unknown_statutes(desk: Desk) -> Response:
    """What police charge and no list knows, for whoever reviews statutes."""
    rules = await policy_of(desk.tx)
    since = desk.today - YEAR
    classifier = classifier_on(rules, desk.today)
    rows = await unknown(desk.tx, classifier, midnight(rules, since), UNKNOWN_SHOWN)
    waits = crosswalk_words.waiting(await policy_changes.waiting(desk.tx, "crosswalk"))
    desk.saw([], classes="PSE", fields=["statute"])
    return desk.page("policy_unknown.html", rows=rows, waits=waits, since=since, shown=UNKNOWN_SHOWN)


@router.get("/policy/new", access=LOOK)
async def new(desk: Desk, kind: str = "rules", title: str = "", section: str = "", sub: str = "") -> Response:
    """The form of a change, with what holds today in it; a statute given in the address begins a line."""
    rules = await policy_of(desk.tx)
    values = _form(desk, rules, kind if kind in policy_form.KINDS else "rules")
    if section:
        empty = next(line for line in values["lines"] if not any(line.values()))
        empty |= {"title": title[:6], "section": section[:16], "sub": sub[:40]}
    return desk.page("policy_new.html", **values)


@router.post("/policy/new", access=CHANGE_IT)
async def send(desk: Desk) -> Response:
    """Try a change on the past, or propose it."""
    form = await desk.form()
    rules = await policy_of(desk.tx)
    kind = str(form.get("kind") or "")
    change, errors = policy_form.read(form, rules.on(desk.today))
    values = _form(desk, rules, kind if kind in policy_form.KINDS else "rules", form)
    note = str(form.get("note") or "").strip()[:1000]
    if form.get("go") != "try" and not note:
        errors["note"] = "Say why this change is proposed."
    if change is None or errors:
        return desk.invalid("policy_new.html", errors=errors, **values)
    try:
        after = changed(rules, [change])
        if form.get("go") == "try":
            since, until = period(desk, str(form.get("since") or ""), str(form.get("until") or ""))
            values |= await tried(desk, rules, after, change, since, until)
            return desk.page("policy_new.html", typed=form, **values)
        change_id = await policy_changes.propose(desk.tx, change, note, _me(desk))
    except ChangeError as error:
        return desk.invalid("policy_new.html", errors={error.field: str(error)}, **values)
    desk.changed("propose_policy", [], classes="RUL", after={"change": str(change_id)})
    return desk.redirect("/policy?done=proposed")


@router.get("/policy/changes/{change_id}", access=TRY)
async def one(desk: Desk, change_id: UUID, since: str = "", until: str = "") -> Response:
    """One change: what it says, and what it would have meant for the arrests of a period."""
    return await _one(desk, change_id, since, until)


@router.post("/policy/changes/{change_id}", access=CHANGE_IT)
async def decide(desk: Desk, change_id: UUID) -> Response:
    """The second person's word, or the first one's withdrawal."""
    form = await desk.form()
    status = str(form.get("answer") or "")
    if status not in {"adopted", "refused", "withdrawn"}:
        return await _one(desk, change_id, "", "", errors={"answer": "Choose what to do."})
    try:
        await policy_changes.answer(desk.tx, change_id, status, _me(desk))  # type: ignore[arg-type]
    except LookupError:
        raise NotFound from None
    except NotYours as refusal:
        raise Conflict(str(refusal)) from None
    except ChangeError as error:
        return await _one(desk, change_id, "", "", errors={"answer": str(error)})
    desk.changed("decide_policy", [], classes="RUL", after={"change": str(change_id), "status": status})
    return desk.redirect(f"/policy?done={status}")


async def _one(
    desk: Desk, change_id: UUID, since: str, until: str, *, errors: dict[str, str] | None = None
) -> Response:
    row = await policy_changes.one(desk.tx, change_id)
    if row is None:
        raise NotFound
    rules = await policy_of(desk.tx)
    change = CHANGE.validate_python(row["content"])
    values: dict[str, Any] = {"change": listed(rules, row), "mine": row["proposed_by"] == _me(desk).sub}
    if row["status"] == "proposed":
        try:
            after = changed(rules, [change])
        except ChangeError as error:
            values["misfit"] = str(error)
        else:
            values |= await tried(desk, rules, after, change, *period(desk, since, until))
    values |= {"presumed": policy_form.PRESUMED, "trial": touches_charges(change)}
    if isinstance(change, CrosswalkChange):
        values["rows"] = crosswalk_words.side_by_side(change)
    if errors:
        return desk.invalid("policy_change.html", errors=errors, **values)
    return desk.page("policy_change.html", **values)


def _form(desk: Desk, rules: Policy, kind: str, typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    version = rules.on(desk.today)
    return {
        "kind": kind,
        "kinds": policy_form.KINDS,
        "version": version,
        "coordinators": version.coordinators_on(desk.today),
        "lines": policy_form.lines(typed, version),
        "presumed": list(policy_form.PRESUMED.items()),
        "stages": list(policy_form.STAGES.items()),
        "area_options": [(area.area_id, area.name) for area in rules.areas],
        "agency_options": [(agency.ori, agency.name) for agency in rules.agencies],
        "earliest": desk.today,
        "since": desk.today - YEAR,
        "until": desk.today,
        "tried": None,
    }


def _me(desk: Desk) -> Person:
    return Person(desk.actor.id, desk.actor.name)
