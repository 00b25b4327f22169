"""API keys of agencies, for the operator: `lead keys create | list | revoke | void`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import RowMapping
from starlette.responses import Response

from services.referral.api.answers import json
from services.referral.feeds.moments import possible
from services.referral.store import agency_keys, key_voids
from shared.contracts.codes import Ori
from shared.web import Access, Desk, NotFound, Pages, Problem, api_keys
from shared.web.described import takes

router = Pages("referral")

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]
COUNTED = (
    "batches", "batches_refused", "arrests_voided", "arrests_restored", "uses_voided", "uses_restored",
    "referrals_voided", "charges_kept_relinquished", "charges_kept_decided",
)  # fmt: skip


class AskedKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agency: Ori
    scope: list[Literal["ingest", "status"]] = Field(min_length=1)
    days: int = Field(default=180, ge=1, le=180)
    addresses: list[str] = []


class Window(BaseModel):
    """What was sent from the first moment on and before the second; without a zone, local time."""

    model_config = ConfigDict(extra="forbid")

    from_: datetime = Field(alias="from")
    to: datetime
    dry_run: bool = False


@router.api_post("/api/keys", access=Access(key="operate"), status_code=201, openapi_extra=takes(AskedKey))
async def create(desk: Desk) -> Response:
    """Make a key. It is given in full this once; older keys of the agency and scope end with the overlap."""
    try:
        asked = AskedKey.model_validate_json(await desk.request.body())
        key = await api_keys.create(desk.tx, asked.agency, asked.scope, days=asked.days, addresses=asked.addresses)
    except ValidationError as error:
        raise _wrong(error) from None
    except ValueError:
        errors = [{"field": "addresses", "reason": "expected addresses or networks"}]
        raise Problem(422, "Some fields are wrong", errors=errors) from None
    return json({"key_id": key.split("_")[1], "agency": asked.agency, "key": key}, status=201)


@router.api_get("/api/keys", access=Access(key="operate"))
async def listed(desk: Desk, agency: Ori | None = None) -> Response:
    """Keys without their secrets."""
    rows = await agency_keys.listed(desk.tx, agency)
    return json({"keys": [dict(row) for row in rows]})


@router.api_delete("/api/keys/{key_id}", access=Access(key="operate"))
async def revoke(desk: Desk, key_id: KeyId) -> Response:
    """End a key at once; one that has ended stays ended."""
    if not await agency_keys.known(desk.tx, key_id):
        raise NotFound
    await api_keys.revoke(desk.tx, key_id)
    return json({"key_id": key_id, "revoked": True})


@router.api_post("/api/keys/{key_id}/void", access=Access(key="operate"), status_code=202, openapi_extra=takes(Window))
async def void(desk: Desk, key_id: KeyId) -> Response:
    """Take back what a key sent in a window of time, as after it was stolen; `dry_run` only counts.

    Carried out page by page behind this answer. The same window again finds nothing more to do.
    """
    try:
        asked = Window.model_validate_json(await desk.request.body())
    except ValidationError as error:
        raise _wrong(error) from None
    if not await agency_keys.known(desk.tx, key_id):
        raise NotFound
    if not (possible(asked.from_) and possible(asked.to)):
        errors = [{"field": "from", "reason": "expected moments of the years 1900 to 2200"}]
        raise Problem(422, "Some fields are wrong", errors=errors)
    first, last = (when if when.tzinfo else when.replace(tzinfo=desk.zone) for when in (asked.from_, asked.to))
    last = min(last, desk.now)
    if first >= last:
        errors = [{"field": "from", "reason": "expected a moment in the past, before the other one"}]
        raise Problem(422, "Some fields are wrong", errors=errors)
    programme = desk.actor.programme or desk.tx.settings.programme
    void_id = await key_voids.order(desk.tx, key_id, first, last, dry_run=asked.dry_run, programme=programme)
    desk.changed("void what a key sent", [], classes="OPS", after={"key": key_id, "dry_run": str(asked.dry_run)})
    return json({"void_id": void_id}, status=202)


@router.api_get("/api/keys/{key_id}/voids/{void_id}", access=Access(key="operate"))
async def voided(desk: Desk, key_id: KeyId, void_id: UUID) -> Response:
    """How far that is, what was done, and what a person has to look at."""
    row = await key_voids.get(desk.tx, key_id, void_id)
    if row is None:
        raise NotFound
    return json(_void_answer(row) | {"key_live": await agency_keys.live(desk.tx, key_id)})


def _void_answer(row: RowMapping) -> dict[str, Any]:
    return {
        "void_id": row["void_id"],
        "key_id": row["key_id"],
        "from": row["sent_from"].isoformat(),
        "to": row["sent_to"].isoformat(),
        "dry_run": row["dry_run"],
        "status": "done" if row["done_at"] else "under way",
        **{name: row["counts"].get(name, 0) for name in COUNTED},
        "listed": row["listed"],
    }


def _wrong(error: ValidationError) -> Problem:
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    errors = [{"field": ".".join(str(s) for s in fault["loc"]), "reason": fault["msg"]} for fault in faults]
    return Problem(422, "Some fields are wrong", errors=errors)
