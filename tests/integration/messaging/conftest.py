"""The probe service on the session's real database and broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import NewTopic
from pydantic import SecretStr

from shared.contracts import topics as topics_file
from shared.messaging import Transactions
from shared.messaging.applying import Applied, apply
from shared.messaging.consumer import Consumer
from shared.messaging.records import read_batch
from shared.messaging.relay import Relay
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.integration.stack import Stack
from tests.probe import service
from tests.probe.facts import Raw


@dataclass
class Probe:
    """The probe service: its settings, its transactions as consumer, and ways to look."""

    stack: Stack
    settings: Settings
    keys: Keyring
    transactions: Transactions

    async def apply(self, *records: Raw) -> Applied:
        """Apply raw records as one batch, as the consumer does."""
        return await apply(self.transactions, read_batch(records, self.keys))

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        async with self.transactions.begin() as tx:
            return [dict(row) for row in await tx.rows(sql, params)]

    async def look(self, sql: str) -> list[dict[str, Any]]:
        """As the superuser, past every right."""
        admin = await self.stack.administrator(self.settings.database_name)
        try:
            return [dict(row) for row in await admin.fetch(sql)]
        finally:
            await admin.close()

    @asynccontextmanager
    async def consuming(self, **options: Any) -> AsyncIterator[Consumer]:
        consumer = Consumer(self.settings, self.transactions, service.handlers, **options)
        async with running(consumer.run()):
            yield consumer

    @asynccontextmanager
    async def relaying(self, **options: Any) -> AsyncIterator[Relay]:
        relay = Relay(self.settings, **options)
        async with running(relay.run()):
            yield relay


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    """Run until the block ends; a failure of the work is the test's failure."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 120) -> None:
    """Wait for a condition of the outer world."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture
async def probe(stack: Stack) -> AsyncIterator[Probe]:
    """A new database with the probe's tables."""
    settings = await stack.fresh_database("casework", migrated=False)
    await service.migrate(settings)
    keys = Keyring.load("casework", settings.secrets_dir)
    database = Database(settings.database_url("consumer"))
    yield Probe(stack, settings, keys, Transactions(database, keys, settings, service.handlers))
    await database.close()
    await stack.drop_database(settings)


@pytest.fixture
async def live(probe: Probe, stack: Stack) -> AsyncIterator[Probe]:
    """The probe with topics of its own on the broker, signed in as the administrator."""
    prefix = f"{probe.settings.database_name}."
    mine = {*topics_file.read_by("casework"), *topics_file.written_by("casework")}
    new = [NewTopic(prefix + t.name, t.partitions, 1) for t in topics_file.topics().values() if t.name in mine]
    for made in stack.broker.admin.create_topics(new).values():
        made.result(30)
    probe.settings = probe.settings.model_copy(
        update={
            "topic_prefix": prefix,
            "kafka_username": stack.broker.username,
            "kafka_password": SecretStr(stack.broker.password),
        }
    )
    probe.transactions.settings = probe.settings
    yield probe
    for gone in stack.broker.admin.delete_topics([topic.topic for topic in new]).values():
        gone.result(30)


@pytest.fixture
async def producer(stack: Stack) -> AsyncIterator[AIOKafkaProducer]:
    """A producer with every right, for what no service would write."""
    client = AIOKafkaProducer(
        bootstrap_servers=stack.broker.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=stack.broker.username,
        sasl_plain_password=stack.broker.password,
    )
    await client.start()
    yield client
    await client.stop()
