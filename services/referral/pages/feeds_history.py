"""One feed for county IT: how it is now, why rows were rejected, its batches and its versions. Codes and counts."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from services.referral.domain.feed_codes import MEANINGS
from services.referral.pages.feeds import LOOK, feed_row
from services.referral.pages.feeds_words import COUNTED, STATUS, length
from services.referral.store import batches, feed_health, sources
from services.referral.store.policy import policy_of
from services.referral.store.reject_fixes import COUNTED as SO_LONG
from services.referral.store.reject_fixes import to_fix_by_batch
from shared.web import Desk, NotFound, Pages
from shared.web.paging import Paging

router = Pages("referral", templates=Path(__file__).parent / "templates")


@router.get("/feeds/history/{source}", access=LOOK)
async def history(desk: Desk, source: str) -> Response:
    """The feed with its batches, a page of them, and every version of how it is read."""
    feed = next((one for one in await feed_health.feeds(desk.tx, desk.zone) if one.source == source), None)
    if feed is None:
        raise NotFound
    names = {agency.ori: agency.name for agency in (await policy_of(desk.tx)).agencies}
    paging = Paging.of(desk.request, await batches.count_of(desk.tx, source))
    found = await batches.of_source(desk.tx, source, paging.offset, paging.size)
    usual = feed.health.usual_gap
    return desk.page(
        "feeds_history.html",
        row=feed_row(desk, feed, names),
        feed=feed,
        usual=length(usual) if usual else "",
        paging=paging,
        batches=found,
        to_fix=await to_fix_by_batch(desk.tx, [one["batch_id"] for one in found]),
        codes=await batches.reject_codes(desk.tx, source, desk.now - SO_LONG),
        versions=await sources.versions(desk.tx, source),
        meanings=MEANINGS,
        counted_names=COUNTED,
        states=STATUS,
    )
