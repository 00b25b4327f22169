"""What the driver raises by itself is judged as what SQLAlchemy hands on of it."""

from __future__ import annotations

import asyncpg
import pytest

from shared.messaging.faults import away, code_of, collided, of_state, passes


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (asyncpg.DeadlockDetectedError("fable"), (True, True, True, True, "sql-40P01")),
        (asyncpg.ConnectionDoesNotExistError("fable"), (True, True, False, True, "sql-08003")),
        (asyncpg.InterfaceError("fable"), (True, True, False, True, "InterfaceError")),
        (asyncpg.DataError("fable"), (False, False, False, False, "sql-22000")),
        (asyncpg.NotNullViolationError("fable"), (False, False, False, False, "sql-23502")),
        (RuntimeError("fable"), (False, False, False, False, "RuntimeError")),
    ],
)
def test_a_fault_of_the_driver_is_told_from_what_it_was_given(
    error: Exception, told: tuple[bool, bool, bool, bool, str]
) -> None:
    assert (passes(error), away(error), collided(error), of_state(error), code_of(error)) == told
