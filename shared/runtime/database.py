"""One engine for one database role. Pooling by transaction: no session state is relied on."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


class Database:
    """A pool of connections of one role of one service's database."""

    def __init__(self, url: str, pool_size: int = 5) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=True,
            hide_parameters=True,
            json_serializer=_to_json,
            json_deserializer=orjson.loads,
            connect_args={
                "timeout": 5,
                "server_settings": {"timezone": "UTC", "application_name": "lead"},
            },
        )

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection of the pool, rolled back unless its transaction was committed."""
        return self.engine.connect()

    def begin(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection in a transaction that commits at exit."""
        return self.engine.begin()

    async def ready(self) -> None:
        """Raise unless the database answers."""
        async with self.connect() as connection:
            await connection.exec_driver_sql("select 1")

    async def close(self) -> None:
        await self.engine.dispose()
