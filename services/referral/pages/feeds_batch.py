"""What the page of a batch shows, and what its buttons do: each asks back before it does anything."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import RowMapping
from starlette.responses import Response

from services.referral.domain.feed_codes import MEANINGS
from services.referral.feeds import deciding
from services.referral.feeds.deciding import WAITING, NotWaiting
from services.referral.pages.feeds_words import COUNTED, STATUS
from shared.web import Conflict, Desk

ACTS: Final[dict[str, tuple[str, str]]] = {
    "apply": ("Apply this batch", "Its usable rows become arrests, in every service. Rejected rows stay out."),
    "discard": ("Discard this batch", "Nothing of it is applied. The file stays kept, and can be read again."),
    "replay": (
        "Read the file again",
        "By today's mapping and rules, as a batch linked to this one. What is known already changes nothing.",
    ),
}

VOIDING: Final = frozenset({"E_MISSING", "E_TAKEOVER"})
VOIDS: Final = "The arrests named above are voided, and its usable rows become arrests, in every service."


def values(row: RowMapping, at: str, asked: str = "") -> dict[str, Any]:
    """The parts of the page; `at`: its address; `asked`: the button that was pressed and now asks back."""
    voids = (row["error"] or {}).get("code") in VOIDING
    counted = sum(row[name] for name, _, _ in COUNTED)
    acts = [name for name in ("apply", "discard") if row["status"] in WAITING]
    if row["bytes"] and not row["file_erased_at"] and not row["voided_at"] and row["status"] in {"applied", "refused"}:
        acts.append("replay")
    return {
        "batch": row,
        "at": at,
        "counts": COUNTED,
        "pending": row["rows"] - counted,
        "meanings": MEANINGS,
        "state": STATUS[row["status"]],
        "acts": [(name, ACTS[name][0], VOIDS if voids and name == "apply" else ACTS[name][1]) for name in acts],
        "asked": asked if asked in acts else "",
    }


async def act(desk: Desk, row: RowMapping, at: str, classes: str, template: str, **more: Any) -> Response:
    """Do what a button of the page says, once the person said that they are sure; else ask. Raises Conflict."""
    form = await desk.form()
    name = str(form.get("act") or "")
    page = values(row, at, name)
    if not page["asked"]:
        raise Conflict("The batch has moved on meanwhile: this cannot be done with it any more.")
    if form.get("sure") != "yes":
        return desk.page(template, **page, **more)
    address = at
    try:
        if name == "replay":
            address = f"{at.rsplit('/', 1)[0]}/{await deciding.replay(desk.tx, row)}"
        else:
            question = str(form["question"]) if "question" in form else None
            await deciding.decide(desk.tx, row, "apply" if name == "apply" else "discard", question=question)
    except NotWaiting as refusal:
        raise Conflict(str(refusal)) from None
    desk.changed(f"{name}_batch", [], classes=classes, after={"batch": str(row["batch_id"])})
    return desk.redirect(f"{address}?done={name}")
