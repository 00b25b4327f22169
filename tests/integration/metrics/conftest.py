"""Metrics on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.settings import Settings
from tests.integration.metrics.running import Metrics

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def metrics(fresh_database: Fresh) -> AsyncIterator[Metrics]:
    running = Metrics(await fresh_database("metrics"))
    yield running
    await running.close()
