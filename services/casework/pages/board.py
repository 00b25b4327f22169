"""The supervisor's board: nobody unassigned, nobody overloaded, nobody forgotten."""

from __future__ import annotations

from fastapi import Response

from services.casework.pages import words
from services.casework.pages.person_line import ids, lines, remember_me
from services.casework.pages.router import OVERSEE, router
from services.casework.store import board, workers
from shared.web import Desk

SHOWN = 25


@router.get("/board", access=OVERSEE)
async def supervisor_board(desk: Desk) -> Response:
    """Unassigned people, caseloads, and who was not reached for 30, 60 and 90 days."""
    await remember_me(desk)
    nobodys = await lines(desk, await board.unassigned(desk.tx))
    quiet = await lines(desk, await board.silent(desk.tx, desk.today))
    bands = [
        ("Over 90 days", [line for line in quiet if (line.silent_days or 0) > 90]),
        ("61 to 90 days", [line for line in quiet if 60 < (line.silent_days or 0) <= 90]),
        ("30 to 60 days", [line for line in quiet if 30 <= (line.silent_days or 0) <= 60]),
    ]
    desk.saw([*ids(nobodys), *ids(quiet)], classes="ID ENG CON")
    return desk.page(
        "board.html",
        unassigned=nobodys,
        caseloads=await board.caseloads(desk.tx),
        bands=bands,
        shown=SHOWN,
        staff=await workers.names(desk.tx),
        words=words,
    )
