"""One metrics service under test: facts come in by batches as from its consumer, people open its pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import event as sql_event
from sqlalchemy import text

from services.metrics import api
from services.metrics.app import service
from services.metrics.handlers import handlers
from services.metrics.pages import public
from services.metrics.store.counting import count_queued
from services.metrics.store.snapshots import Snapshot, freeze
from shared.contracts import Event, Void
from shared.messaging import Fact, Transactions, Tx
from shared.messaging.applying import apply
from shared.messaging.records import Batch
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from shared.web.app import create_app

ORIGIN = "http://127.0.0.1:8104"
CELLS = ("copied.cell_funnel", "copied.cell_window", "copied.person_state", "copied.home")


class Metrics:
    """Metrics with its own database; counting runs when a test says so."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.model_copy(update={"demo": True})
        self.keys = Keyring.load("metrics", settings.secrets_dir)
        self.consumer = Database(settings.database_url("consumer"))
        self.web = Database(settings.database_url("web"))
        self.public = Database(settings.database_url("public"))
        self._relay = Database(settings.database_url("relay"))
        self._sealer = Database(settings.database_url("sealer"))
        self._owner = Database(settings.database_url("migrate"))
        self.transactions = Transactions(self.consumer, self.keys, self.settings, handlers)
        self._offset = 0

    async def close(self) -> None:
        for database in (self.consumer, self.web, self.public, self._relay, self._sealer, self._owner):
            await database.close()

    async def deliver(self, *facts: Event | Void | Fact[Any], replaying: bool = False) -> None:
        """One batch through inbox and handlers, in one transaction."""
        batch = Batch(facts=[fact if isinstance(fact, Fact) else self.fact(fact) for fact in facts])
        done = await apply(self.transactions, batch, replaying=replaying)
        assert done.dead == 0, "a fact became a dead letter"

    def fact(self, body: Event | Void) -> Fact[Any]:
        return self._fact(body.topic, body.fact_id, body.version, body)

    def tombstone(self, body: Event, version: int) -> Fact[Any]:
        """The log's tombstone of a fact up to a version."""
        return self._fact(body.topic, body.fact_id, version, None)

    def _fact(self, topic: str, fact_id: str, version: int, body: Event | Void | None) -> Fact[Any]:
        self._offset += 1
        return Fact(
            fact_id=fact_id,
            version=version,
            event=body if isinstance(body, Event) else None,
            void=body if isinstance(body, Void) else None,
            erase=body is None,
            person_id=getattr(body, "person_id", None),
            topic=topic,
            partition=0,
            offset=self._offset,
            time=datetime.now(UTC),
        )

    async def count(self) -> None:
        """Count everybody who is queued."""
        async with self.transactions.begin() as tx:
            while await count_queued(tx):
                pass

    async def freeze(self, as_of: date) -> Snapshot:
        async with self.transactions.begin() as tx:
            return await freeze(tx, as_of, "operator")

    @asynccontextmanager
    async def tx(self) -> AsyncIterator[Tx]:
        async with self.transactions.begin() as tx:
            yield tx

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows as the consumer sees them: all."""
        async with self.consumer.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(sql), params)).mappings()]

    async def cells(self) -> dict[str, list[dict[str, Any]]]:
        """Every counted table in a fixed order, for comparison."""
        return {table: sorted(await self.rows(f"select * from {table}"), key=repr) for table in CELLS}

    async def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every table of `copied`, bookkeeping apart."""
        names = await self.rows("select tablename from pg_tables where schemaname = 'copied' order by 1")
        kept = [row["tablename"] for row in names if row["tablename"] not in ("freshness", "dirty", "waiting")]
        return {name: sorted(await self.rows(f"select * from copied.{name}"), key=repr) for name in kept}

    async def forget_all(self) -> None:
        """As `lead replay` does before it reads the log again: nothing of `copied` is left."""
        async with self._owner.begin() as connection:
            await connection.execute(text("set local role lead_metrics_owner"))
            names = await connection.execute(text("select tablename from pg_tables where schemaname = 'copied'"))
            await connection.execute(text("truncate " + ", ".join(f"copied.{name}" for name in names.scalars())))

    async def audit(self) -> list[dict[str, Any]]:
        """The audit rows, as their sealer sees them."""
        async with self._sealer.connect() as connection:
            rows = await connection.execute(text("select * from own.audit order by id"))
            return [dict(row) for row in rows.mappings()]

    async def published(self) -> list[dict[str, Any]]:
        """The bodies in the outbox, oldest first."""
        async with self._relay.connect() as connection:
            rows = await connection.execute(text("select payload from own.outbox order by seq"))
            return [orjson.loads(row.payload) for row in rows if row.payload]

    def application(self, role: str = "web") -> FastAPI:
        """The web side with one database role, as a process with that role has it."""
        settings = self.settings.model_copy(update={"role": "public" if role == "public" else "all"})
        database = self.public if role == "public" else self.web
        return create_app(
            service="metrics",
            settings=settings,
            transactions=Transactions(database, self.keys, settings),
            routers=[public.router, api.router] if role == "public" else [*service.public_routers, *service.routers],
            signs_in=role != "public",
        )

    @asynccontextmanager
    async def browser(self, persona: str = "", *, role: str = "web") -> AsyncIterator[httpx.AsyncClient]:
        """A client of the pages, signed in as a persona if one is named; `role` is the database role."""
        transport = httpx.ASGITransport(app=self.application(role), client=("127.0.0.1", 1))
        headers = {"Origin": ORIGIN}
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
            if persona:
                answer = await client.post("/sign-in/demo", data={"persona": persona})
                assert answer.status_code == 303, answer.text
            yield client


@contextmanager
def statements(database: Database) -> Iterable[list[str]]:  # type: ignore[misc]
    """The SQL statements that the block sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        sent.append(sql)

    engine = database.engine.sync_engine
    sql_event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sql_event.remove(engine, "before_cursor_execute", note)
