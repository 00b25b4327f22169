"""The feed console of county IT: how each feed is, and what became of a batch. Codes and counts, no content."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from starlette.responses import Response

from services.referral.pages import feeds_batch
from services.referral.pages.feeds_delay import delay
from services.referral.pages.feeds_state import state
from services.referral.pages.feeds_words import COUNTED, STATUS, length, percent, said
from services.referral.store import batches, feed_health
from services.referral.store.feed_health import Feed
from services.referral.store.policy import policy_of
from shared.web import Access, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

LOOK = Access(purpose="operate", reads="OPS", roles="county_it")
CHANGE = Access(purpose="operate", reads="OPS", writes="OPS", roles="county_it")
SHOWN = 50
_ORDER = {"risk": 0, "soon": 1, "good": 2}


@router.get("/feeds", access=LOOK)
async def console(desk: Desk, show: str = "") -> Response:
    """Every feed, worst first, and the newest batches; `show=attention`: only feeds with something wrong."""
    feeds = await feed_health.feeds(desk.tx, desk.zone)
    names = {agency.ori: agency.name for agency in (await policy_of(desk.tx)).agencies}
    rows = sorted((feed_row(desk, feed, names) for feed in feeds), key=_worst_first)
    wrong = [row for row in rows if row["signs"]]
    return desk.page(
        "feeds.html",
        feeds=wrong if show == "attention" else rows,
        state=state(feeds),
        total=len(rows),
        wrong=len(wrong),
        show=show,
        today_rows=sum(feed.health.today["rows"] for feed in feeds),
        to_fix=sum(feed.to_fix for feed in feeds),
        batches=await batches.recent(desk.tx, SHOWN),
        shown=SHOWN,
        counted_names=COUNTED,
        states=STATUS,
    )


@router.get("/feeds/batches/{batch_id}", access=LOOK)
async def batch(desk: Desk, batch_id: UUID, done: str = "") -> Response:
    """One batch: counts, warnings and rejects by code."""
    row = await _batch(desk, batch_id)
    return desk.page("feeds_batch.html", **feeds_batch.values(row, _at(row)), own=False, done=done)


@router.post("/feeds/batches/{batch_id}", access=CHANGE)
async def decide(desk: Desk, batch_id: UUID) -> Response:
    """Apply, discard or read again, after asking back."""
    row = await _batch(desk, batch_id)
    return await feeds_batch.act(desk, row, _at(row), "OPS", "feeds_batch.html", own=False, done="")


async def _batch(desk: Desk, batch_id: UUID) -> RowMapping:
    row = await batches.get(desk.tx, batch_id)
    if row is None:
        raise NotFound
    return row


def _at(row: RowMapping) -> str:
    return f"/feeds/batches/{row['batch_id']}"


def feed_row(desk: Desk, feed: Feed, names: dict[str, str]) -> dict[str, Any]:
    """A feed as its line on the console shows it; `names` of agencies by ORI."""
    health = feed.health
    return {
        "feed": feed,
        "agency": names.get(feed.agency_ori or "", feed.agency_ori or "Several agencies"),
        "health": health,
        "tone": "soon" if health.tone == "good" and feed.to_fix else health.tone,
        "signs": said(
            health, desk.site.renderer.times, feed.to_fix, "its agency" if feed.agency_ori else "its steward"
        ),
        "reject_ratio": percent(health.reject_ratio),
        "delay": delay(feed.waits),
        "lag": length(feed.waits.now) if feed.waits.now is not None else "",
    }


def _worst_first(row: dict[str, Any]) -> tuple[int, int]:
    return _ORDER[row["tone"]], -row["feed"].to_fix
