"""The programme as it stands now, for people who steer or evaluate it. A new fact moves a figure in seconds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson
from starlette.responses import Response

from services.metrics.domain.figures import figures
from services.metrics.domain.sentences import spelled
from services.metrics.pages.results import Results
from services.metrics.store.cells import freshness, read_counts
from services.metrics.store.queue import waiting
from services.metrics.store.registry import definitions
from services.metrics.store.snapshots import freeze, newest
from shared.web import Access, Desk, Pages

router = Pages("metrics", templates=Path(__file__).parent / "templates")
SEES = Access(purpose="evaluate", reads="PSE", roles="evaluator programme_manager supervisor")
PUBLISHES = Access(purpose="evaluate", reads="PSE", writes="RUL", roles="programme_manager")


@router.get("/programme", access=SEES)
async def programme(desk: Desk, seen: str = "") -> Response:
    """Live figures, numbers under 11 hidden. A poll that would change nothing answers 204."""
    known = await freshness(desk.tx, desk.today)
    counts = await read_counts(desk.tx, known.as_of)
    live = figures(counts, definitions(), "live")
    queue = await waiting(desk.tx)
    mark = hashlib.sha256(orjson.dumps([[f.model_dump() for f in live], queue.people], default=str)).hexdigest()[:16]
    desk.saw([], classes="PSE", fields=["cells"])
    if desk.partial and seen == mark:
        return Response(status_code=204)
    return desk.page(
        "programme.html",
        fragment="figures",
        mark=mark,
        known=known,
        through=spelled(known.as_of),
        queue=queue,
        snapshot=await newest(desk.tx),
        may_publish=desk.actor.role == "programme_manager",
        selection_warning=any(tally.selected for tally in counts.outcomes.values()),
        live=True,
        **Results(live).context(),
    )


@router.post("/programme/publish", access=PUBLISHES)
async def publish(desk: Desk) -> Response:
    """Freeze the figures as they may be published, and put them on the public page."""
    known = await freshness(desk.tx, desk.today)
    snapshot = await freeze(desk.tx, known.as_of, "operator")
    desk.changed("publish", [], classes="RUL", after={"snapshot": str(snapshot.snapshot_id)})
    return desk.redirect("/programme")
