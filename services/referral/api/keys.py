"""API keys of agencies, for the operator: `lead keys create | list | revoke`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from services.referral.api.answers import json
from services.referral.store import agency_keys
from shared.contracts.codes import Ori
from shared.web import Access, Desk, NotFound, Pages, Problem, api_keys

router = Pages("referral")


class AskedKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agency: Ori
    scope: list[Literal["ingest", "status"]] = Field(min_length=1)
    days: int = Field(default=180, ge=1, le=180)
    addresses: list[str] = []


@router.api_post("/api/keys", access=Access(key="operate"), status_code=201)
async def create(desk: Desk) -> Response:
    """Make a key. It is given in full this once; older keys of the agency and scope end with the overlap."""
    try:
        asked = AskedKey.model_validate_json(await desk.request.body())
        key = await api_keys.create(desk.tx, asked.agency, asked.scope, days=asked.days, addresses=asked.addresses)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        errors = [{"field": ".".join(str(s) for s in fault["loc"]), "reason": fault["msg"]} for fault in faults]
        raise Problem(422, "Some fields are wrong", errors=errors) from None
    except ValueError:
        errors = [{"field": "addresses", "reason": "expected addresses or networks"}]
        raise Problem(422, "Some fields are wrong", errors=errors) from None
    return json({"key_id": key.split("_")[1], "agency": asked.agency, "key": key}, status=201)


@router.api_get("/api/keys", access=Access(key="operate"))
async def listed(desk: Desk, agency: str | None = None) -> Response:
    """Keys without their secrets."""
    rows = await agency_keys.listed(desk.tx, agency)
    return json({"keys": [dict(row) for row in rows]})


@router.api_delete("/api/keys/{key_id}", access=Access(key="operate"))
async def revoke(desk: Desk, key_id: Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]) -> Response:
    """End a key at once; one that has ended stays ended."""
    if not await agency_keys.known(desk.tx, key_id):
        raise NotFound
    await api_keys.revoke(desk.tx, key_id)
    return json({"key_id": key_id, "revoked": True})
