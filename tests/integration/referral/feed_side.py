"""The police end under test: files and records go in by HTTP, the worker applies them, facts stand in the outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from services.referral.api import arrests, batches, keys, sources
from services.referral.feeds.worker import work
from services.referral.pages import desks
from shared.messaging import Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from shared.web.app import create_app

ORIGIN = "http://127.0.0.1:8101"


class FeedSide:
    """The referral service's feeds with their own database; each role has its own connections, as live."""

    def __init__(self, settings: Settings, administrator: Callable[[str], Awaitable[Any]]) -> None:
        self.administrator = administrator
        self.settings = settings.model_copy(update={"demo": True})
        self.keys = Keyring.load("referral", settings.secrets_dir)
        self.consumer = Database(settings.database_url("consumer"))
        self.relay = Database(settings.database_url("relay"))
        self.web = Database(settings.database_url("web"))
        self.app = create_app(
            service="referral",
            settings=self.settings,
            transactions=Transactions(self.web, self.keys, self.settings),
            routers=[
                sources.router,
                batches.router,
                arrests.router,
                keys.router,
                *desks.FEEDS,
                *desks.RULES,
            ],
        )

    async def close(self) -> None:
        for database in (self.consumer, self.relay, self.web):
            await database.close()

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A machine: with an agency's key, or as the operator."""
        headers = {"Authorization": f"Bearer {key or self.settings.operator_token}"}
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers, timeout=60)

    @asynccontextmanager
    async def signed_in(self, persona: str) -> AsyncIterator[httpx.AsyncClient]:
        """A demo person in their browser."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as http:
            answer = await http.post("/sign-in/demo", data={"persona": persona})
            assert answer.status_code == 303, answer.text[:500]
            yield http

    async def key(self, ori: str) -> str:
        """A new key of an agency."""
        async with self.client() as http:
            answer = await http.post("/api/keys", json={"agency": ori, "scope": ["ingest"]})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    async def register(self, name: str, format: str = "wprdc_arrests", agency: str = "PAPPD0000") -> None:
        async with self.client() as http:
            answer = await http.put(f"/api/sources/{name}", json={"agency": agency, "format": format})
        assert answer.status_code in (200, 201), answer.text

    async def ingest(self, source: str, content: bytes) -> dict[str, Any]:
        """Send a file and let the worker do what it does; the batch afterwards."""
        async with self.client() as http:
            sent = await http.post(f"/api/sources/{source}/files", content=content)
            assert sent.status_code in (200, 202), sent.text
            await self.work()
            return await self.batch(sent.json()["batch_id"])

    async def batch(self, batch_id: str) -> dict[str, Any]:
        async with self.client() as http:
            answer = await http.get(f"/api/batches/{batch_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def work(self) -> None:
        """Runs of the timer, as the consumer role, until there is nothing more to do."""
        more = True
        while more:
            async with Transactions(self.consumer, self.keys, self.settings).begin() as tx:
                more = await work(tx)

    async def outbox(self, topic: str = "arrest-recorded") -> list[dict[str, Any]]:
        """The facts that wait for the relay, in order; a tombstone is an empty one."""
        async with self.relay.connect() as connection:
            rows = await connection.exec_driver_sql(
                "select aggregateid, payload from own.outbox where aggregatetype = $1 order by id", (topic,)
            )
            return [{"key": row[0], **(orjson.loads(bytes(row[1])) if row[1] else {})} for row in rows]

    async def everything(self, table: str) -> list[str]:
        """Every row of a table as text, bytes in hex, whoever may read it."""
        connection = await self.administrator(self.settings.database_name)
        try:
            return [row[0] for row in await connection.fetch(f"select t::text from {table} t")]
        finally:
            await connection.close()

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """What stands in the service's tables."""
        async with self.consumer.connect() as connection:
            return [dict(row) for row in (await connection.exec_driver_sql(sql)).mappings()]
