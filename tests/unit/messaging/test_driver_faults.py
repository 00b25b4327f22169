"""What the driver raises by itself is judged as what SQLAlchemy hands on of it."""

from __future__ import annotations

import asyncpg
import pytest

from services.referral.feeds.worker import _is_ours
from shared.messaging.faults import away, code_of, collided, passes


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.DeadlockDetectedError("fable"), (True, True, True, False, "sql-40P01")),
        (asyncpg.ConnectionDoesNotExistError("fable"), (True, True, False, False, "sql-08003")),
        (asyncpg.InterfaceError("fable"), (True, True, False, False, "InterfaceError")),
        (asyncpg.DataError("fable"), (False, False, False, True, "sql-22000")),
        (asyncpg.NotNullViolationError("fable"), (False, False, False, True, "sql-23502")),
    ],
)
def test_a_fault_of_the_driver_passes_or_is_ours(error: Exception, told: tuple[bool, bool, bool, bool, str]) -> None:
    assert (passes(error), away(error), collided(error), _is_ours(error), code_of(error)) == told
