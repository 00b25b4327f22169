"""What every service's outbox must hold, under its own database roles and its own Kafka user."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.exc import DBAPIError

from shared.contracts.topics import sealed_with, topics, written_by
from shared.messaging import Transactions, Tx
from shared.messaging.partitions import partition_of
from shared.messaging.relay import Relay
from shared.runtime.database import Database
from shared.runtime.ids import now
from shared.runtime.keys import Keyring
from tests.contract_suites.stories import about_someone, samples
from tests.integration.conftest import FreshDatabase
from tests.integration.stack import Stack


class OutboxContract:
    """Inherit it and set `service`."""

    service: str

    async def test_each_topic_it_writes_gets_its_facts_under_its_own_grants(
        self, stack: Stack, fresh_database: FreshDatabase
    ) -> None:
        chosen = await fresh_database(self.service)
        keys = Keyring.load(self.service, chosen.secrets_dir)
        database = Database(chosen.database_url("web"))
        made = {topic: about_someone(samples(topic)[0], 0) for topic in written_by(self.service)}
        async with Transactions(database, keys, chosen).begin("programme:none") as tx:
            tx.publish(*made.values())
        relay = asyncio.create_task(Relay(chosen, beat_every=3600).run())
        try:
            await self._emptied(stack, chosen.database_name)
        finally:
            relay.cancel()
            await asyncio.wait([relay])
            await database.close()
        for topic, fact in made.items():
            record = await self._last(stack, topic, partition_of(topic, fact.partition_key), fact.fact_id)
            headers = dict(record.headers)
            value = keys.open_topic(topic, fact.fact_id, record.value) if sealed_with(topic) else record.value
            assert value == fact.encode()
            assert headers["ce_source"] == f"/{self.service}".encode()
            assert headers["ce_subject"] == fact.fact_id.encode()
            assert headers["version"] == str(fact.version).encode()
            assert headers["traceparent"].startswith(b"00-")

    async def test_what_is_rolled_back_is_never_sent(self, stack: Stack, fresh_database: FreshDatabase) -> None:
        chosen = await fresh_database(self.service)
        keys = Keyring.load(self.service, chosen.secrets_dir)
        database = Database(chosen.database_url("web"))
        fact = samples(written_by(self.service)[0])[0]
        async with database.connect() as connection:
            tx = Tx(connection, keys, chosen, now=now())
            tx.publish(fact)
            await tx.flush()
            await connection.rollback()
        await database.close()
        assert await self._count(stack, chosen.database_name) == 0

    async def test_a_web_process_can_add_to_the_outbox_but_neither_read_nor_empty_it(
        self, fresh_database: FreshDatabase
    ) -> None:
        chosen = await fresh_database(self.service)
        database = Database(chosen.database_url("web"))
        for forbidden in ("select * from own.outbox", "delete from own.outbox"):
            with pytest.raises(DBAPIError, match="permission denied"):
                async with database.begin() as connection:
                    await connection.exec_driver_sql(forbidden)
        await database.close()

    async def _emptied(self, stack: Stack, database: str) -> None:
        async with asyncio.timeout(120):
            while await self._count(stack, database):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def _count(self, stack: Stack, database: str) -> int:
        admin = await stack.administrator(database)
        try:
            return int(await admin.fetchval("select count(*) from own.outbox"))
        finally:
            await admin.close()

    async def _last(self, stack: Stack, topic: str, partition: int, fact_id: str) -> Any:
        """The newest record of a fact, read as the administrator."""
        assert 0 <= partition < topics()[topic].partitions
        consumer = AIOKafkaConsumer(
            bootstrap_servers=stack.broker.bootstrap,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_plain_username=stack.broker.username,
            sasl_plain_password=stack.broker.password,
        )
        await consumer.start()
        try:
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            end = (await consumer.end_offsets([place]))[place]
            found = None
            while await consumer.position(place) < end:
                for record in (await consumer.getmany(timeout_ms=200)).get(place, []):
                    found = record if record.key == fact_id.encode() else found
            assert found is not None, f"{topic}: nothing arrived"
            return found
        finally:
            await consumer.stop()
