"""Intake on a real database: facts delivered to its handlers, its pages opened by its people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.settings import Settings
from tests.integration.intake.desk import Intake

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def intake(fresh_database: Fresh) -> AsyncIterator[Intake]:
    running = Intake(await fresh_database("intake"))
    yield running
    await running.close()
