"""Batches by machine: how far one is, what was rejected, and what a person decides about a held one."""

from __future__ import annotations

from functools import partial
from typing import Literal
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from services.referral.api.answers import batch_answer, json, own_batch
from services.referral.api.shapes import Again, Batch, Sent
from services.referral.feeds import deciding
from services.referral.feeds.deciding import NotWaiting
from services.referral.feeds.reject_table import NO_TABLE, as_csv, as_json, is_table
from services.referral.store import batch_content, sources
from shared.web import Access, Conflict, Desk, Pages, Problem
from shared.web.described import gives

router = Pages("referral")


@router.api_get("/api/batches/{batch_id}", access=Access(key="ingest"), openapi_extra=gives(_200=Batch))
async def batch(desk: Desk, batch_id: UUID) -> Response:
    """Status and counts of a batch."""
    return json(batch_answer(await own_batch(desk, batch_id)))


@router.api_post(
    "/api/batches/{batch_id}/apply", access=Access(key="ingest"), status_code=202, openapi_extra=gives(_202=Sent)
)
async def apply(desk: Desk, batch_id: UUID, question: str | None = None) -> Response:
    """Let a held or previewed batch through. Another question may follow: it is then held again.

    `question`: the code of the error that is answered; 409 if the batch asks another one by now.
    """
    return await _decide(desk, batch_id, "apply", question)


@router.api_post(
    "/api/batches/{batch_id}/discard", access=Access(key="ingest"), status_code=202, openapi_extra=gives(_202=Sent)
)
async def discard(desk: Desk, batch_id: UUID) -> Response:
    """Drop a held or previewed batch: nothing of it is applied."""
    return await _decide(desk, batch_id, "discard")


async def _decide(
    desk: Desk, batch_id: UUID, decision: Literal["apply", "discard"], question: str | None = None
) -> Response:
    try:
        await deciding.decide(desk.tx, await own_batch(desk, batch_id), decision, question=question)
    except NotWaiting as refusal:
        raise Conflict(str(refusal)) from None
    return json({"batch_id": batch_id}, status=202)


@router.api_post(
    "/api/batches/{batch_id}/replay", access=Access(key="ingest"), status_code=202, openapi_extra=gives(_202=Again)
)
async def replay(desk: Desk, batch_id: UUID) -> Response:
    """Read the file of a batch again, by today's mapping, adapter and rules, as a batch linked to it."""
    row = await own_batch(desk, batch_id)
    try:
        again = await deciding.replay(desk.tx, row, key_id=desk.actor.key_id)
    except NotWaiting as refusal:
        raise Conflict(str(refusal)) from None
    return json({"batch_id": again, "replay_of": row["replay_of"] or batch_id}, status=202)


@router.api_get("/api/batches/{batch_id}/rejects", access=Access(key="ingest"))
async def rejects(desk: Desk, batch_id: UUID, format: str = "json") -> Response:
    """The rejected lines. What was sent is shown to the agency itself only; as CSV it can be mended and sent again."""
    row = await own_batch(desk, batch_id)
    begin = partial(desk.site.transactions.begin, desk.actor.scope)
    pages = batch_content.rejects(begin, batch_id, opened=desk.actor.agency_ori is not None)
    if format == "csv" or "text/csv" in desk.request.headers.get("accept", ""):
        if not is_table(row):
            raise Problem(406, "These rejects make no table", detail=NO_TABLE)
        header_line = await sources.header_line(desk.tx, row["source"])
        return StreamingResponse(as_csv(row["columns"], pages, header_line), media_type="text/csv; charset=utf-8")
    return StreamingResponse(as_json(pages), media_type="application/json")
