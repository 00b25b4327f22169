"""Marking an arrest alert as seen, for oneself."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response

from services.casework.pages.router import ALERTS, router
from services.casework.store import alerts
from shared.web import Desk, NotFound


@router.post("/alerts/{arrest_id}/seen", access=ALERTS)
async def seen(desk: Desk, arrest_id: UUID) -> Response:
    """Take the alert off one's own Today; it stays on the person's page."""
    home = await alerts.mark_seen(desk.tx, arrest_id, desk.actor.worker)
    if home is None:
        raise NotFound
    desk.changed("alert seen", [home], after={"arrest_id": str(arrest_id)})
    return desk.redirect("/")
