"""A referral service of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.settings import Settings
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.status_side import Side, beat
from tests.integration.stack import Stack

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def police(fresh_database: Fresh) -> AsyncIterator[PoliceSide]:
    running = PoliceSide(await fresh_database("referral"))
    yield running
    await running.close()


@pytest.fixture
async def side(stack: Stack, police: PoliceSide) -> Side:
    """An agency with topics of its own, while intake is heard of."""
    made = Side(stack, police)
    await made.connect()
    await beat(police)
    return made
