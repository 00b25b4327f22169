"""Log contact: as a sheet, on the participant's page, or as a page of its own. Twenty seconds, then saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import Response
from starlette.datastructures import FormData

from services.casework.domain import contact_entry
from services.casework.domain.contact_entry import Read, Typed
from services.casework.domain.names import called, number
from services.casework.pages import timeline, words
from services.casework.pages.person_line import first, remember_me
from services.casework.pages.router import LOG, PICK, router
from services.casework.store import contacts, people, profiles
from services.casework.store import today as day
from shared.runtime.ids import uuid7
from shared.web import Conflict, Desk, NotFound

PICKER = 100


@router.get("/contacts/new", access=PICK)
async def new_contact(desk: Desk, pid: UUID | None = None, when: str = "") -> Response:
    """The empty form: a sheet over the page that asks for it, or a page without scripts."""
    home = await people.home_of(desk.tx, pid) if pid else None
    if home and await people.one(desk.tx, home) is None:
        raise NotFound
    context = await form_context(desk, home, quick=True)
    desk.saw([person for person, _ in context["choices"]], classes="ID")
    return desk.page("log_page.html", fragment="_log_dialog.html", when=when, **context)


@router.post("/contacts", access=LOG)
async def log_contact(desk: Desk) -> Response:
    """Keep a contact and publish it. The same `contact_id` again is the same contact."""
    form = await desk.form()
    quick = _text(form, "quick") == "1"
    typed = _typed(form)
    read = contact_entry.read(typed, desk.now, desk.zone)
    line = await _person(desk, read)
    if not isinstance(read, Read) or line is None:
        errors = read if isinstance(read, dict) else {"pid": "Choose who this was with."}
        context = await form_context(desk, contact_entry.as_uuid(typed.pid) if line else None, quick=quick)
        context["contact_id"] = typed.contact_id or context["contact_id"]
        desk.saw([person for person, _ in context["choices"]], classes="ID")
        return desk.invalid("log_page.html", errors=errors, fragment="_log_form.html", entry=typed, when="", **context)
    await remember_me(desk)
    saved = await contacts.log(desk.tx, _entry(desk, read, typed, waiting=line["status"] is None))
    row = await contacts.logged(desk.tx, read.contact_id)
    if row is None or row["person_id"] != read.person_id or row["worker"] != desk.actor.worker:
        raise Conflict("This form was already used for another contact. Open a new one.")
    desk.changed(
        "log contact" if saved else "log contact again",
        [read.person_id],
        after={"outcome": read.outcome, "mode": read.mode, "at": read.at.isoformat()},
    )
    if not desk.partial:
        return desk.redirect(f"/participants/{line['home_id']}?saved={read.contact_id}")
    name = await _name(desk, line["home_id"])
    return desk.page(
        "log_page.html",
        fragment="_log_saved.html",
        item=timeline.own_contact(desk, row, typed.note, contacts.details(desk.tx, row)),
        pid=line["home_id"],
        contact_id=read.contact_id,
        name=name,
        first=first(name),
        quick=quick,
        next_due_on=read.next_due_on,
        again=uuid7(),
    )


@router.post("/contacts/{contact_id}/void", access=LOG)
async def undo_contact(desk: Desk, contact_id: UUID) -> Response:
    """Withdraw an entry of one's own: readers forget it, the page says so."""
    row = await contacts.undo(desk.tx, contact_id, desk.actor.worker)
    if row is None:
        raise NotFound
    desk.changed("undo contact", [row["person_id"]], after={"contact_id": str(contact_id)})
    return desk.redirect(f"/participants/{row['home_id']}?undone=1")


async def form_context(desk: Desk, home: UUID | None, *, quick: bool) -> dict[str, Any]:
    """What the form shows: who may be chosen, and the defaults."""
    homes = [home] if home else []
    if quick:
        everyone = desk.actor.role == "supervisor"
        rows = await day.caseload(desk.tx, None if everyone else desk.actor.worker)
        homes += [row["home_id"] for row in rows[:PICKER] if row["home_id"] != home]
    known = await profiles.of(desk.tx, homes)
    choices = [(h, called(known[h]) if h in known else f"No name yet, {number(h)}") for h in homes]
    name = dict(choices).get(home, "") if home else ""
    return {
        "choices": sorted(choices, key=lambda choice: choice[1].casefold()),
        "pid": home or "",
        "name": name,
        "first": first(name),
        "quick": quick,
        "contact_id": uuid7(),
        "words": words,
    }


async def _person(desk: Desk, read: Read | Mapping[str, str]) -> Any:
    """The line of the person the contact was with; None if casework may not show them."""
    if isinstance(read, Read):
        return await people.one(desk.tx, await people.home_of(desk.tx, read.person_id))
    typed = contact_entry.as_uuid(_text(desk.typed, "pid")) if desk.typed else None
    return await people.one(desk.tx, await people.home_of(desk.tx, typed)) if typed else None


async def _name(desk: Desk, home: UUID) -> str:
    known = await profiles.of(desk.tx, [home])
    return called(known[home]) if home in known else ""


def _entry(desk: Desk, read: Read, typed: Typed, *, waiting: bool) -> contacts.Entry:
    return contacts.Entry(
        contact_id=read.contact_id,
        person_id=read.person_id,
        worker=desk.actor.worker,
        at=read.at,
        mode=read.mode,
        outcome=read.outcome,
        stage="outreach" if waiting else "casework",
        minutes=read.minutes,
        next_due_on=read.next_due_on,
        next_what=typed.nextwhat,
        needs=tuple(need for need in typed.needs if need in words.NEEDS),
        place=typed.place,
        service=read.service,
        note=typed.note,
    )


def _typed(form: FormData) -> Typed:
    needs: Sequence[str] = [str(value) for value in form.getlist("needs")]
    names = ("contact_id", "pid", "outcome", "mode", "minutes", "at", "next", "nextwhat", "place", "service", "note")
    given = {name: _text(form, name) for name in names if _text(form, name)}
    return Typed(**({"contact_id": "", "pid": "", "outcome": ""} | given), needs=needs)


def _text(form: FormData | None, name: str) -> str:
    value = form.get(name) if form is not None else None
    return value.strip()[:8000] if isinstance(value, str) else ""
