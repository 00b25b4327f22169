"""One service for all generated requests of a module: what one leaves behind, the next ones meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.referral.machines.machine_side import MachineSide
from tests.integration.stack import Stack


@pytest.fixture(scope="module")
def machines(stack: Stack) -> Iterator[MachineSide]:
    side = MachineSide(stack)
    yield side
    side.close()
