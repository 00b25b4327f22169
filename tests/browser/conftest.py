"""A browser for every test below: `new_page`, and `check` of tests.browser.harness.eyes; and databases behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.browser.harness.fixtures import chromium, new_page
from tests.browser.harness.serving import serving
from tests.integration.conftest import fresh_database, stack
from tests.integration.referral.referrals.conftest import police
from tests.integration.referral.referrals.police_side import PoliceSide

__all__ = ["chromium", "fresh_database", "new_page", "police", "stack"]


@pytest.fixture
async def base(police: PoliceSide) -> AsyncIterator[str]:
    """Where the police end is served."""
    async with serving(police.app) as address:
        yield address
