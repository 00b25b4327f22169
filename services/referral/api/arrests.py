"""Arrests by machine: records of people with names come in here, and what became of each is told."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import ValidationError
from starlette.responses import Response

from services.referral.api.answers import json, own
from services.referral.domain.arrest import CanonicalArrest
from services.referral.feeds.adapter import Record
from services.referral.feeds.sealing import Sealer
from services.referral.store import arrests, batches, idempotency, raw_records
from services.referral.store.batches import Batch, NewBatch, Tenant
from services.referral.store.policy import policy_of
from services.referral.store.raw_records import Staged
from shared.runtime.ids import uuid7
from shared.web import Access, Conflict, Desk, NotFound, Pages, Problem

router = Pages("referral")

MOST: Final = 1000
BODY_BYTES: Final = 8 * 1024 * 1024
SOURCE: Final = "api"
FORMAT: Final = "canonical_json"


@router.api_post("/api/arrests", access=Access(key="ingest"), status_code=202, max_body_size=BODY_BYTES)
async def send_arrests(desk: Desk) -> Response:
    """One canonical arrest, or an array of up to 1,000: all are stored, or none and every fault is listed.

    Answered once they are stored; linking and the event follow within a second.
    """
    body = await desk.request.body()
    token = desk.request.headers.get("idempotency-key", "")[:200]
    holder = desk.actor.key_id or desk.actor.sub
    if token:
        before = await _answered(desk, holder, token, body)
        if before is not None:
            return json(before, status=202)
    records = _read(desk, body)
    batch = await _batch(desk, len(records))
    sealer = Sealer(desk.tx.keys, batch, await policy_of(desk.tx))
    staged = await asyncio.to_thread(_seal, sealer, records)
    await raw_records.stage(desk.tx, batch, staged)
    answer = {
        "batch_id": str(batch.batch_id),
        "results": [
            {"source_record_id": record.source_record_id, "arrest_id": str(row.arrest_id), "result": "stored"}
            for record, row in zip(records, staged, strict=True)
        ],
    }
    desk.changed("send arrests", [], classes="ID POL")
    if token:
        await idempotency.remember(desk.tx, holder, f"arrests:{token}", body, answer)
    return json(answer, status=202)


@router.api_get("/api/arrests/{arrest_id}", access=Access(key="ingest"))
async def arrest(desk: Desk, arrest_id: UUID) -> Response:
    """An arrest with its charges, their classification, and the reason for each eligibility."""
    row = await arrests.get(desk.tx, arrest_id)
    if row is None:
        if await arrests.waits(desk.tx, arrest_id):
            return json({"arrest_id": arrest_id, "status": "received"})
        raise NotFound
    if not own(desk, row["agency_ori"]):
        raise NotFound
    desk.saw([row["person_id"]], classes="POL", fields=["charges", "divertible"])
    fact = {name: value for name, value in row["fact"].items() if value is not None}
    return json(
        {
            **fact,
            "arrest_id": arrest_id,
            "status": "void" if row["state"] == "void" else "applied",
            "version": row["version"],
            "recorded_at": row["recorded_at"],
            # Nobody has reviewed the crosswalk's seed yet: whoever reads a presumption must know.
            "crosswalk_reviewed": False,
        }
    )


def _seal(sealer: Sealer, records: list[CanonicalArrest]) -> list[Staged]:
    numbered = enumerate(records, start=1)
    return [sealer.staged(number, Record(number, record), str(record.ori))[0] for number, record in numbered]


async def _batch(desk: Desk, rows: int) -> Batch:
    """The batch of this request: staged at once, so that the worker only has to link and apply it."""
    batch_id = uuid7()
    tenant = Tenant(desk.tx.settings.programme, None, desk.actor.agency_ori)
    key = desk.tx.keys.blind("request", str(batch_id))
    await batches.add(
        desk.tx,
        NewBatch(
            source=SOURCE,
            format=FORMAT,
            timezone=desk.tx.settings.timezone,
            mapping_version=1,
            key=key,
            body_key=key,
            status="staged",
            adapter_version="1",
            tenant=tenant,
            key_id=desk.actor.key_id,
            rows=rows,
        ),
        batch_id,
    )
    zone = desk.tx.settings.timezone
    return Batch(batch_id, SOURCE, FORMAT, zone, "staged", None, None, desk.now, tenant)


async def _answered(desk: Desk, holder: str, token: str, body: bytes) -> Any | None:
    try:
        return await idempotency.first_answer(desk.tx, holder, f"arrests:{token}", body)
    except idempotency.KeyReused:
        raise Conflict("This Idempotency-Key was used for another request: use a new key for a new request.") from None


def _read(desk: Desk, body: bytes) -> list[CanonicalArrest]:
    try:
        sent = orjson.loads(body)
    except ValueError:
        raise Problem(400, "The body is not JSON", errors=[{"field": "", "reason": "E_JSON"}]) from None
    one = not isinstance(sent, list)
    items = [sent] if one else sent
    if not 1 <= len(items) <= MOST:
        raise Problem(422, "Send 1 to 1,000 arrests", errors=[{"field": "", "reason": f"{len(items)} were sent"}])
    errors: list[dict[str, str]] = []
    records = [_record(desk, item, "" if one else f"{number}.", errors) for number, item in enumerate(items)]
    if errors:
        raise Problem(422, "Some fields are wrong", errors=errors)
    return [record for record in records if record is not None]


def _record(desk: Desk, item: Any, prefix: str, errors: list[dict[str, str]]) -> CanonicalArrest | None:
    agency = desk.actor.agency_ori
    if isinstance(item, dict) and agency and item.get("ori") is None:
        item = {**item, "ori": agency}
    try:
        record = CanonicalArrest.model_validate(item)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False, include_context=False):
            where = ".".join(str(step) for step in fault["loc"])
            errors.append({"field": prefix + where, "reason": fault["msg"]})
        return None
    faults = record.faults(desk.now)
    if record.ori is None:
        faults.append(("ori", "E_ORI: expected the agency of the record"))
    elif not own(desk, record.ori):
        faults.append(("ori", "E_ORI_FORBIDDEN: this key belongs to another agency"))
    errors.extend({"field": prefix + field, "reason": reason} for field, reason in faults)
    return record
