"""The public dashboard. It reads the newest stored snapshot and nothing else, so it needs no other right."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from services.metrics.domain.sentences import spelled
from services.metrics.pages.results import Results
from services.metrics.store.registry import definitions
from services.metrics.store.snapshots import newest, published
from shared.web import Access, Desk, Pages

router = Pages("metrics", templates=Path(__file__).parent / "templates")


@router.get("/", access=Access(public=True))
async def results(desk: Desk) -> Response:
    """Is LEAD working? Rounded figures, small numbers hidden, frozen at a day."""
    snapshot = await newest(desk.tx)
    if snapshot is None:
        return desk.page("public.html", snapshot=None)
    view = Results(await published(desk.tx, snapshot))
    return desk.page(
        "public.html",
        snapshot=snapshot,
        through=spelled(snapshot.as_of),
        selection_warning=snapshot.notes.get("selection_warning"),
        live=False,
        **view.context(),
    )


@router.get("/definitions", access=Access(public=True))
async def how_we_count(desk: Desk) -> Response:
    """What every figure means, from the same file as the API and Prometheus."""
    return desk.page("definitions.html", definitions=definitions().definitions)
