"""Registering and sending with everything that a sender may declare, and what a batch then counts."""

from __future__ import annotations

from typing import Any

from tests.integration.referral.feed_side import FeedSide

OUTCOMES = ("accepted", "replaced", "voided", "duplicates", "rejected", "other")


async def register(feeds: FeedSide, name: str, format: str, agency: str, **more: Any) -> None:
    """Register a source as the operator."""
    async with feeds.client() as http:
        answer = await http.put(f"/api/sources/{name}", json={"agency": agency, "format": format, **more})
    assert answer.status_code in (200, 201), answer.text


async def send(feeds: FeedSide, source: str, content: bytes, **declared: Any) -> dict[str, Any]:
    """Send a file, let the worker do what it does, and return the batch."""
    async with feeds.client() as http:
        sent = await http.post(f"/api/sources/{source}/files", content=content, params=declared)
    assert sent.status_code in (200, 202), sent.text
    await feeds.work()
    return await feeds.batch(sent.json()["batch_id"])


async def decide(feeds: FeedSide, batch: dict[str, Any], decision: str) -> dict[str, Any]:
    """A person's word on a held batch, carried out."""
    async with feeds.client() as http:
        answer = await http.post(f"/api/batches/{batch['batch_id']}/{decision}")
    assert answer.status_code == 202, answer.text
    await feeds.work()
    return await feeds.batch(batch["batch_id"])


def counts(batch: dict[str, Any]) -> dict[str, int]:
    """Outcomes that are not 0, after the rule that they add up to the rows."""
    assert batch["rows"] == sum(batch[name] for name in OUTCOMES), batch
    return {name: batch[name] for name in OUTCOMES if batch[name]}


def warnings(batch: dict[str, Any]) -> dict[str, int]:
    """Warnings by code."""
    return {one["code"]: one["count"] for one in batch["warnings"]}
