"""Feeds of no single agency, for the person their registration names: a rejected row is opened for a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.responses import Response

from services.referral.pages import feeds_batch
from services.referral.pages.feeds_fix import set_all_aside
from services.referral.pages.own_feeds import CHANGE, LOOK, steward_batch
from services.referral.store import feed_rejects, reject_fixes, reject_openings
from shared.web import Desk, NotFound, Pages
from shared.web.paging import Paging

router = Pages("referral", templates=Path(__file__).parent / "templates")

REASON: Final = 10
"""The least that says why, in characters."""
LONGEST: Final = 1000


@router.get("/feeds/steward/{batch_id}", access=LOOK)
async def batch(desk: Desk, batch_id: UUID, ask: str = "", done: str = "") -> Response:
    """A batch with its rejected rows, closed; `ask`: the number of the one to be opened, once a reason is given."""
    row = await steward_batch(desk, batch_id)
    number = int(ask) if ask.isdecimal() and len(ask) < 9 else None
    return desk.page("feeds_batch.html", **await _values(desk, row) | {"done": done}, asking=number)


@router.post("/feeds/steward/{batch_id}", access=CHANGE)
async def open_row(desk: Desk, batch_id: UUID) -> Response:
    """Show one row as it was sent. That it was opened is recorded, with the reason."""
    row = await steward_batch(desk, batch_id)
    form = await desk.form()
    text, reason = str(form.get("number") or ""), " ".join(str(form.get("reason") or "").split())
    number = int(text) if text.isdecimal() and len(text) < 9 else -1
    raw = await feed_rejects.opened(desk.tx, batch_id, number)
    if raw is None:
        raise NotFound
    values = await _values(desk, row)
    if not REASON <= len(reason) <= LONGEST:
        errors = {"reason": f"Say in {REASON} to {LONGEST:,} characters why you open this row."}
        desk.saw([], classes="OPS")
        return desk.invalid("feeds_batch.html", errors=errors, **values, asking=number)
    await reject_openings.add(desk.tx, batch_id, number, desk.actor.id, reason)
    desk.saw([], classes="POL OPS", fields=[f"reject {batch_id} {number}"])
    desk.changed("open_reject", [], classes="POL", after={"reason": reason})
    return desk.page("feeds_batch.html", **values | {"opened": number, "raw": raw})


@router.post("/feeds/steward/{batch_id}/aside", access=CHANGE)
async def aside(desk: Desk, batch_id: UUID) -> Response:
    """The batch's rejected rows need nobody any more: they are mended where they come from."""
    row = await steward_batch(desk, batch_id)
    await set_all_aside(desk, row)
    return desk.redirect(f"/feeds/steward/{batch_id}?done=aside")


async def _values(desk: Desk, row: RowMapping) -> dict[str, Any]:
    at = f"/feeds/steward/{row['batch_id']}"
    paging = Paging.of(desk.request, await feed_rejects.count(desk.tx, row["batch_id"]))
    found = await feed_rejects.page(desk.tx, row["batch_id"], paging.offset, paging.size)
    return {
        **feeds_batch.values(row, at),
        # What becomes of the batch is county IT's to decide.
        "acts": [],
        "own": True,
        "steward": True,
        "tabular": False,
        "settled": await reject_fixes.settled_rows(desk.tx, row["batch_id"], [one["number"] for one in found]),
        "to_fix": len(await reject_fixes.waiting_numbers(desk.tx, row["batch_id"])) if not row["voided_at"] else 0,
        "paging": paging,
        "rejects": found,
        "done": "",
        "opened": None,
        "raw": None,
    }
