"""Which failures pass by themselves, and which no retry mends."""

from __future__ import annotations

import asyncpg
from aiokafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# By SQLSTATE. A missing table, column or right is a release half rolled out: the batch waits for it.
_PASSING_CLASSES = ("08", "40", "53", "55", "57", "58", "XX")
_AWAY_CLASSES = ("08", "40", "53", "55", "57", "58")
_PASSING_STATES = ("25006", "42501", "42P01", "42703", "3F000", "28000", "28P01", "3D000")
_GIVEN_CLASSES = ("22", "23", "42")
"""What the database was given is wrong: a value, a row, a statement."""
_AWAY = (OSError, EOFError, TimeoutError, PoolTimeout, InterfaceError, KafkaError, asyncpg.InterfaceError)


def passes(error: BaseException) -> bool:
    """Whether the same work may succeed later: server or network away, deadlock, lock timeout, no right yet."""
    if isinstance(error, _AWAY):
        return True
    state = sqlstate(error)
    return _state_passes(state) or (
        isinstance(error, DBAPIError)
        and (error.connection_invalidated or (not state and isinstance(error, OperationalError)))
    )


def collided(error: BaseException) -> bool:
    """Whether the database took back a transaction for another's sake: the same work at once may succeed."""
    return sqlstate(error).startswith("40")


def away(error: BaseException) -> bool:
    """Whether the database is out of reach or overloaded, for the one who waits for an answer."""
    if isinstance(error, (ConnectionError, PoolTimeout, InterfaceError, asyncpg.InterfaceError)):
        return True
    state = sqlstate(error)
    return state[:2] in _AWAY_CLASSES or (isinstance(error, DBAPIError) and (error.connection_invalidated or not state))


def of_state(error: BaseException) -> bool:
    """Whether the database fails by its state, and not by what it was given, whatever the state may be."""
    return (
        isinstance(error, DBAPIError | asyncpg.PostgresError | asyncpg.InterfaceError)
        and sqlstate(error)[:2] not in _GIVEN_CLASSES
    )


def sqlstate(error: BaseException) -> str:
    """The five characters of PostgreSQL's error code, or nothing when no server answered."""
    answer = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(answer, "sqlstate", None) or "")


def code_of(error: BaseException) -> str:
    """A short code for a permanent failure, without any value."""
    state = sqlstate(error)
    return f"sql-{state}" if state else type(error).__name__


def place(error: BaseException) -> str:
    """Where in our code a failure arose. The message itself may quote a value, so that it is never kept."""
    trace = error.__traceback__
    found = ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        for folder in ("/services/", "/shared/"):
            if folder in file:
                found = f"{folder[1:]}{file.rpartition(folder)[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _state_passes(state: str) -> bool:
    return state[:2] in _PASSING_CLASSES or state in _PASSING_STATES
