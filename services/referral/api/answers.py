"""How a batch looks to machines, and which batches a caller may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from starlette.responses import Response

from services.referral.domain.feed_health import COUNTS
from services.referral.store import batches
from shared.web import Desk, NotFound


async def own_batch(desk: Desk, batch_id: UUID) -> RowMapping:
    """The batch, if it is the caller's to see. Raises NotFound."""
    row = await batches.get(desk.tx, batch_id)
    if row is None or not own(desk, row["agency_ori"]):
        raise NotFound
    return row


def own(desk: Desk, agency_ori: str | None) -> bool:
    """Whether something of this agency is the caller's: its own key's, or anything for the operator."""
    return desk.actor.agency_ori is None or desk.actor.agency_ori == agency_ori


def batch_answer(row: RowMapping) -> dict[str, Any]:
    """Status and counts; no value of any record."""
    answer: dict[str, Any] = {
        "batch_id": row["batch_id"],
        "source": row["source"],
        "status": row["status"],
        **{name: row[name] for name in COUNTS},
        "warnings": row["warnings"],
        "rejects_url": f"/api/batches/{row['batch_id']}/rejects",
    }
    if row["complete_from"]:
        answer["complete"] = [row["complete_from"], row["complete_to"]]
    if row["comparison"]:
        answer["comparison"] = row["comparison"]
    if row["error"]:
        answer["error"] = row["error"]
    if row["voided_at"]:
        answer["voided_at"] = row["voided_at"]
    if row["again_of"]:
        answer["again_of"] = row["again_of"]
    if row["replay_of"]:
        answer["replay_of"] = row["replay_of"]
    return answer


def json(content: object, status: int = 200) -> Response:
    """A JSON answer. The database's ids are no plain UUIDs, so they go out by their text."""
    return Response(orjson.dumps(content, default=str), status_code=status, media_type="application/json")
