"""Whose feeds an agency's supervisor sees: those of the agency, and those of no agency that name them as steward."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import RowMapping

from services.referral.store import batches, sources
from shared.web import Access, Desk, NotFound

LOOK = Access(purpose="run_agency", reads="OPS", roles="agency_supervisor")
OPEN = Access(purpose="run_agency", reads="POL OPS", roles="agency_supervisor")
CHANGE = Access(purpose="run_agency", reads="POL OPS", writes="POL", roles="agency_supervisor")


def ori_of(desk: Desk) -> str:
    """The agency of who asks. Raises NotFound for who has none."""
    if desk.actor.agency_ori is None:
        raise NotFound
    return desk.actor.agency_ori


async def own_batch(desk: Desk, batch_id: UUID) -> RowMapping:
    """A batch of the agency's own feeds. Raises NotFound."""
    row = await batches.get(desk.tx, batch_id)
    if row is None or row["agency_ori"] != ori_of(desk):
        raise NotFound
    return row


async def steward_batch(desk: Desk, batch_id: UUID) -> RowMapping:
    """A batch of a feed of no single agency that names who asks as its steward. Raises NotFound.

    From here on this request sees the feed's rejected rows.
    """
    row = await batches.get(desk.tx, batch_id)
    source = await sources.source(desk.tx, row["source"]) if row is not None and row["agency_ori"] is None else None
    if row is None or source is None or source["agency_ori"] is not None or source["steward"] != desk.actor.sub:
        raise NotFound
    await sources.as_steward(desk.tx, desk.actor.sub)
    return row


def at(row: RowMapping) -> str:
    """The address of a batch for its agency."""
    return f"/feeds/own/{row['batch_id']}"
