"""Rejected rows put right in the page, cause by cause: what came, why it stopped, what it is changed to."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.responses import Response

from services.referral.feeds import fixing
from services.referral.feeds.adapter import Reject, StructuralFault
from services.referral.feeds.fixing import Task
from services.referral.feeds.mended_file import Mended
from services.referral.feeds.reject_rows import LEFT_OUT, Cause, RejectRow, lacking
from services.referral.pages.fix_words import came, meant, sentence, why
from services.referral.pages.own_feeds import CHANGE, OPEN, at, own_batch
from services.referral.store import reject_fixes
from services.referral.store.policy import policy_of
from shared.messaging import Tx
from shared.web import Conflict, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

SHOWN = 100
"""Causes on the page: with those above them fixed, the others come up."""
DONE = ("sent", "known", "aside", "remembered", "partly", "waits")


@router.get("/feeds/own/{batch_id}/fix", access=OPEN)
async def fix(desk: Desk, batch_id: UUID, done: str = "") -> Response:
    """The rows that wait, by what stopped them."""
    row = await own_batch(desk, batch_id)
    return await _shown(desk, row, await fixing.task_of(desk.tx, row), done=done)


@router.post("/feeds/own/{batch_id}/fix", access=CHANGE)
async def send(desk: Desk, batch_id: UUID) -> Response:
    """Change one column of the rows of one cause and send them again, or set them aside."""
    form, row = await desk.form(), await own_batch(desk, batch_id)
    if form.get("act") == "aside-all":
        await set_all_aside(desk, row)
        return desk.redirect(f"{at(row)}/fix?done=aside")
    task = await fixing.task_of(desk.tx, row)
    if task is None:
        raise NotFound
    cause = next((one for one in task.causes if _id(desk.tx, row, one) == form.get("cause")), None)
    if cause is None:
        return await _gone(desk, row, str(form.get("first") or ""))
    by = desk.actor.id, desk.actor.name
    if form.get("act") == "aside":
        numbers = [one.number for arrest in task.together(cause.rows) for one in arrest]
        await reject_fixes.mark(desk.tx, batch_id, numbers, None, by, None)
        desk.changed("set_rejects_aside", [], classes="POL", after={"batch": str(batch_id), "rows": len(numbers)})
        return desk.redirect(f"{at(row)}/fix?done=aside")
    value = str(form.get("value") or "").strip()
    mended, fault = await _tried(desk, task, cause, value)
    if mended is None or not mended.sent:
        return await _shown(desk, row, task, failed=cause, value=value, fault=fault)
    return await _send(desk, task, cause, value, mended, form)


async def set_all_aside(desk: Desk, row: RowMapping) -> None:
    """Every row of a batch that waits needs nobody any more: it is kept as it was sent."""
    numbers = await reject_fixes.waiting_numbers(desk.tx, row["batch_id"])
    await reject_fixes.mark(desk.tx, row["batch_id"], numbers, None, (desk.actor.id, desk.actor.name), None)
    desk.changed("set_rejects_aside", [], classes="POL", after={"batch": str(row["batch_id"]), "rows": len(numbers)})


async def _send(desk: Desk, task: Task, cause: Cause, value: str, mended: Mended, form: FormData) -> Response:
    row, place = task.batch, cause.place
    done = "sent" if {one.number for one in cause.rows} <= {one.number for one in mended.sent} else "partly"
    asks_first = task.asks_first([place] if place is not None else [])
    done = "waits" if asks_first else done
    column = task.remembers(cause)
    if column and form.get("remember") == "yes" and value in task.columns.options(place or 0):
        await fixing.remember(desk.tx, row["source"], column, cause.value, value)
        desk.changed("map_feed", [], classes="POL", after={"source": row["source"]})
        done = "remembered"
    sent_in = await fixing.send(
        desk.tx,
        task,
        mended,
        (desk.actor.id, desk.actor.name),
        column=task.columns.names[place] if place is not None else None,
        asks_first=asks_first,
    )
    before, after = {"value": cause.value}, {"value": value, "batch": str(sent_in)}
    desk.changed("fix_rejects", [], classes="POL", before=before, after=after)
    return desk.redirect(f"{at(row)}/fix?done={done}")


async def _tried(desk: Desk, task: Task, cause: Cause, value: str) -> tuple[Mended | None, str]:
    """What becomes of the rows, and what to say if none of them goes."""
    place = cause.place
    if place is None or not task.columns.shown(place):
        return None, "Open the row to put it right."
    if value == cause.value:
        return None, "This is what came. Say what it should be."
    cells = {one.number: [*one.cells[:place], value, *one.cells[place + 1 :]] for one in cause.rows}
    arrests = [arrest for arrest in task.together(cause.rows) if not lacking(arrest, task.columns)]
    try:
        mended = await fixing.tried(task, arrests, cells, desk.now)
    except StructuralFault as fault:
        return None, f"The feed has other columns by now: {fault.reason}. Send your own file again."
    faults = [mended.faults[one.number] for one in cause.rows if one.number in mended.faults]
    return mended, _said(next((one for one in faults if one.code != LEFT_OUT), None))


def _said(fault: Reject | None) -> str:
    if fault is None:
        return "Another row of the same arrest has a fault of its own. Open the row to put both right."
    return f"It would stop again. {sentence(fault.reason)}"


async def _gone(desk: Desk, row: RowMapping, first: str) -> Response:
    """The cause is not there any more: it was sent just now, by a second press of the button or by somebody else."""
    number = int(first) if first.isdecimal() and len(first) < 9 else -1
    if number not in await reject_fixes.settled_rows(desk.tx, row["batch_id"], [number]):
        raise Conflict("These rows changed meanwhile. Load the page again.")
    return desk.redirect(f"{at(row)}/fix?done=known")


async def _shown(
    desk: Desk,
    row: RowMapping,
    task: Task | None,
    *,
    done: str = "",
    failed: Cause | None = None,
    value: str = "",
    fault: str = "",
) -> Response:
    listed = task.causes[:SHOWN] if task else []
    lines = [_line(desk.tx, task, cause) for cause in listed] if task else []
    for line, cause in zip(lines, listed, strict=True):
        if cause is failed:
            line |= {"value": value, "fault": fault}
    if lines:
        desk.saw([], classes="POL OPS", fields=[f"reject values {row['batch_id']}"])
    waiting = 0
    if task is None and reject_fixes.fixable(row):
        waiting = len(await reject_fixes.waiting_numbers(desk.tx, row["batch_id"]))
    settled = await reject_fixes.settled(desk.tx, row["batch_id"])
    values: dict[str, Any] = {
        "batch": row,
        "at": at(row),
        "task": task,
        "lines": lines,
        "more": len(task.causes) - len(lines) if task else 0,
        "agency": await _agency(desk, row),
        "waiting": waiting,
        "settled": settled,
        "older": sum({one["fixed_in"]: one["older"] for one in settled}.values()),
        "done": done if done in DONE else "",
    }
    if failed is not None:
        name = next((line["id"] for line in lines if line["fault"]), "")
        return desk.invalid("feeds_fix.html", errors={name: fault}, **values)
    return desk.page("feeds_fix.html", **values)


def _line(tx: Tx, task: Task, cause: Cause) -> dict[str, Any]:
    columns, place = task.columns, cause.place
    mine = {one.number for one in cause.rows}
    arrests = task.together(cause.rows)
    waits = [rows for rows in arrests if lacking(rows, columns) or _others(rows, mine)]
    stuck = {one.number for rows in waits for one in rows}
    goes = [one for one in cause.rows if one.number not in stuck]
    going = [rows for rows in arrests if not any(one.number in stuck for one in rows)]
    return {
        "id": f"v-{_id(tx, task.batch, cause)}",
        "cause": _id(tx, task.batch, cause),
        "first": cause.rows[0],
        "open": next((one.number for one in cause.rows if one.number in stuck), cause.rows[0].number),
        "came": came(cause, columns),
        "column": columns.names[place] if place is not None else "",
        "rows": len(cause.rows),
        "why": why(cause, columns),
        "typed": place is not None and columns.shown(place) and bool(goes),
        "options": [(one, one) for one in columns.options(place)] if place is not None else [],
        "value": meant(cause, columns),
        "goes": len(goes),
        "with": sum(map(len, going)) - len(goes),
        "waits": len(stuck & mine),
        "remembers": task.remembers(cause),
        "fault": "",
    }


def _others(arrest: list[RejectRow], mine: set[int]) -> bool:
    """Whether a row of an arrest has a fault that is not of this cause."""
    return any(one.code != LEFT_OUT and one.number not in mine for one in arrest)


def _id(tx: Tx, batch: RowMapping, cause: Cause) -> str:
    """What a form names a cause by, without its value."""
    return tx.keys.blind("cause", f"{batch['batch_id']}:{cause.code}:{cause.place}:{cause.value}").hex()[:24]


async def _agency(desk: Desk, row: RowMapping) -> str:
    agencies = (await policy_of(desk.tx)).agencies
    return next((one.name for one in agencies if one.ori == row["agency_ori"]), row["agency_ori"] or "this feed")
