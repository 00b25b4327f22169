"""Agencies that take Kafka, for the operator: `lead agency connect`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from services.referral.api.answers import json
from services.referral.api.shapes import Connected
from services.referral.store import agency_topics
from shared.contracts.codes import Ori
from shared.web import Access, Desk, Pages
from shared.web.described import gives

router = Pages("referral")

AgencyOri = Annotated[Ori, Path()]


@router.api_put(
    "/api/agencies/{ori}/topic", access=Access(key="operate"), openapi_extra=gives(_200=Connected, _201=Connected)
)
async def connect(desk: Desk, ori: AgencyOri) -> Response:
    """Read the agency's own topic, and tell it there of its referrals, as soon as the broker has its topics."""
    new = await agency_topics.connect(desk.tx, ori)
    return json({"agency": ori, "connected": True}, status=201 if new else 200)


@router.api_get("/api/agencies", access=Access(key="operate"))
async def listed(desk: Desk) -> Response:
    """The agencies that take Kafka."""
    return json({"agencies": await agency_topics.connected(desk.tx)})
