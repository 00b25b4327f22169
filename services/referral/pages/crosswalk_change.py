"""Proposing a change of the offense list: one row as it should be, or several rows confirmed as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from starlette.responses import Response

from services.referral.domain.crosswalk import Key
from services.referral.domain.crosswalk_changes import MOST_ROWS, CrosswalkChange, RowChange
from services.referral.domain.listed_row import TARGET, ListedRow, statute
from services.referral.domain.policy_changes import ChangeError, changed
from services.referral.pages import crosswalk_form as form_of
from services.referral.pages import crosswalk_words as words
from services.referral.pages.policy_tried import YEAR, period, tried
from services.referral.store import policy_changes
from services.referral.store.crosswalk import crosswalk_on
from services.referral.store.policy import policy_of
from services.referral.store.policy_changes import Person
from shared.web import Access, Desk, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="steer", reads="RUL", roles="programme_manager prosecutor")
CHANGE_IT = Access(purpose="steer", reads="RUL PSE", writes="RUL", roles="programme_manager prosecutor")
NOTE = "Say why this change is proposed."


@router.get("/policy/crosswalk/new", access=LOOK)
async def new(desk: Desk, title: str = "", section: str = "", sub: str = "") -> Response:
    """The form of one row: as it stands, or empty but for the statute in the address."""
    key = (title[:8], section[:16], sub[:40])
    row = form_of.find(crosswalk_on(await policy_of(desk.tx), desk.today), key)
    typed = dict(zip(("title", "section", "sub_prefix"), key, strict=True))
    return desk.page("crosswalk_row.html", **await _form(desk, row, form_of.values(typed, row)))


@router.post("/policy/crosswalk/new", access=CHANGE_IT)
async def send(desk: Desk) -> Response:
    """Try a row on the past, or propose it."""
    form = await desk.form()
    rules = await policy_of(desk.tx)
    row = form_of.find(crosswalk_on(rules, _day(desk, form)), form_of.key(form)) if form.get("known") else None
    values = await _form(desk, row, form_of.values(form, row), typed=form)
    change, errors = form_of.read(form, row)
    trying = form.get("go") == "try"
    if not trying and not str(form.get("note") or "").strip():
        errors["note"] = NOTE
    if change and not errors:
        try:
            after = changed(rules, [change])
            if not trying:
                return await _propose(desk, change, form)
            since, until = period(desk, str(form.get("since") or ""), str(form.get("until") or ""))
            values |= await tried(desk, rules, after, change, since, until)
            return desk.page("crosswalk_row.html", **values)
        except ChangeError as error:
            errors[error.field] = str(error)
    return desk.invalid("crosswalk_row.html", errors=errors, **values)


@router.get("/policy/crosswalk/confirm", access=LOOK)
async def ticked(desk: Desk) -> Response:
    """The rows ticked on the list, to be confirmed as they are."""
    rows, fault = await _ticked(desk, desk.request.query_params.getlist("row"), desk.today)
    values = await _confirming(desk, rows)
    if fault:
        return desk.invalid("crosswalk_confirm.html", errors={"row": fault}, **values)
    return desk.page("crosswalk_confirm.html", **values)


@router.post("/policy/crosswalk/confirm", access=CHANGE_IT)
async def confirm(desk: Desk) -> Response:
    """Propose that rows hold as they are: a second person who looks at them is their second reviewer."""
    form = await desk.form()
    day = _day(desk, form)
    rows, fault = await _ticked(desk, [str(value) for value in form.getlist("row")], day)
    errors = {"row": fault} if fault else {}
    seen = [str(value) for value in form.getlist("seen")]
    if not fault and seen != [form_of.seen(row) for row in rows]:
        errors["row"] = "A row changed meanwhile: look at them again as they stand below."
    if not str(form.get("note") or "").strip():
        errors["note"] = NOTE
    values = await _confirming(desk, rows) | {"typed": form}
    if not errors:
        try:
            change = form_of.dated(form, [RowChange(before=row, after=row) for row in rows])
            if change:
                return await _propose(desk, change, form)
        except ChangeError as error:
            errors[error.field] = str(error)
    return desk.invalid("crosswalk_confirm.html", errors=errors, **values)


async def _propose(desk: Desk, change: CrosswalkChange, form: Mapping[str, Any]) -> Response:
    note = str(form.get("note") or "").strip()[:1000]
    change_id = await policy_changes.propose(desk.tx, change, note, Person(desk.actor.id, desk.actor.name))
    desk.changed("propose_policy", [], classes="RUL", after={"change": str(change_id)})
    return desk.redirect("/policy/crosswalk?done=proposed")


async def _ticked(desk: Desk, values: Sequence[str], day: date) -> tuple[list[ListedRow], str]:
    crosswalk = crosswalk_on(await policy_of(desk.tx), day)
    keys = [_key(value) for value in dict.fromkeys(values)][:MOST_ROWS]
    found = [form_of.find(crosswalk, key) for key in keys]
    rows = [row for row in found if row]
    if not keys:
        return [], "Tick at least one row on the list first."
    if len(rows) < len(keys):
        return rows, "A row is not on the list any more by that day; the others stand below."
    return rows, ""


def _key(value: str) -> Key:
    title, _, rest = value.partition("|")
    section, _, sub = rest.partition("|")
    return title, section, sub


async def _confirming(desk: Desk, rows: Sequence[ListedRow]) -> dict[str, Any]:
    waits = words.waiting(await policy_changes.waiting(desk.tx, "crosswalk"))
    lines = [
        {**words.shown(row), "statute": row.statute, "value": "|".join(row.key), "seen": form_of.seen(row),
         "nibrs_names": words.nibrs_names(row.nibrs), "waits": waits.get(row.key)}
        for row in rows
    ]  # fmt: skip
    return {"lines": lines, "today": desk.today, "typed": {}}


async def _form(
    desk: Desk, row: ListedRow | None, fields: dict[str, str], typed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    waits = words.waiting(await policy_changes.waiting(desk.tx, "crosswalk"))
    return {
        "row": row,
        "shown": words.shown(row) if row else None,
        "statute": statute(row.key) if row else "",
        "seen": form_of.seen(row),
        "waits": waits.get(row.key) if row else None,
        "values": fields,
        "typed": typed or {},
        "presumed": list(words.PRESUMED.items()),
        "about": sorted(words.ABOUT.items(), key=lambda one: one[1]),
        "target": TARGET,
        "earliest": desk.today,
        "since": desk.today - YEAR,
        "until": desk.today,
        "tried": None,
    }


def _day(desk: Desk, form: Mapping[str, Any]) -> date:
    """The first day as typed; today while it is none, so that the row can be shown."""
    try:
        return date.fromisoformat(str(form.get("from") or ""))
    except ValueError:
        return desk.today
