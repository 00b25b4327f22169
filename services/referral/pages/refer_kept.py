"""What phones kept while there was no signal, and sent later: taken once, judged by the day of the encounter.

The page that lists it, and the whole form, are kept by the phone (`kept/worker.js`) and hold nobody's data.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from services.referral.domain.identity.possible import Word
from services.referral.domain.policy import Policy
from services.referral.domain.reasons import sentence
from services.referral.pages import not_offered_form, refer_form
from services.referral.pages.kept_entry import KeptEntry, UnreadableEntry, opened
from services.referral.pages.not_offered import form_page
from services.referral.pages.refer_answer import Answer, answer
from services.referral.pages.refer_known import Panel, look, record_word, word
from services.referral.pages.refer_page import owner, reference, step_page, whole_page
from services.referral.store import discretion, referrals
from services.referral.store.people import known_home
from services.referral.store.policy import policy_of
from services.referral.store.referring import Entry, identity_of, refer
from shared.runtime.ids import uuid7
from shared.web import Access, Desk, Pages

router = Pages("referral")

EMPTY = Access(purpose="refer", reads="REF", roles="officer partner agency_supervisor")
CHANGE = Access(purpose="refer", reads="ID REF", writes="ID REF", roles="officer partner agency_supervisor")

DECIDED = {
    "approved": "Sent. Our worker takes it from here.",
    "pending": "Sent. A supervisor looks at it next.",
    "waitlisted": "Sent. It is on the waiting list: every coordinator's caseload is full.",
    "declined": "Sent. They said no: the offer is recorded.",
    "ineligible": "Sent. It is not eligible as a diversion.",
}


@router.get("/refer/offline", access=EMPTY)
async def whole_form(desk: Desk) -> Response:
    """The form with its three steps in one page, for a phone to keep."""
    return await whole_page(desk, await policy_of(desk.tx), "refer_offline.html")


@router.get("/refer/kept", access=EMPTY)
async def kept(desk: Desk) -> Response:
    """What this phone keeps; only the phone knows."""
    return await whole_page(desk, await policy_of(desk.tx), "refer_kept.html")


@router.post("/refer/kept", access=CHANGE)
async def take(desk: Desk) -> Response:
    """Take a kept entry in, once. With `look`, show it as the form instead, to be changed.

    The answer says one of: `sent`; `mend` (the form would not take it); `ask` (the answer differs from what the
    officer saw, or somebody sent this person that day: `sure` sends it all the same); `differs` (sent before, with
    other words); `not_yours`; `unreadable`.
    """
    form = await desk.form()
    try:
        entry = opened(desk.tx.keys, form, desk.now)
    except UnreadableEntry:
        return _told("unreadable", "It cannot be opened any more.", ["Call the worker on call and send it anew."])
    if entry.owner != owner(desk):
        return _told("not_yours", "", [])
    rules = await policy_of(desk.tx)
    if entry.kind == "not_offered":
        return await _not_offered(desk, rules, entry, look=bool(form.get("look")))
    typed = refer_form.read(entry.values, desk, rules)
    if form.get("look"):
        return await _looked_at(desk, rules, entry, typed)
    if typed.record is None:
        return _told("mend", "Not taken yet.", list(typed.errors.values()))
    known = await look(desk, rules, typed.values)
    if not form.get("sure"):
        doubts = await _doubts(desk, rules, entry, typed, known)
        if doubts:
            return _told("ask", "Not sent yet: please look.", doubts)
    return await _taken(desk, entry, typed, word(desk, typed.values, known))


async def _not_offered(desk: Desk, rules: Policy, entry: KeptEntry, *, look: bool) -> Response:
    typed = not_offered_form.read(entry.values, desk, rules)
    if look:
        return form_page(desk, rules, replace(typed, values=_shown(desk, entry, typed.values)), str(entry.draft))
    if typed.record is None:
        return _told("mend", "Not taken yet.", list(typed.errors.values()))
    if await discretion.keep(desk.tx, entry.draft, typed.record, desk.actor.sub):
        desk.changed("record that LEAD was not offered", [], classes="REF")
    return _told("sent", "Recorded: LEAD was not offered.", [], f"/refer/not-offered/{entry.draft}")


async def _taken(desk: Desk, entry: KeptEntry, typed: refer_form.Typed, said: Word | None) -> Response:
    assert typed.record is not None
    sent = Entry(entry.draft, typed.record, clocked=entry.clocked, word=said)
    (made,) = await refer(desk.tx, [sent], entered_by=desk.actor.sub)
    href = f"/refer/sent/{made.referral_id}"
    if made.result == "differs":
        return _told("differs", "It was sent before, with other words.", ["What came first stands."], href)
    desk.changed("refer", [made.person_id], classes="ID REF")
    if said is not None and made.result == "created":
        record_word(desk, said, made.person_id)
    row = await referrals.one(desk.tx, made.referral_id)
    state = row["first_state"] if row else made.state
    reasons = [sentence(code) for code in row["reasons"]] if row and state in ("pending", "ineligible") else []
    return _told("sent", DECIDED.get(state, "Sent."), reasons, href)


async def _doubts(desk: Desk, rules: Policy, entry: KeptEntry, typed: refer_form.Typed, known: Panel) -> list[str]:
    """What a person should decide before it is sent; nothing for what is here already."""
    assert typed.record is not None
    if await referrals.known(desk.tx, [entry.draft]):
        return []
    said: list[str] = []
    found = answer(rules, desk, entry.values)
    if typed.record.offer != "declined" and _other_than_seen(found, entry.seen):
        assert found is not None
        before = "When you kept it, the answer was “Eligible”. " if entry.seen == "yes" else ""
        said.append(f"{before}By the rules of that day it is: {found.title}. {' '.join(found.sentences)}")
    if known.stale:
        said.append("Whom you chose as the same person does not fit any more. Sent as it is, nobody is chosen.")
    home = await known_home(desk.tx, identity_of(typed.record))
    day = rules.civil_day(typed.record.occurred_at)
    for other in await referrals.of_person_on(desk.tx, home, day) if home else []:
        said.append(
            f"A referral of this person on that day is here already: {reference(other)}. Is it the same encounter?"
        )
    return said


def _other_than_seen(found: Answer | None, seen: str) -> bool:
    if found is None:
        return False
    return found.verdict == "no" if seen != "yes" else found.verdict != "yes"


async def _looked_at(desk: Desk, rules: Policy, entry: KeptEntry, typed: refer_form.Typed) -> Response:
    values = _shown(desk, entry, typed.values)
    if await referrals.known(desk.tx, [entry.draft]):
        # What was sent under the first id stands; this is another referral now.
        values["draft"] = str(uuid7())
    shown = refer_form.Typed(values, typed.errors)
    wrong = shown.step_with_error(3)
    return await step_page(desk, rules, wrong or 1, shown, show_errors=wrong is not None, opened_from=str(entry.draft))


def _shown(desk: Desk, entry: KeptEntry, values: dict[str, str]) -> dict[str, str]:
    """The values as the form's inputs hold them."""
    if not entry.clocked:
        return dict(values)
    at = datetime.fromisoformat(values["occurred_at"])
    return values | {"occurred_at": desk.site.renderer.times.field(at)}


def _told(result: str, title: str, said: list[str], href: str = "") -> Response:
    body: dict[str, Any] = {"result": result, "title": title, "said": said, "href": href}
    return JSONResponse(body)
