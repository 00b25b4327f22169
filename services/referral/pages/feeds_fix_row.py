"""One rejected row opened, with all rows of its arrest, every cell a field: put right and sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.responses import Response

from services.referral.feeds import fixing
from services.referral.feeds.adapter import Reject, StructuralFault
from services.referral.feeds.fixing import Task
from services.referral.feeds.reject_rows import LEFT_OUT, RejectRow, lacking
from services.referral.pages.fix_words import sentence
from services.referral.pages.own_feeds import CHANGE, OPEN, at, own_batch
from services.referral.store import reject_fixes
from shared.web import Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

MOST = 30
"""An arrest of more rows is put right in a table of its own."""


@router.get("/feeds/own/{batch_id}/rows/{number}", access=OPEN)
async def one(desk: Desk, batch_id: UUID, number: int) -> Response:
    """The row's cells, and those of the other rows of its arrest."""
    row = await own_batch(desk, batch_id)
    task, rows = await _arrest(desk, row, number)
    return _shown(desk, task, rows, number)


@router.post("/feeds/own/{batch_id}/rows/{number}", access=CHANGE)
async def send(desk: Desk, batch_id: UUID, number: int) -> Response:
    """Send the arrest again as it is typed."""
    form, row = await desk.form(), await own_batch(desk, batch_id)
    if number in await reject_fixes.settled_rows(desk.tx, batch_id, [number]):
        return desk.redirect(f"{at(row)}/fix?done=known")
    task, rows = await _arrest(desk, row, number)
    if why := _not_here(task, rows):
        return _shown(desk, task, rows, number, {"": why})
    typed = {one.number: _cells(form, one, task) for one in rows}
    try:
        mended = await fixing.tried(task, [rows], typed, desk.now)
    except StructuralFault as fault:
        return _shown(desk, task, rows, number, {"": f"The feed has other columns by now: {fault.reason}."}, typed)
    if not mended.sent:
        return _shown(desk, task, rows, number, _errors(task, mended.faults), typed)
    changed = {
        place for one in rows for place, cell in enumerate(typed[one.number]) if cell != _sent(one, task)[place].strip()
    }
    names = [task.columns.names[place] for place in sorted(changed)]
    asks_first = task.asks_first(changed)
    sent_in = await fixing.send(
        desk.tx,
        task,
        mended,
        (desk.actor.id, desk.actor.name),
        column=", ".join(names)[:200] or None,
        asks_first=asks_first,
    )
    desk.changed("fix_rejects", [], classes="POL", after={"batch": str(sent_in), **dict.fromkeys(names, "changed")})
    return desk.redirect(f"{at(row)}/fix?done={'waits' if asks_first else 'sent'}")


async def _arrest(desk: Desk, row: RowMapping, number: int) -> tuple[Task, list[RejectRow]]:
    task = await fixing.task_of(desk.tx, row)
    if task is None or number not in task.arrests:
        raise NotFound
    return task, task.arrests[number]


def _not_here(task: Task, rows: list[RejectRow]) -> str:
    """Why an arrest cannot be sent again from here; empty if it can."""
    if len(rows) > MOST:
        return f"This arrest has {len(rows)} rows: put them right in your own file."
    if any(one.cut for one in rows):
        return "A row of it was too long to be kept whole: put it right in your own file."
    # A row of the wrong width can be put right here: what counts is whether another one is missing.
    if lacking([replace(one, cells=_sent(one, task)) for one in rows], task.columns):
        return "Another row of this arrest is no longer here: send the arrest from your own file."
    return ""


def _sent(one: RejectRow, task: Task) -> list[str]:
    """The cells of a row, as many as there are columns."""
    width = len(task.columns.names)
    return [*one.cells, *[""] * width][:width]


def _cells(form: FormData, one: RejectRow, task: Task) -> list[str]:
    return [str(form.get(f"c-{one.number}-{place}") or "").strip() for place in range(len(task.columns.names))]


def _errors(task: Task, faults: Mapping[int, Reject]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, fault in faults.items():
        if fault.code != LEFT_OUT:
            place = task.columns.place(fault.column)
            found[f"c-{number}-{place}" if place is not None else f"row-{number}"] = sentence(fault.reason)
    return found


def _shown(
    desk: Desk,
    task: Task,
    rows: list[RejectRow],
    number: int,
    errors: dict[str, str] | None = None,
    typed: dict[int, list[str]] | None = None,
) -> Response:
    row, columns = task.batch, task.columns
    why = _not_here(task, rows)
    opened = rows if len(rows) <= MOST else [one for one in rows if one.number == number]
    desk.saw([], classes="POL OPS", fields=[f"reject {row['batch_id']} {one.number}" for one in opened])
    lines = [
        {
            "number": one.number,
            "line": one.line,
            "why": sentence(one.reason),
            "left": one.cells[len(columns.names) :],
            "cells": [
                {
                    "id": f"c-{one.number}-{place}",
                    "name": name or f"Column {place + 1}",
                    "value": (typed or {}).get(one.number, _sent(one, task))[place],
                }
                for place, name in enumerate(columns.names)
            ],
        }
        for one in opened
    ]
    values: dict[str, Any] = {"batch": row, "at": at(row), "lines": lines, "number": number, "not_here": why}
    if errors:
        return desk.invalid("feeds_fix_row.html", errors=errors, **values)
    return desk.page("feeds_fix_row.html", **values)
