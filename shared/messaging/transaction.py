"""One database transaction with what a rule needs: rows, keys, the time, and a way to publish."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CursorResult, Executable, RowMapping, TextClause, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts import Event, Void
from shared.messaging import cause, dead, freshness, outbox, waiting
from shared.messaging.dispatch import Dispatch
from shared.messaging.facts import Fact, person_of
from shared.messaging.handlers import Handlers
from shared.runtime.database import Database
from shared.runtime.ids import now as clock
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings

_DIALECT: Final = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
Params = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@lru_cache(maxsize=2048)
def _clause(sql: str) -> TextClause:
    """The same text gives the same clause, so that SQLAlchemy compiles it once."""
    return text(sql)


@lru_cache(maxsize=256)
def _by_place(sql: str) -> tuple[str, tuple[str, ...]]:
    """SQL as the driver takes it, and the names of its values in their order."""
    compiled = _clause(sql).compile(dialect=_DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())


class Tx:
    """One database transaction. It commits when its `Transactions.begin` block ends without an error."""

    def __init__(
        self,
        connection: AsyncConnection,
        keys: Keyring,
        settings: Settings,
        *,
        now: datetime,
        replaying: bool = False,
        handlers: Handlers | None = None,
    ) -> None:
        self.connection = connection
        self.keys = keys
        self.settings = settings
        self.service: str = settings.service
        self.now = now
        self.replaying = replaying
        self.outgoing: list[outbox.Outgoing] = []
        self.published = 0
        """Records stored in the outbox so far."""
        self.handling: Sequence[Fact[Any]] = ()
        """The facts of the handler call that runs now."""
        self._driver: Any = None
        self.dispatch = Dispatch(self, handlers)

    async def execute(self, statement: str | Executable, params: Params = None) -> CursorResult[Any]:
        """Run SQL with named parameters (`:name`)."""
        clause = _clause(statement) if isinstance(statement, str) else statement
        return await self.connection.execute(clause, params)

    async def rows(self, sql: str | Executable, params: Params = None) -> list[RowMapping]:
        """Every row of a query."""
        return list((await self.execute(sql, params)).mappings())

    async def row(self, sql: str | Executable, params: Params = None) -> RowMapping | None:
        """The first row of a query, or None."""
        return (await self.execute(sql, params)).mappings().first()

    async def value(self, sql: str | Executable, params: Params = None) -> Any:
        """The first column of the first row, or None."""
        return (await self.execute(sql, params)).scalar()

    async def fetch(self, sql: str, params: Mapping[str, Any]) -> list[Any]:
        """Every row of a query on a hot path, without SQLAlchemy in between: a short one takes half the time.

        Rows are read by name or place. Raises what the driver raises, which `faults` knows.
        """
        if self._driver is None:
            # SQLAlchemy begins the transaction with the first statement of its own.
            await self.execute("select")
            self._driver = (await self.connection.get_raw_connection()).driver_connection
        statement, names = _by_place(sql)
        found: list[Any] = await self._driver.fetch(statement, *[params[name] for name in names])
        return found

    def publish(self, *facts: Event | Void) -> None:
        """Store facts in the outbox when this transaction commits."""
        self.outgoing.extend(self.prepared(*facts))

    def prepared(self, *facts: Event | Void) -> list[outbox.Outgoing]:
        """Facts as they are published once they stand in `outgoing`. It asks the database nothing: a thread may."""
        # Facts that nothing else caused have one cause together: the request or job that runs.
        now = None if self.handling else cause.current()
        return [
            record
            for fact in facts
            for record in outbox.outgoing(fact, now or self._cause(getattr(fact, "person_id", None)), self.keys)
        ]

    async def tombstone(self, topic: str, fact_id: str, person_id: UUID | None, version: int) -> None:
        """Erase a fact from the log up to `version`, in the partition of the person it was published under."""
        self.outgoing.append(outbox.tombstone(topic, fact_id, person_id, version, self._cause(person_id)))

    async def move(self, fact: Event, from_person: UUID) -> None:
        """Publish a fact that was published under another person before: the log there forgets the old version."""
        await self.tombstone(fact.topic, fact.fact_id, from_person, fact.version - 1)
        self.publish(fact)

    async def wait(self, fact: Fact[Any], on: str) -> None:
        """Keep this fact until `arrived(on)`. A newer version of it, a void or a tombstone takes its place."""
        await waiting.keep(self.connection, self.keys, fact, on)

    async def arrived(self, on: str) -> None:
        """Call the handlers, in this transaction, with the facts that waited for `on`.

        Raises RuntimeError outside of a consumer or timer, where there are no handlers.
        """
        facts = await waiting.take(self.connection, self.keys, on)
        if facts:
            await self.dispatch(facts)

    async def stale_since(self, owner: str, topic: str | None = None) -> datetime | None:
        """The oldest newest beat of an owner, over its topics that this service reads, if over 45 s old."""
        return await freshness.stale_since(self.connection, self.service, owner, topic, self.now)

    async def flush(self) -> None:
        """Store what was published and set aside so far. The transaction's end does this."""
        if self.dispatch.dead:
            await dead.store(self.connection, self.keys, self.dispatch.dead, self.now)
            self.dispatch.dead = []
        if self.outgoing:
            await outbox.flush(self.connection, self.outgoing, self.now, notify=self.settings.outbox_notify)
            self.published += len(self.outgoing)
            self.outgoing = []

    def _cause(self, person_id: UUID | None) -> cause.Cause:
        fact = person_of(self.handling, person_id)
        return cause.child_of(fact.traceparent, fact.correlation_id) if fact else cause.current()


class Transactions:
    """Opens transactions of one database role. With `handlers`, `Tx.arrived` works."""

    def __init__(self, database: Database, keys: Keyring, settings: Settings, handlers: Handlers | None = None) -> None:
        self.database = database
        self.keys = keys
        self.settings = settings
        self.handlers = handlers

    @asynccontextmanager
    async def begin(self, scope: str | None = None, *, replaying: bool = False) -> AsyncIterator[Tx]:
        """A transaction that flushes the outbox and commits at exit, and rolls back on any error.

        `scope` is the tenant scope that row-level security applies to the web role.
        """
        async with self.database.begin() as connection:
            tx = Tx(connection, self.keys, self.settings, now=clock(), replaying=replaying, handlers=self.handlers)
            if scope is not None:
                await tx.execute("select set_config('lead.scope', :scope, true)", {"scope": scope})
            yield tx
            await tx.flush()
