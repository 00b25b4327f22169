"""One page of a file is read in a thread while another is stored."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import Any, cast

import pytest

from services.referral.feeds import staging
from services.referral.feeds.staged_page import Page, Reader


async def test_whoever_is_cancelled_waits_for_the_thread_that_uses_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on, over = threading.Event(), threading.Event(), threading.Event()

    def slow(_reader: Reader, _number: int) -> Page:
        begun.set()
        go_on.wait(20)
        over.set()
        return Page(done=True)

    async def read() -> None:
        async with aclosing(staging._pages(cast(Any, None))) as pages:
            async for _ in pages:
                pass

    monkeypatch.setattr(staging, "next_page", slow)
    reading = asyncio.create_task(read())
    await asyncio.to_thread(begun.wait, 20)
    reading.cancel()
    _, waiting = await asyncio.wait([reading], timeout=0.2)
    go_on.set()
    assert waiting, "it ended while the thread went on"
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert over.is_set()
