"""Referrals by machine: an agency's own system sends them and asks what became of its own."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from fastapi import Query
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.feeds.moments import possible
from services.referral.feeds.records import read_referral
from services.referral.store import idempotency, referrals
from services.referral.store.agency_status import statuses
from services.referral.store.referring import Entry, refer, source_referral_id
from shared.web import Access, Desk, NotFound, Pages, Problem

router = Pages("referral")

MOST = 1000
BODY_BYTES = 8 * 1024 * 1024
PAGE = 200


@router.api_post("/api/referrals", access=Access(key="ingest"), status_code=202, max_body_size=BODY_BYTES)
async def send_referrals(desk: Desk) -> JSONResponse:
    """One canonical referral, or an array of up to 1,000: all are taken, or none and every fault is listed."""
    body = await desk.request.body()
    token = desk.request.headers.get("idempotency-key", "")[:200]
    holder = desk.actor.key_id or desk.actor.sub
    if token:
        before = await _answered(desk, holder, token, body)
        if before is not None:
            return JSONResponse(before, status_code=202)
    records = _read(desk, body)
    entries = [Entry(source_referral_id(desk.tx, record.ori, record.source_record_id), record) for record in records]
    made = await refer(desk.tx, entries, entered_by=holder)
    desk.changed("refer", [one.person_id for one in made], classes="ID REF")
    answer = {
        "results": [
            {
                "source_record_id": record.source_record_id,
                "referral_id": str(one.referral_id),
                "result": one.result,
                # The screening is the agency's to know; what came after is not.
                **({"decision": one.state} if one.result == "created" else {}),
            }
            for record, one in zip(records, made, strict=True)
        ]
    }
    if token:
        await idempotency.remember(desk.tx, holder, token, body, answer)
    return JSONResponse(answer, status_code=202)


@router.api_get("/api/referrals/{referral_id}", access=Access(key="status"))
async def referral_status(desk: Desk, referral_id: UUID) -> JSONResponse:
    """The status of one of the agency's own referrals."""
    row = await referrals.one(desk.tx, referral_id)
    if row is None or (desk.actor.agency_ori and row["agency_ori"] != desk.actor.agency_ori):
        raise NotFound
    desk.saw([row["person_id"]], classes="REF", fields=["status"])
    (found,) = await statuses(desk.tx, [row], row["agency_ori"] or "")
    return JSONResponse(jsonable_encoder(found))


@router.api_get("/api/referrals", access=Access(key="status"))
async def referral_statuses(
    desk: Desk,
    updated_since: datetime | None = None,
    cursor: str = Query(default="", max_length=200),
    ori: str = Query(default="", max_length=9),
) -> JSONResponse:
    """The agency's own referrals whose status is of `updated_since` or later; `next` leads to the next page.

    `ori`: for the operator, who has no agency.
    """
    asked = desk.actor.agency_ori or ori
    if not asked:
        raise Problem(422, "Some fields are wrong", errors=[{"field": "ori", "reason": "the operator names an agency"}])
    rows = await referrals.page_of_agency(desk.tx, asked, _after(cursor), PAGE)
    desk.saw([row["person_id"] for row in rows], classes="REF", fields=["status"])
    found = await statuses(desk.tx, rows, asked)
    if updated_since is not None:
        since = updated_since if updated_since.tzinfo else updated_since.replace(tzinfo=desk.zone)
        found = [one for one in found if one["at"] >= since]
    following = _cursor(rows[-1]["received_at"], rows[-1]["referral_id"]) if len(rows) == PAGE else None
    return JSONResponse(jsonable_encoder({"referrals": found, "next": following}))


async def _answered(desk: Desk, holder: str, token: str, body: bytes) -> Any | None:
    try:
        return await idempotency.first_answer(desk.tx, holder, token, body)
    except idempotency.KeyReused:
        raise Problem(
            409, "This Idempotency-Key was used for another request", detail="Use a new key for a new request."
        ) from None


def _read(desk: Desk, body: bytes) -> list[CanonicalReferral]:
    try:
        sent = orjson.loads(body)
    except ValueError:
        raise Problem(400, "The body is not JSON", errors=[{"field": "", "reason": "E_JSON"}]) from None
    one = not isinstance(sent, list)
    items = [sent] if one else sent
    if not 1 <= len(items) <= MOST:
        raise Problem(422, "Send 1 to 1,000 referrals", errors=[{"field": "", "reason": f"{len(items)} were sent"}])
    errors: list[dict[str, str]] = []
    records: list[CanonicalReferral] = []
    for number, item in enumerate(items):
        prefix = "" if one else f"{number}."
        record = _record(desk, item, prefix, errors)
        if record is not None:
            records.append(record)
    if errors:
        raise Problem(422, "Some fields are wrong", errors=errors)
    return records


def _record(desk: Desk, item: Any, prefix: str, errors: list[dict[str, str]]) -> CanonicalReferral | None:
    found = read_referral(item, desk.actor.agency_ori, desk.now)
    if isinstance(found, CanonicalReferral):
        return found
    errors.extend({"field": prefix + fault.field, "reason": fault.said} for fault in found)
    return None


def _cursor(at: datetime, referral_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{referral_id}".encode()).decode()


def _after(cursor: str) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    try:
        at, _, referral_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not possible(moment):
            raise ValueError
        return moment, UUID(referral_id)
    except ValueError:
        raise Problem(422, "Some fields are wrong", errors=[{"field": "cursor", "reason": "not a cursor"}]) from None
