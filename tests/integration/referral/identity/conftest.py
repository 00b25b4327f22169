"""A referral service whose pages a supervisor opens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.settings import Settings
from tests.integration.referral.referrals.police_side import PoliceSide

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def police(fresh_database: Fresh) -> AsyncIterator[PoliceSide]:
    running = PoliceSide(await fresh_database("referral"))
    yield running
    await running.close()
