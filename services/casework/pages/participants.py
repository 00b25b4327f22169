"""People: search and filters live in the address; nobody leaves the list for missing goals."""

from __future__ import annotations

from fastapi import Response

from services.casework.pages import words
from services.casework.pages.person_line import ids, lines
from services.casework.pages.router import CARE, router
from services.casework.store import people
from services.casework.store.people import Wanted
from shared.web import Desk
from shared.web.paging import Paging

SORTS = {"next": "Next step due", "quiet": "Longest since reached", "newest": "Newest referral"}
SEEN = {
    "": "Any time",
    "30": "Within 30 days",
    "60": "31 to 60 days ago",
    "90": "61 to 90 days ago",
    "90+": "Over 90 days ago",
}
WHOSE = {"mine": "Mine", "unassigned": "Nobody’s", "all": "All"}
STATUSES = {"active": "Active", "in_the_wind": "In the wind", "waiting": "Waiting for intake", "inactive": "Inactive",
            "moved": "Moved away", "self_closed": "Chose to leave", "deceased": "Deceased"}  # fmt: skip


@router.get("/participants", access=CARE)
async def participants(
    desk: Desk, q: str = "", town: str = "", status: str = "", seen: str = "", sort: str = "next", whose: str = "all"
) -> Response:
    """The list, or under HX-Request its results alone."""
    asked = Paging.of(desk.request, people.PAGE * people.PAGES)
    wanted = Wanted(q.strip()[:100], town, status, seen, sort, whose, asked.number)
    rows, total = await people.page(desk.tx, wanted, desk.actor.worker, desk.today)
    found = await lines(desk, rows)
    desk.saw(ids(found), classes="ID ENG CON")
    return desk.page(
        "participants.html",
        fragment="_people_table.html",
        people=found,
        total=total,
        paging=Paging.of(desk.request, total),
        wanted=wanted,
        towns=await people.towns(desk.tx),
        sorts=SORTS,
        seen_choices=SEEN,
        whose_choices=WHOSE,
        status_choices=STATUSES,
        words=words,
    )
