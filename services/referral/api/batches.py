"""Batches by machine: how far one is, what was rejected, and what a person decides about a held one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from starlette.responses import Response

from services.referral.api.answers import batch_answer, json, own_batch
from services.referral.feeds.formats import FORMATS
from services.referral.store import batch_content, batches, sources
from services.referral.store.batches import Declared, NewBatch, Tenant
from shared.runtime.ids import uuid7
from shared.web import Access, Conflict, Desk, Pages

router = Pages("referral")

_WAITING_FOR_A_PERSON = {"held", "previewed"}


@router.api_get("/api/batches/{batch_id}", access=Access(key="ingest"))
async def batch(desk: Desk, batch_id: UUID) -> Response:
    """Status and counts of a batch."""
    return json(batch_answer(await own_batch(desk, batch_id)))


@router.api_post("/api/batches/{batch_id}/apply", access=Access(key="ingest"), status_code=202)
async def apply(desk: Desk, batch_id: UUID) -> Response:
    """Let a held or previewed batch through."""
    return await _decide(desk, batch_id, "apply")


@router.api_post("/api/batches/{batch_id}/discard", access=Access(key="ingest"), status_code=202)
async def discard(desk: Desk, batch_id: UUID) -> Response:
    """Drop a held or previewed batch: nothing of it is applied."""
    return await _decide(desk, batch_id, "discard")


async def _decide(desk: Desk, batch_id: UUID, decision: Literal["apply", "discard"]) -> Response:
    row = await own_batch(desk, batch_id)
    if row["status"] not in _WAITING_FOR_A_PERSON:
        raise Conflict(f"The batch is {row['status']}: only one that is held or previewed waits for a decision.")
    await batches.decide(desk.tx, batch_id, decision)
    return json({"batch_id": batch_id}, status=202)


@router.api_post("/api/batches/{batch_id}/replay", access=Access(key="ingest"), status_code=202)
async def replay(desk: Desk, batch_id: UUID) -> Response:
    """Read the file of a batch again, by today's mapping, adapter and rules, as a batch linked to it."""
    row = await own_batch(desk, batch_id)
    source = await sources.source(desk.tx, row["source"])
    if source is None or not row["bytes"]:
        raise Conflict("Records sent by HTTP are not kept as a file: send them again.")
    again = uuid7()
    await batches.add(
        desk.tx,
        NewBatch(
            source=row["source"],
            format=source["format"],
            timezone=source["timezone"],
            mapping_version=source["mapping_version"],
            key=bytes(row["batch_key"]),
            body_key=bytes(row["body_key"]),
            status="received",
            adapter_version=FORMATS[source["format"]].version,
            tenant=Tenant(row["programme"], row["municipality"], row["agency_ori"]),
            key_id=desk.actor.key_id,
            replay_of=row["replay_of"] or batch_id,
            size=row["bytes"],
            declared=Declared(row["complete_from"], row["complete_to"], row["declared_rows"]),
        ),
        again,
    )
    return json({"batch_id": again, "replay_of": row["replay_of"] or batch_id}, status=202)


@router.api_get("/api/batches/{batch_id}/rejects", access=Access(key="ingest"))
async def rejects(desk: Desk, batch_id: UUID, format: str = "json") -> Response:
    """The rejected lines. What was sent is shown to the agency itself only; as CSV it can be mended and sent again."""
    row = await own_batch(desk, batch_id)
    found = await batch_content.rejects(desk.tx, batch_id, opened=desk.actor.agency_ori is not None)
    if format == "csv" or "text/csv" in desk.request.headers.get("accept", ""):
        return Response(_as_csv(row["columns"], found), media_type="text/csv; charset=utf-8")
    return json(found)


def _as_csv(columns: Sequence[str], found: Sequence[Mapping[str, Any]]) -> str:
    """The rejected rows under their own header, with line, code and reason behind, which a feed ignores."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*columns, "lead_line", "lead_column", "lead_code", "lead_reason"])
    for one in found:
        cells = next(csv.reader([one["raw"] or ""]), [])
        cells = [*cells, *[""] * (len(columns) - len(cells))]
        shown = [_no_formula(cell) for cell in cells]
        writer.writerow([*shown, one["line"], one["column"] or "", one["code"], one["reason"]])
    return out.getvalue()


def _no_formula(cell: str) -> str:
    """A cell that a spreadsheet would run gets an apostrophe; numbers stay."""
    if cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
