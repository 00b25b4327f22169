"""A file is read as soon as it has come: whoever stores it wakes the worker."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.referral.app import timers
from services.referral.store.batches import WAITS
from tests.integration.referral.feed_side import FeedSide
from tests.unit.referral.feeds.feed_files import ORI, row, template

pytestmark = pytest.mark.integration


async def test_a_file_and_its_reading_again_wake_the_worker(feeds: FeedSide) -> None:
    assert [timer.wake for timer in timers if timer.name == "feeds"] == [WAITS]
    await feeds.register("fable", "lead_csv", ORI)
    heard = asyncio.Event()
    listening = await feeds.administrator(feeds.settings.database_name)
    await listening.add_listener(WAITS, lambda *_: heard.set())

    async def woken(way: str, **sent: Any) -> dict[str, Any]:
        heard.clear()
        async with feeds.client() as http:
            answer = await http.post(way, **sent)
        assert answer.status_code == 202, answer.text
        await asyncio.wait_for(heard.wait(), 20)
        found: dict[str, Any] = answer.json()
        return found

    try:
        batch = await woken("/api/sources/fable/files", content=template(row()))
        await feeds.work()
        await woken(f"/api/batches/{batch['batch_id']}/replay")
    finally:
        await listening.close()
