"""One intake service under test: what it consumes, what it published, who opens its pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import text

from services.intake.handlers import handlers
from services.intake.pages import routers
from services.intake.timers import timers
from shared.contracts import CONTRACTS, Event, Void
from shared.messaging import Fact, Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from shared.web.app import create_app

ORIGIN = "http://127.0.0.1:8102"
SEALED_TOPICS = {"assessment-recorded", "person-profile"}


class Intake:
    """Intake with its own database. `deliver` is what its consumer does with the winners of a batch."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.model_copy(update={"demo": True})
        self.keys = Keyring.load("intake", settings.secrets_dir)
        self.consumer = Database(settings.database_url("consumer"))
        self.relay = Database(settings.database_url("relay"))
        self.web = Database(settings.database_url("web"))
        self.offset = 0
        self.app = create_app(
            service="intake",
            settings=self.settings,
            transactions=Transactions(self.web, self.keys, self.settings),
            routers=list(routers),
        )

    async def close(self) -> None:
        for database in (self.consumer, self.relay, self.web):
            await database.close()

    async def deliver(self, *facts: Event | Void) -> None:
        """Hand facts to their handlers, in one transaction, topic by topic."""
        by_topic: dict[str, list[Fact[Any]]] = defaultdict(list)
        for fact in facts:
            by_topic[fact.topic].append(self._fact(fact))
        async with Transactions(self.consumer, self.keys, self.settings, handlers).begin() as tx:
            for topic, batch in by_topic.items():
                await handlers.of(topic)(tx, batch)

    async def tick(self, now: datetime | None = None) -> None:
        """Run every timer once, as if it were `now`."""
        async with Transactions(self.consumer, self.keys, self.settings, handlers).begin() as tx:
            tx.now = now or tx.now
            for timer in timers:
                await timer.job(tx)

    def _fact(self, fact: Event | Void) -> Fact[Any]:
        self.offset += 1
        person: UUID | None = getattr(fact, "person_id", None)
        return Fact(
            fact_id=fact.fact_id,
            version=fact.version,
            event=fact if isinstance(fact, Event) else None,
            void=None if isinstance(fact, Event) else fact,
            erase=False,
            person_id=person,
            topic=fact.topic,
            partition=0,
            offset=self.offset,
            time=datetime.now(UTC),
        )

    async def published(self, topic: str) -> list[dict[str, Any]]:
        """The facts of a topic in the outbox, oldest first; sealed ones opened."""
        async with self.relay.connect() as connection:
            rows = await connection.execute(
                text(
                    "select aggregateid, payload from own.outbox where aggregatetype = :topic order by seq",
                ),
                {"topic": topic},
            )
            return [orjson.loads(self._opened(topic, row.aggregateid, row.payload)) for row in rows if row.payload]

    def _opened(self, topic: str, fact_id: str, payload: bytes) -> bytes:
        assert topic in CONTRACTS
        return self.keys.open_topic(topic, fact_id, payload) if topic in SEALED_TOPICS else payload

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
    async def browser(self, persona: str = "intake_worker") -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this demo person has signed in; forms carry the session's token."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as client:
            answer = await client.post("/sign-in/demo", data={"persona": persona})
            assert answer.status_code == 303, answer.text
            yield client

    async def worker(self, persona: str) -> str:
        return self.keys.worker("demo", persona)


async def send(client: httpx.AsyncClient, path: str, page: str = "/", **fields: Any) -> httpx.Response:
    """Post a form as the page at `page` would: with the session's token in it."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', (await client.get(page)).text)
    assert token is not None
    return await client.post(path, data={**fields}, headers={"X-CSRF-Token": token[1]})
