"""The police end of a referral service of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.settings import Settings
from tests.integration.referral.feed_side import FeedSide
from tests.integration.stack import Stack

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def feeds(stack: Stack, fresh_database: Fresh) -> AsyncIterator[FeedSide]:
    running = FeedSide(await fresh_database("referral"), stack.administrator)
    yield running
    await running.close()
