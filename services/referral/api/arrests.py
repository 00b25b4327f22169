"""Arrests by machine: records of people with names come in here, and what became of each is told."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.responses import Response

from services.referral.api.answers import json, own
from services.referral.api.shapes import IDEMPOTENCY, StoredArrests
from services.referral.domain.arrest import CanonicalArrest
from services.referral.domain.crosswalk import Crosswalk
from services.referral.feeds.records import open_batch, read_arrest, seal
from services.referral.feeds.sealing import Sealer
from services.referral.store import arrests, idempotency, raw_records
from services.referral.store.crosswalk import crosswalk_on
from services.referral.store.policy import policy_of
from shared.web import Access, Conflict, Desk, NotFound, Pages, Problem
from shared.web.described import gives, takes

router = Pages("referral")

MOST: Final = 1000
BODY_BYTES: Final = 8 * 1024 * 1024


@router.api_post(
    "/api/arrests",
    access=Access(key="ingest"),
    status_code=202,
    max_body_size=BODY_BYTES,
    openapi_extra=takes(CanonicalArrest, many=MOST, headers=IDEMPOTENCY) | gives(_202=StoredArrests),
)
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
    batch = await open_batch(desk.tx, desk.actor.agency_ori, len(records), key_id=desk.actor.key_id)
    sealer = Sealer(desk.tx.keys, batch, await policy_of(desk.tx))
    staged = await asyncio.to_thread(seal, sealer, records, range(1, len(records) + 1))
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
    rules = await policy_of(desk.tx)
    crosswalk = crosswalk_on(rules, rules.civil_day(row["arrested_at"]))
    fact = {name: value for name, value in row["fact"].items() if value is not None}
    charges = [_with_review(charge, crosswalk) for charge in row["fact"]["charges"]]
    return json(
        {
            **fact,
            "charges": charges,
            "arrest_id": arrest_id,
            "status": "void" if row["state"] == "void" else "applied",
            "version": row["version"],
            "recorded_at": row["recorded_at"],
            # Whoever reads a presumption must know whether two people ever looked at what it rests on.
            "crosswalk_reviewed": bool(charges) and all(charge["reviewed"] for charge in charges),
        }
    )


def _with_review(charge: dict[str, Any], crosswalk: Crosswalk) -> dict[str, Any]:
    """The charge with whether its row of the crosswalk is reviewed, and in force as reviewed from which day."""
    found = crosswalk.labelled(charge["title"], charge["section"], charge["subsection"], charge["label"])
    review = found.reviewed if found else None
    return {**charge, "reviewed": review is not None, "reviewed_from": review.since if review else None}


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
    found = read_arrest(item, desk.actor.agency_ori, desk.now)
    if isinstance(found, CanonicalArrest):
        return found
    errors.extend({"field": prefix + fault.field, "reason": fault.said} for fault in found)
    return None
