"""Who is on call: the rota as the team keeps it, whom it gives an officer to call, and who changed what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.on_call import DAY, WEEK, OnCall, Rota, alike
from services.referral.domain.policy import Policy
from services.referral.pages import on_call_form, on_call_words
from services.referral.store import on_call
from services.referral.store.on_call import Kept
from services.referral.store.policy import policy_of
from shared.runtime.ids import uuid7
from shared.web import Access, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="keep_rota", reads="RUL", roles="supervisor programme_manager")
CHANGE = Access(purpose="keep_rota", reads="RUL", writes="RUL", roles="supervisor programme_manager")
DONE = {"added": "Added.", "changed": "Changed.", "ended": "Ended."}
SHOWN = 50


@router.get("/on-call", access=LOOK)
async def overview(desk: Desk, done: str = "", at: str = "", zone: str = "") -> Response:
    """Who answers now and in the coming week, place by place; every entry and every change. `at` and `zone`: whom
    an officer was given to call at that time."""
    rules = await policy_of(desk.tx)
    zones = _zones(rules)
    rota = await on_call.rota_at(desk.tx, rules, desk.now)
    local = desk.now.astimezone(rules.zone)
    groups = alike(rota, [*zones, None], desk.today)
    listed = await on_call.entries(desk.tx)
    return desk.page(
        "on_call.html",
        done=DONE.get(done, ""),
        now_rows=[(on_call_words.zones_said(of), rota.on_call_for(of[0], local)) for of in _now(rota, zones, local)],
        days=[desk.today + n * DAY for n in range(WEEK)],
        groups=[(on_call_words.zones_said(of), spans) for of, spans in groups],
        gaps=any(span.gap for _, days in groups for spans in days for span in spans),
        clashes=any(span.others for _, days in groups for spans in days for span in spans),
        entries=[_line(one) for one in listed],
        shipped=not listed and not await on_call.begun(desk.tx),
        base=[(one, on_call_words.where(one), on_call_words.when(one)) for one in rota.entries],
        always=rota.always,
        hours=on_call_words.hours,
        changes=[(on_call_words.change(*pair), pair[0]) for pair in await on_call.history(desk.tx, SHOWN)],
        zone_options=[(one, f"Zone {one}") for one in zones],
        asked={"at": at, "zone": zone},
        **await _then(desk, rules, at, zone),
    )


@router.get("/on-call/new", access=LOOK)
async def new(desk: Desk) -> Response:
    """The form of a new entry."""
    rules = await policy_of(desk.tx)
    return desk.page("on_call_entry.html", **_form(rules, uuid7(), 0, {}))


@router.get("/on-call/{entry_id}", access=LOOK)
async def change(desk: Desk, entry_id: UUID) -> Response:
    """The form of an entry as it is now."""
    kept = await on_call.one(desk.tx, entry_id)
    if kept is None or kept.ended:
        raise NotFound
    rules = await policy_of(desk.tx)
    return desk.page("on_call_entry.html", **_form(rules, entry_id, kept.version, on_call_form.values_of(kept.entry)))


@router.post("/on-call/{entry_id}", access=CHANGE)
async def save(desk: Desk, entry_id: UUID) -> Response:
    """Add, change or end an entry. Who had it open while somebody else changed it sees both, and nothing is lost."""
    form = await desk.form()
    rules = await policy_of(desk.tx)
    kept = await on_call.one(desk.tx, entry_id)
    text = str(form.get("version") or "")
    seen = int(text) if text.isdecimal() and len(text) < 9 else -1
    values = on_call_form.typed(form)
    end = form.get("act") == "end"
    if end and kept is None:
        raise NotFound
    entry, errors = (kept.entry, {}) if end and kept else on_call_form.read(form, _zones(rules), desk.today)
    if entry is None:
        return desk.invalid("on_call_entry.html", errors=errors, **_form(rules, entry_id, seen, values))
    if kept is not None and seen == 0 and kept.version == 1 and kept.entry == entry:
        # A new entry, sent twice.
        return desk.redirect("/on-call?done=added")
    if not await on_call.save(desk.tx, entry_id, seen, entry, (desk.actor.id, desk.actor.name), ended=end):
        return await _conflict(desk, rules, entry_id, values)
    done = "ended" if end else "changed" if seen else "added"
    desk.changed(
        f"on call {done}",
        [],
        classes="RUL",
        before=kept.entry.model_dump(mode="json") if kept else None,
        after=None if end else entry.model_dump(mode="json"),
    )
    return desk.redirect(f"/on-call?done={done}")


async def _conflict(desk: Desk, rules: Policy, entry_id: UUID, values: Mapping[str, Any]) -> Response:
    kept = await on_call.one(desk.tx, entry_id)
    if kept is None:
        raise NotFound
    form = _form(rules, entry_id, kept.version, values)
    said = {"version": "Somebody else changed this entry meanwhile. Compare, then save again or leave it."}
    return desk.invalid("on_call_entry.html", errors=said, status=409, theirs=_line(kept), **form)


async def _then(desk: Desk, rules: Policy, at: str, zone: str) -> dict[str, Any]:
    """Whom an officer was given at an earlier time, as the rota stood then."""
    if not at:
        return {}
    try:
        moment = desk.local_time(at)
    except ValueError:
        return {"errors": {"at": "Give the day and time."}}
    if moment > desk.now:
        return {"errors": {"at": "That time is in the future. The table above says who will answer."}}
    then = await on_call.rota_at(desk.tx, rules, moment)
    return {"then": then.on_call_for(zone or None, moment.astimezone(rules.zone)), "then_at": moment}


def _now(rota: Rota, zones: list[str], local: datetime) -> list[list[str | None]]:
    """The places, together where the same one answers."""
    found: dict[OnCall, list[str | None]] = {}
    for zone in [*zones, None]:
        found.setdefault(rota.on_call_for(zone, local), []).append(zone)
    return list(found.values())


def _line(one: Kept) -> dict[str, Any]:
    return {
        "id": one.entry_id,
        "version": one.version,
        "entry": one.entry,
        "where": on_call_words.where(one.entry),
        "when": on_call_words.when(one.entry),
        "by": one.changed_name,
        "at": one.changed_at,
        "ended": one.ended,
    }


def _form(rules: Policy, entry_id: UUID, version: int, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "version": max(0, version),
        "values": values,
        "zone_options": [(zone, f"Zone {zone}") for zone in _zones(rules)],
        "weekday_options": [(str(number), said) for number, said in on_call_form.WEEKDAYS.items()],
    }


def _zones(rules: Policy) -> list[str]:
    return sorted({area.zone for area in rules.areas if area.zone})
