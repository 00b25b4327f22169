"""The charge ledger of the liaison prosecutor: what the rule did and why, and what only a person decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.domain.charge_ledger import Cause
from services.referral.domain.policy import Policy
from services.referral.domain.reasons import sentence
from services.referral.domain.referral_states import Act
from services.referral.pages.people_words import who
from services.referral.pages.refer_page import reference
from services.referral.pages.when import effective
from services.referral.store import charges
from services.referral.store.deciding import NotAllowed, decide_charge, decide_referral
from services.referral.store.policy import policy_of
from services.referral.store.referrals import COLUMN_TYPED
from shared.web import Access, Conflict, Desk, NotFound, Pages
from shared.web.paging import Paging

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="decide_charge", reads="ID REF CHG", roles="prosecutor")
CHANGE = Access(purpose="decide_charge", reads="ID REF CHG", writes="CHG", roles="prosecutor")

VIEWS = {
    "open": ("Open", ("eligible_to_file", "held")),
    "soon": ("Due within 7 days", ("held",)),
    "given_up": ("Given up for good", ("relinquished",)),
    "decided": ("Filed or not filed", ("filed", "not_filed")),
}
ACTS = {
    "file": Cause.FILE,
    "not_file": Cause.DO_NOT_FILE,
    "give_up": Cause.GIVE_UP,
    "end_hold": Cause.END_HOLD,
}
SAID = {
    "held": "Held",
    "eligible_to_file": "Yours to decide",
    "relinquished": "Given up for good",
    "filed": "Filed",
    "not_filed": "Not filed",
}
# Codes, not sentences: a free text about a person has no place in the ledger.
REASONS = (
    "interest_of_justice", "progress_known", "intake_delayed", "new_information", "safety", "evidence",
    "complainant_wishes",
)  # fmt: skip
MAYBE_UNRECORDED_DAYS = 3
SOON = timedelta(days=7)


@router.get("/charges", access=LOOK)
async def ledger(desk: Desk, view: str = "open", done: str = "") -> Response:
    """The ledger with each charge's clock."""
    return await _ledger(desk, view if view in VIEWS else "open", done=done if done in (*ACTS, "extend") else "")


@router.get("/charges/{charge_id}/certificate", access=LOOK)
async def certificate(desk: Desk, charge_id: UUID) -> Response:
    """A page to print for the participant's file: this charge was given up for good. 404 for any other charge."""
    row = await charges.one(desk.tx, charge_id)
    if row is None or row["state"] != "relinquished":
        raise NotFound
    desk.saw([row["person_id"]], classes="ID CHG", fields=["name", "statute", "state"])
    record = CanonicalReferral.model_validate_json(
        desk.tx.keys.open("ID", COLUMN_TYPED, row["referral_id"], row["typed"])
    )
    rules = await policy_of(desk.tx)
    agency = rules.agency(row["agency_ori"] or "")
    return desk.page(
        "certificate.html",
        who=who(record),
        birth_date=record.person.birth_date,
        statute=row["statute"],
        label=row["label"],
        occurred_at=row["occurred_at"],
        agency=agency.name if agency else row["agency_ori"],
        case_no=record.case_no,
        given_up_at=row["decided_at"],
        by=row["decided_by"],
        reference=f"{reference(row['referral_id'])}-{row['seq']}",
    )


@router.post("/charges/{charge_id}", access=CHANGE)
async def decide(desk: Desk, charge_id: UUID) -> Response:
    """File, do not file, give up, end the hold, or move the due day: always with a reason."""
    form = await desk.form()
    act, reason = str(form.get("act") or ""), str(form.get("reason") or "")
    # Locked by who decides, the referral before its charge: all others lock in that order too.
    charge = await charges.one(desk.tx, charge_id)
    if charge is None:
        raise NotFound
    errors: dict[str, str] = {}
    if act not in ACTS and act != "extend":
        errors[f"act-{charge_id}"] = "Choose what to do with the charge."
    if reason not in REASONS:
        errors[f"reason-{charge_id}"] = "Choose the reason."
    due_on = _due_day(str(form.get("due_on") or ""))
    if act == "extend" and due_on is None:
        errors[f"due_on-{charge_id}"] = "Give the new last day, later than the old one."
    if errors:
        return await _ledger(desk, str(form.get("view") or "open"), errors=errors, open_id=charge_id)
    at = effective(desk, form)
    try:
        if act == "extend":
            await decide_referral(
                desk.tx, charge["referral_id"], Act.MOVE_DUE_DAY, "prosecutor", reason, at=at, due_on=due_on
            )
        else:
            await decide_charge(desk.tx, charge_id, ACTS[act], reason, at=at)
    except NotAllowed as refusal:
        raise Conflict(str(refusal)) from None
    desk.changed(
        f"charge {act}", [charge["person_id"]], classes="CHG", before={"state": charge["state"]}, after={"state": act}
    )
    return desk.redirect(f"/charges?done={act}")


async def _ledger(
    desk: Desk, view: str, *, done: str = "", errors: dict[str, str] | None = None, open_id: UUID | None = None
) -> Response:
    view = view if view in VIEWS else "open"
    counts = await charges.counts(desk.tx)
    soon_by = desk.today + SOON
    totals = {key: sum(counts.get(s, 0) for s in states) for key, (_, states) in VIEWS.items()}
    totals["soon"] = await charges.due_soon(desk.tx, soon_by)
    paging = replace(Paging.of(desk.request, totals[view]), path="/charges", query=(("view", view),))
    rows = await charges.ledger(
        desk.tx, VIEWS[view][1], due_by=soon_by if view == "soon" else None, limit=paging.size, offset=paging.offset
    )
    rules = await policy_of(desk.tx)
    history = await charges.history(desk.tx, [row["charge_id"] for row in rows])
    desk.saw([row["person_id"] for row in rows], classes="ID CHG", fields=["name", "statute", "state", "due_on"])
    values: dict[str, Any] = {
        "lines": [_line(desk, row, rules, history.get(row["charge_id"], [])) for row in rows],
        "views": [(key, said, totals[key]) for key, (said, _) in VIEWS.items()],
        "paging": paging,
        "view": view,
        "done": done,
        "reasons": [(code, sentence(code).rstrip(".")) for code in REASONS],
        "open_id": open_id,
    }
    if errors:
        return desk.invalid("charges.html", errors=errors, **values)
    return desk.page("charges.html", **values)


def _line(desk: Desk, row: Any, rules: Policy, history: list[Any]) -> dict[str, Any]:
    plain = desk.tx.keys.open("ID", COLUMN_TYPED, row["referral_id"], row["typed"])
    start, due = rules.civil_day(row["occurred_at"]), row["due_on"]
    left = (due - desk.today).days if due else None
    return {
        "id": row["charge_id"],
        "seq": row["seq"],
        "reference": reference(row["referral_id"]),
        "who": who(CanonicalReferral.model_validate_json(plain)),
        "statute": row["statute"],
        "label": row["label"],
        "grade": row["grade"],
        "state": row["state"],
        "said": SAID[row["state"]],
        "occurred_at": row["occurred_at"],
        "due_on": due,
        "left": left,
        "total": (due - start).days if due else None,
        "why": why(row, history),
        "flagged": row["flagged"],
        # An intake of the last days may not have reached us yet.
        "maybe_unrecorded": row["state"] == "eligible_to_file"
        and left is not None
        and -MAYBE_UNRECORDED_DAYS <= left < 0,
        "history": [
            {
                "said": SAID[step["state"]],
                "at": step["decided_at"],
                "by": step["decided_by"],
                "reason": sentence(step["reason"]) if step["reason"] else "",
            }
            for step in history
        ],
        "acts": _acts(row),
    }


def why(row: Any, history: list[Any]) -> str:
    """What was done with the charge and why, in a sentence."""
    newest = history[-1] if history else None
    cause = newest["cause"] if newest else ""
    if row["flagged"]:
        return "Filed, but an intake on time has become known since. Please look again."
    if newest and newest["decided_by"] == "prosecutor":
        return f"Decided by the prosecutor. {sentence(newest['reason'])}"
    said: dict[str, str] = {
        Cause.ON_TIME_INTAKE: "Both parts of the intake were done on time, so the rule gave the charge up.",
        Cause.DUE_DAY_OVER: "The due day ended and no intake on time is known. Nothing is filed unless you decide it.",
        Cause.REFERRAL_ENDED: "The referral ended without an intake. Nothing is filed unless you decide it.",
        Cause.INTAKE_TO_JUDGE: "An intake on time is known. Giving the charge up is yours to decide, so it is held.",
        Cause.EXTENDED: "The due day was moved, so the charge is held again.",
        Cause.REOPENED: "The person came back before the due day, so the charge is held again.",
    }
    return said.get(cause, "Held while the person has time for the intake. Nobody has to do anything.")


def _acts(row: Any) -> list[tuple[str, str]]:
    match row["state"]:
        case "held":
            return [("give_up", "Give it up for good"), ("extend", "Move the due day"), ("end_hold", "End the hold")]
        case "eligible_to_file":
            return [
                ("give_up", "Give it up for good"),
                ("extend", "Move the due day"),
                ("not_file", "Do not file"),
                ("file", "File"),
            ]
        case "not_filed":
            return [("give_up", "Give it up for good"), ("file", "File after all")]
        case "filed":
            return [("give_up", "Give it up for good")]
        case _:
            return []


def _due_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
