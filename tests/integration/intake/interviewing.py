"""Doing an interview through the forms, as a worker or the simulator does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

from tests.integration.intake.desk import send


async def start(client: httpx.AsyncClient, referral_id: UUID, language: str = "en") -> None:
    answer = await send(client, f"/interviews/{referral_id}", language=language)
    assert answer.status_code == 303, answer.text


async def save(client: httpx.AsyncClient, referral_id: UUID, part: int, **fields: Any) -> httpx.Response:
    return await send(client, f"/interviews/{referral_id}/parts/{part}", **{"row_version": "0"} | fields)


async def both_parts(client: httpx.AsyncClient, referral_id: UUID, at: str = "") -> None:
    """Both parts answered and done, at the same entered time."""
    first = await save(client, referral_id, 1, q_tonight="no", q_sick_without="yes", done="yes", at=at)
    assert first.status_code == 303, first.text
    second = await save(
        client,
        referral_id,
        2,
        q_stay="outside",
        q_use="want_help",
        q_race="B",
        q_goal_1="A steady job",
        done="yes",
        at=at,
    )
    assert second.status_code == 303, second.text


async def finish(client: httpx.AsyncClient, referral_id: UUID, **fields: Any) -> httpx.Response:
    return await send(client, f"/interviews/{referral_id}/finish", **fields)


async def whole(client: httpx.AsyncClient, referral_id: UUID, **fields: Any) -> None:
    """An interview from start to finish."""
    await start(client, referral_id)
    await both_parts(client, referral_id, at=fields.get("completed_at", ""))
    answer = await finish(client, referral_id, **fields)
    assert answer.status_code == 303, answer.text
