"""One participant on one screen: charge, alerts, what has happened, what they want, who may know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import RowMapping

from services.casework.domain import names
from services.casework.domain.participation import SUPERVISOR_ONLY, TRANSITIONS
from services.casework.pages import timeline, words
from services.casework.pages.contacts import form_context
from services.casework.pages.person_line import Line, first, lines
from services.casework.pages.router import CARE, router
from services.casework.store import assessments, assignments, contacts, people, profiles, workers
from services.casework.store import participant as store
from shared.runtime.ids import uuid7
from shared.web import Desk, NotFound

SHOWN_AT_FIRST = 12


@router.get("/participants/{person_id}", access=CARE)
async def participant(
    desk: Desk, person_id: UUID, kind: str = "", saved: UUID | None = None, undone: str = "", all: str = ""
) -> Response:
    """The page; under HX-Request its timeline. Someone merged away leads to who they are today."""
    home = await people.home_of(desk.tx, person_id)
    if home != person_id:
        return desk.redirect(f"/participants/{home}", status=303)
    row = await people.one(desk.tx, home)
    if row is None:
        raise NotFound
    context = await page_context(desk, row, kind=kind, saved=saved, everything=bool(all))
    context["undone"] = undone == "1"
    desk.saw([home])
    return desk.page("participant.html", fragment="_timeline.html", **context)


async def page_context(
    desk: Desk, row: RowMapping, *, kind: str = "", saved: UUID | None = None, everything: bool = False
) -> dict[str, Any]:
    """Everything the page shows. Notes, goals and needs only for the care team and their supervisor."""
    tx, home = desk.tx, row["home_id"]
    near = desk.actor.role == "supervisor" or await assignments.is_on_team(tx, home, desk.actor.worker)
    profile = (await profiles.of(tx, [home])).get(home)
    staff = await workers.names(tx)
    line = (await lines(desk, [row]))[0]
    charges = await store.charges(tx, home)
    items = timeline.told(await _story(desk, home, near, charges), kind if kind in timeline.KINDS else "", saved)
    name = names.called(profile) if profile else ""
    context = await form_context(desk, home, quick=False)
    return context | {
        "line": line,
        "near": near,
        "profile": profile,
        "name": name or "Waiting for the referral",
        "first": first(name),
        "on_file": names.on_file(profile) if profile else "",
        "age": _age(profile.birth_date, desk.today) if profile and profile.birth_date else None,
        "referrals": await store.referrals(tx, home),
        "charges": [_charge(charge) for charge in charges],
        "alerts": await store.alerts(tx, home),
        "items": items if everything or kind else items[:SHOWN_AT_FIRST],
        "hidden_items": 0 if everything or kind else max(0, len(items) - SHOWN_AT_FIRST),
        "kind": kind,
        "kinds": timeline.KINDS,
        "goals": await assessments.goals(tx, home) if near else [],
        "statuses": await store.statuses(tx, home),
        "consents": [_consent(consent) for consent in await store.consents(tx, home)],
        "team": await store.team(tx, home),
        "staff": staff,
        "saved": saved,
        "choices_of_status": _next_statuses(line, desk.actor.role),
        "change_id": uuid7(),
        "assignment_id": uuid7(),
        "words": words,
    }


async def _story(desk: Desk, home: UUID, near: bool, charges: Sequence[RowMapping]) -> timeline.Story:
    tx = desk.tx
    met = await store.contacts(tx, home)
    return timeline.Story(
        referrals=await store.referrals(tx, home),
        decisions=await store.decisions(tx, home),
        intakes=await store.intakes(tx, home),
        charges=charges,
        arrests=await store.arrests(tx, home),
        contacts=met,
        changes=await store.changes(tx, home),
        assignments=await store.assignments(tx, home),
        details={c["contact_id"]: contacts.details(tx, c) for c in met if near or c["worker"] == desk.actor.worker},
        notes=await store.notes(tx, home) if near else {},
        staff=await workers.names(tx),
    )


def _charge(row: RowMapping) -> dict[str, Any]:
    said, tone = words.CHARGE_STATES[row["state"]]
    return {"name": timeline.charge_name(row), "row": row, "said": said, "tone": tone}


def _consent(row: RowMapping) -> dict[str, Any]:
    named = [words.INFORMATION.get(code, code) for code in row["information"]]
    return {**row, "information_words": ", ".join(named)}


def _next_statuses(line: Line, role: str) -> list[tuple[str, str]]:
    """What staff of this role may record next."""
    if line.status_code not in TRANSITIONS:
        return []
    allowed = TRANSITIONS[line.status_code]  # type: ignore[index]
    return [
        (status, words.STATUSES[status])
        for status in TRANSITIONS
        if status in allowed and (status not in SUPERVISOR_ONLY or role == "supervisor")
    ]


def _age(born: date, today: date) -> int:
    """Years completed; born on 29 February counts from 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
