"""Casework on a real database: facts delivered to its handlers, its pages opened by its people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.settings import Settings
from tests.integration.casework.desk import Casework

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def casework(fresh_database: Fresh) -> AsyncIterator[Casework]:
    running = Casework(await fresh_database("casework"))
    yield running
    await running.close()
