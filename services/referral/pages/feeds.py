"""The feed console: what came, what became of it, what was rejected and why. Codes and counts, no content."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from starlette.responses import Response

from services.referral.domain.feed_codes import MEANINGS
from services.referral.store import batches, sources
from shared.web import Access, Desk, NotFound, Pages

router = Pages("referral", templates=Path(__file__).parent / "templates")

_OPERATE = Access(purpose="operate", reads="OPS", roles="county_it")
SHOWN = 50


@router.get("/feeds", access=_OPERATE)
async def console(desk: Desk) -> Response:
    """Every feed and the newest batches."""
    return desk.page(
        "feeds.html",
        sources=await sources.all_sources(desk.tx),
        batches=await batches.recent(desk.tx, SHOWN),
        shown=SHOWN,
    )


@router.get("/feeds/batches/{batch_id}", access=_OPERATE)
async def batch(desk: Desk, batch_id: UUID) -> Response:
    """One batch: counts, warnings and rejects by code."""
    row = await batches.get(desk.tx, batch_id)
    if row is None:
        raise NotFound
    return desk.page("feeds_batch.html", batch=row, meanings=MEANINGS)
