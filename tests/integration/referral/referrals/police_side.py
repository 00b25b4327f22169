"""One referral service under test: what it is sent, what it consumes, what it published, who opens its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import event as sql_event
from sqlalchemy import text

from services.referral.api.referrals import router as api
from services.referral.domain.canonical_referral import CanonicalReferral
from services.referral.handlers import handlers
from services.referral.pages import desks
from services.referral.store.referring import Entry, Referred, refer, source_referral_id
from services.referral.timers import timers
from shared.contracts import CONTRACTS, Event, Void
from shared.messaging import Fact, Transactions, Tx
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from shared.web import api_keys
from shared.web.app import create_app

ORIGIN = "http://127.0.0.1:8101"
SCOPE = "agency:PAPPD0000"


class Later(Transactions):
    """Transactions of a process whose clock is ahead."""

    def __init__(self, database: Database, keys: Keyring, settings: Settings, *, by: timedelta) -> None:
        super().__init__(database, keys, settings)
        self._by = by

    @asynccontextmanager
    async def begin(self, scope: str | None = None, *, replaying: bool = False) -> AsyncIterator[Tx]:
        async with super().begin(scope, replaying=replaying) as tx:
            tx.now += self._by
            yield tx


class PoliceSide:
    """The referral service with its own database. Each role of the database has its own connections, as live."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.model_copy(update={"demo": True})
        self.keys = Keyring.load("referral", settings.secrets_dir)
        self.consumer = Database(settings.database_url("consumer"))
        self.relay = Database(settings.database_url("relay"))
        self.web = Database(settings.database_url("web"))
        self.offset = 0
        self.app = self._app(Transactions(self.web, self.keys, self.settings))

    def _app(self, transactions: Transactions) -> Any:
        return create_app(
            service="referral",
            settings=self.settings,
            transactions=transactions,
            routers=[
                api,
                *desks.REFERRALS,
                *desks.RULES,
            ],
        )

    async def close(self) -> None:
        for database in (self.consumer, self.relay, self.web):
            await database.close()

    async def refer(self, *records: CanonicalReferral, scope: str = SCOPE) -> list[Referred]:
        """Take records in as the web role does."""
        async with Transactions(self.web, self.keys, self.settings).begin(scope) as tx:
            entries = [Entry(source_referral_id(tx, one.ori, one.source_record_id), one) for one in records]
            return await refer(tx, entries, "test")

    async def deliver(self, *facts: Event | Void | Fact[Any], now: datetime | None = None) -> None:
        """Hand facts to their handlers, in one transaction, topic by topic, as of `now`."""
        by_topic: dict[str, list[Fact[Any]]] = defaultdict(list)
        for fact in facts:
            ready = fact if isinstance(fact, Fact) else self._fact(fact)
            by_topic[ready.topic].append(ready)
        async with self.consuming(now) as tx:
            for topic, batch in by_topic.items():
                await handlers.of(topic)(tx, batch)

    async def tick(self, name: str, now: datetime | None = None) -> None:
        """Run one timer, as of `now`."""
        async with self.consuming(now) as tx:
            await next(timer for timer in timers if timer.name == name).job(tx)

    @asynccontextmanager
    async def consuming(self, now: datetime | None = None) -> AsyncIterator[Tx]:
        async with Transactions(self.consumer, self.keys, self.settings, handlers).begin() as tx:
            tx.now = now or tx.now
            yield tx

    def _fact(self, fact: Event | Void) -> Fact[Any]:
        self.offset += 1
        return Fact(
            fact_id=fact.fact_id,
            version=fact.version,
            event=fact if isinstance(fact, Event) else None,
            void=None if isinstance(fact, Event) else fact,
            erase=False,
            person_id=getattr(fact, "person_id", None),
            topic=fact.topic,
            partition=0,
            offset=self.offset,
            time=datetime.now(UTC),
        )

    async def published(self, topic: str = "") -> list[dict[str, Any]]:
        """What stands in the outbox, oldest first; the value of a sealed topic is opened."""
        async with self.relay.connect() as connection:
            rows = (
                await connection.execute(
                    text("select aggregatetype, aggregateid, payload, version from own.outbox order by seq")
                )
            ).all()
        found = []
        for row in rows:
            if row.aggregatetype not in CONTRACTS or topic not in ("", row.aggregatetype):
                continue
            body = row.payload
            if body is not None and row.aggregatetype == "person-profile":
                body = self.keys.open_topic(row.aggregatetype, row.aggregateid, body)
            found.append({"topic": row.aggregatetype, "id": row.aggregateid} | (orjson.loads(body) if body else {}))
        return found

    async def outbox_bytes(self) -> bytes:
        async with self.relay.connect() as connection:
            rows = await connection.execute(text("select payload from own.outbox"))
            return b"\n".join(bytes(row.payload) for row in rows if row.payload)

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows as the consumer sees them: all."""
        async with self.consumer.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(sql), params)).mappings()]

    async def key(self, ori: str = "PAPPD0000", scopes: Sequence[str] = ("ingest", "status")) -> str:
        async with Transactions(self.web, self.keys, self.settings).begin("programme:allegheny") as tx:
            return await api_keys.create(tx, ori, scopes)

    @asynccontextmanager
    async def machine(self, key: str, later: timedelta | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """An agency's own system, with its key; so much `later` by the service's clock."""
        app = self.app if later is None else self._app(Later(self.web, self.keys, self.settings, by=later))
        transport = httpx.ASGITransport(app, raise_app_exceptions=True)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
            yield client

    @asynccontextmanager
    async def browser(self, persona: str = "officer") -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this demo person has signed in."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as client:
            answer = await client.post("/sign-in/demo", data={"persona": persona})
            assert answer.status_code == 303, answer.text
            yield client

    @asynccontextmanager
    async def statements(self, database: Database) -> AsyncIterator[list[str]]:
        """The SQL sent on one role's connections meanwhile."""
        sent: list[str] = []

        def note(_c: Any, _k: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        sql_event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sql_event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def person(answer: dict[str, Any]) -> UUID:
    return UUID(answer["person_id"])
