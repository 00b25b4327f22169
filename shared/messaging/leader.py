"""One process at a time does a duty: the holder of an advisory lock, on a session of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import asyncpg

from shared.messaging import measures

Duty = Literal["relay", "timers", "drop", "statuses"]
_NUMBER: dict[Duty, int] = {"relay": 0x4C4F5554, "timers": 0x4C54494D, "drop": 0x4C44524F, "statuses": 0x4C535441}
_ASK_AGAIN = 1.0


async def session(url: str) -> Any:
    """A plain asyncpg connection outside of any pool, to a `postgresql+asyncpg://` URL."""
    return await asyncpg.connect(
        url.replace("postgresql+asyncpg://", "postgresql://", 1),
        timeout=5,
        server_settings={"timezone": "UTC", "application_name": "lead-leader"},
    )


@asynccontextmanager
async def leading(url: str, service: str, duty: Duty, shard: int = 0) -> AsyncIterator[Any]:
    """Wait until this process leads; gives the session that holds the lock.

    Blocks while another leads. When the session breaks, its next use raises: the lock is gone and the block must
    end. A process that dies leaves the lock at once.
    """
    connection = await session(url)
    try:
        while not await connection.fetchval("select pg_try_advisory_lock($1, $2)", _NUMBER[duty], shard):  # noqa: ASYNC110
            await asyncio.sleep(_ASK_AGAIN)
        measures.LEADER.labels(service, duty).set(1)
        yield connection
    finally:
        measures.LEADER.labels(service, duty).set(0)
        connection.terminate()
