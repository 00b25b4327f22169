"""What every service's consumer must hold. A service's test inherits `ConsumerContract` and names its service."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.contracts.topics import read_by
from shared.messaging import Handlers, Transactions
from shared.messaging.applying import apply
from shared.messaging.compare import compare
from shared.messaging.records import read_batch
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.contract_suites.stories import shuffled, story
from tests.integration.conftest import FreshDatabase
from tests.integration.stack import Stack
from tests.probe.facts import Raw

SHUFFLES = 3


class Reader:
    """A service's handlers on a fresh database of it."""

    def __init__(self, chosen: Settings, keys: Keyring, handlers: Handlers) -> None:
        self.settings = chosen
        self.keys = keys
        self.database = Database(chosen.database_url("consumer"))
        self.transactions = Transactions(self.database, keys, chosen, handlers)

    async def read(self, *batches: list[Raw], replaying: bool = False) -> None:
        for batch in batches:
            await apply(self.transactions, read_batch(batch, self.keys), replaying=replaying)

    async def rows(self, sql: str) -> list[Mapping[str, Any]]:
        async with self.transactions.begin() as tx:
            return list(await tx.rows(sql))

    async def letters(self) -> list[dict[str, Any]]:
        """What could not be applied, and why."""
        found = await self.rows('select topic, "offset", code, reason from own.dead_letter order by "offset"')
        return [dict(letter) for letter in found]


class ConsumerContract:
    """Inherit it and set `service`."""

    service: str
    bookkeeping: frozenset[str] = frozenset()
    """Tables of `copied` that say what is left to do, and when: not part of the copy."""

    @property
    def handlers(self) -> Handlers:
        found: Handlers = importlib.import_module(f"services.{self.service}.handlers").handlers
        return found

    @property
    def sealed(self) -> Mapping[str, tuple[str, str]]:
        found: Mapping[str, tuple[str, str]] = importlib.import_module(f"services.{self.service}.store.sealed").SEALED
        return found

    async def reader(self, stack: Stack, fresh_database: FreshDatabase) -> Reader:
        chosen = await fresh_database(self.service)
        return Reader(chosen, Keyring.load(self.service, stack.home / "secrets" / self.service), self.handlers)

    def test_it_reads_exactly_the_topics_it_is_granted(self) -> None:
        assert set(self.handlers.topics) == set(read_by(self.service))

    async def test_every_valid_fact_is_applied_and_poison_harms_no_neighbour(
        self, stack: Stack, fresh_database: FreshDatabase
    ) -> None:
        reader = await self.reader(stack, fresh_database)
        records = story(self.handlers.topics, reader.keys)
        poison = [replace(records[0], offset=9_000 + n, value=b"no fact") for n in range(3)]
        await reader.read([*records[:5], *poison, *records[5:]])
        letters = await reader.letters()
        assert [letter for letter in letters if letter["offset"] < 9_000] == []
        assert len(letters) == 3
        seen = await reader.rows("select count(*) as n from copied.inbox")
        assert seen[0]["n"] == len({(record.topic, record.key) for record in records})
        await reader.database.close()

    async def test_any_order_with_duplicates_gives_the_same_copy(
        self, stack: Stack, fresh_database: FreshDatabase
    ) -> None:
        reader = await self.reader(stack, fresh_database)
        records = story(self.handlers.topics, reader.keys, per_topic=4)
        await reader.read(records)
        for seed in range(SHUFFLES):
            other = await self.reader(stack, fresh_database)
            await other.read(*shuffled(records, seed))
            assert await other.letters() == [], f"seed {seed}"
            found = await compare(reader.settings, other.settings, reader.keys, self.sealed, without=self.bookkeeping)
            differing = [difference for difference in found if not difference.equal]
            assert differing == [], f"seed {seed}: {differing}"
            await other.database.close()
        await reader.database.close()

    async def test_a_replay_changes_nothing_and_publishes_nothing(
        self, stack: Stack, fresh_database: FreshDatabase
    ) -> None:
        reader = await self.reader(stack, fresh_database)
        records = story(self.handlers.topics, reader.keys)
        await reader.read(records)
        twin = await self.reader(stack, fresh_database)
        await twin.read(records)
        before = await self._outbox(stack, reader)
        await self._truncate(stack, reader)
        await reader.read(records, replaying=True)
        assert await self._outbox(stack, reader) == before
        found = await compare(reader.settings, twin.settings, reader.keys, self.sealed, without=self.bookkeeping)
        differing = [difference for difference in found if not difference.equal]
        assert differing == [], str(differing)
        await twin.database.close()
        await reader.database.close()

    async def _outbox(self, stack: Stack, reader: Reader) -> int:
        admin = await stack.administrator(reader.settings.database_name)
        try:
            return int(await admin.fetchval("select count(*) from own.outbox"))
        finally:
            await admin.close()

    async def _truncate(self, stack: Stack, reader: Reader) -> None:
        admin = await stack.administrator(reader.settings.database_name)
        try:
            tables = await admin.fetch("select tablename from pg_tables where schemaname = 'copied'")
            await admin.execute("truncate " + ", ".join(f"copied.{row['tablename']}" for row in tables))
        finally:
            await admin.close()
