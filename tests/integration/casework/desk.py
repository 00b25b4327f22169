"""One casework service under test: what it consumes, what it published, who opens its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import event as sql_event
from sqlalchemy import text

from services.casework.handlers import handlers
from services.casework.pages import router
from shared.contracts import CONTRACTS, Event, Void
from shared.messaging import Fact, Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from shared.web.app import create_app

ORIGIN = "http://127.0.0.1:8103"


class Casework:
    """Casework with its own database. `deliver` is what its consumer does with the winners of a batch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.model_copy(update={"demo": True})
        self.keys = Keyring.load("casework", settings.secrets_dir)
        self.consumer = Database(settings.database_url("consumer"))
        self.relay = Database(settings.database_url("relay"))
        self.web = Database(settings.database_url("web"))
        self.sealer = Database(settings.database_url("sealer"))
        self.offset = 0
        self.app = create_app(
            service="casework",
            settings=self.settings,
            transactions=Transactions(self.web, self.keys, self.settings),
            routers=[router],
        )

    async def close(self) -> None:
        for database in (self.consumer, self.relay, self.web, self.sealer):
            await database.close()

    async def deliver(self, *facts: Event | Void | Fact[Any]) -> None:
        """Hand facts to their handlers, in one transaction, topic by topic."""
        by_topic: dict[str, list[Fact[Any]]] = defaultdict(list)
        for fact in facts:
            ready = fact if isinstance(fact, Fact) else self._fact(fact)
            by_topic[ready.topic].append(ready)
        transactions = Transactions(self.consumer, self.keys, self.settings, handlers)
        async with transactions.begin() as tx:
            for topic, batch in by_topic.items():
                await handlers.of(topic)(tx, batch)

    def _fact(self, fact: Event | Void) -> Fact[Any]:
        self.offset += 1
        is_event = isinstance(fact, Event)
        person: UUID | None = getattr(fact, "person_id", None)
        return Fact(
            fact_id=fact.fact_id,
            version=fact.version,
            event=fact if isinstance(fact, Event) else None,
            void=None if isinstance(fact, Event) else fact,
            erase=False,
            person_id=person if is_event or person else None,
            topic=fact.topic,
            partition=0,
            offset=self.offset,
            time=datetime.now(UTC),
        )

    async def published(self, topic: str = "") -> list[dict[str, Any]]:
        """What stands in the outbox, oldest first; a tombstone is an empty body."""
        async with self.relay.connect() as connection:
            rows = await connection.execute(
                text("select aggregatetype, aggregateid, payload, version from own.outbox order by seq")
            )
            return [
                {"topic": row.aggregatetype, "id": row.aggregateid, "version": row.version}
                | (orjson.loads(row.payload) if row.payload else {})
                for row in rows
                if topic in ("", row.aggregatetype) and row.aggregatetype in CONTRACTS
            ]

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows as the consumer sees them: all."""
        async with self.consumer.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(sql), params)).mappings()]

    async def seen_by_web(self, sql: str, scope: str = "programme:allegheny") -> list[dict[str, Any]]:
        """Rows as the web role sees them within a scope."""
        async with self.web.begin() as connection:
            await connection.execute(text("select set_config('lead.scope', :scope, true)"), {"scope": scope})
            return [dict(row) for row in (await connection.execute(text(sql))).mappings()]

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[list[str]]:
        """The SQL the consumer sends meanwhile."""
        sent: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        sql_event.listen(self.consumer.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sql_event.remove(self.consumer.engine.sync_engine, "before_cursor_execute", note)

    @asynccontextmanager
    async def browser(self, persona: str = "coordinator") -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this demo person has signed in."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as client:
            answer = await client.post("/sign-in/demo", data={"persona": persona})
            assert answer.status_code == 303, answer.text
            yield client
