"""An agency's own system at its own topic: it signs in with what `lead agency connect` prints."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.referral.feeds.own_topic import OwnTopics
from services.referral.store import agency_topics
from shared.contracts.topics import agency_principal, agency_topic
from shared.messaging import Transactions
from shared.messaging.security import client_options
from shared.runtime import topics as broker_topics
from tests.integration.referral.feed_side import FeedSide
from tests.integration.stack import Stack


class Agency:
    """One agency's principal, with a password of its own."""

    def __init__(self, stack: Stack, ori: str) -> None:
        self.stack, self.ori, self.topic = stack, ori, agency_topic(ori, "records")
        self.password = secrets.token_urlsafe(24)
        # Agencies of other tests on this broker had other passwords.
        assert broker_topics.connect_agency(stack.broker, ori, self.password, rotate=True)

    def options(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.stack.broker.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": agency_principal(self.ori),
            "sasl_plain_password": self.password,
        }

    async def write(self, *values: Any, topic: str | None = None) -> list[int]:
        """Write messages, each a record, a list of records or bytes; their offsets."""
        producer = AIOKafkaProducer(**self.options(), request_timeout_ms=10_000)
        await producer.start()
        try:
            return [
                (
                    await producer.send_and_wait(
                        topic or self.topic, value if isinstance(value, bytes) else orjson.dumps(value)
                    )
                ).offset
                for value in values
            ]
        finally:
            await producer.stop()

    async def connect(self, feeds: FeedSide) -> None:
        """Tell referral to read the topic, from what is written next."""
        async with Transactions(feeds.web, feeds.keys, feeds.settings).begin(
            f"programme:{feeds.settings.programme}"
        ) as tx:
            await agency_topics.connect(tx, self.ori)

    def make_anew(self) -> None:
        """Delete the topic and make it again: it counts from 0, under another id of the broker."""
        admin = self.stack.broker.admin
        admin.delete_topics([self.topic])[self.topic].result(30)
        broker_topics.connect_agency(self.stack.broker, self.ori, "unused")

    async def deliver_again(self, feeds: FeedSide, offset: int) -> None:
        """Set the group back, as when its offsets were lost."""
        partition = TopicPartition(self.topic, 0)
        consumer = AIOKafkaConsumer(
            **client_options(feeds.settings),
            group_id=f"referral.{feeds.settings.topic_prefix}agencies",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            consumer.assign([partition])
            await consumer.commit({partition: offset})
        finally:
            await consumer.stop()


@asynccontextmanager
async def reading(feeds: FeedSide) -> AsyncIterator[OwnTopics]:
    """Referral reads agencies' topics, as the consumer role does."""
    part = OwnTopics(feeds.settings, Transactions(feeds.consumer, feeds.keys, feeds.settings))
    task = asyncio.create_task(part.run())
    try:
        yield part
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """What `holds` gives once it is true; fails if that does not come."""
    deadline = time.monotonic() + seconds
    while not (found := await holds()):
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.05)
    return found
