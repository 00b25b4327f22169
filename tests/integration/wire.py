"""Topics of a test's own on the session's broker: one service's relay sends, the others' consumers apply."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from confluent_kafka.admin import NewTopic
from pydantic import SecretStr

from shared.contracts import topics as topics_file
from shared.messaging import Handlers, Transactions
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.integration.messaging.conftest import running
from tests.integration.stack import Stack


class Wire:
    """What stands between services: as live, but for the topics' prefix and the broker's user."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._prefix = f"t{uuid.uuid4().hex[:10]}."

    @asynccontextmanager
    async def joined(self, sender: Settings, **readers: tuple[Settings, Handlers]) -> AsyncIterator[None]:
        """While it lasts, what the sender publishes reaches the readers' tables by itself."""
        async with AsyncExitStack() as parts:
            await parts.enter_async_context(self._topics())
            await parts.enter_async_context(running(Relay(self._on_it(sender), beat_every=3600).run()))
            for settings, handlers in readers.values():
                database = Database(settings.database_url("consumer"))
                parts.push_async_callback(database.close)
                keys = Keyring.load(settings.service, settings.secrets_dir)
                mine = self._on_it(settings)
                consumer = Consumer(mine, Transactions(database, keys, mine, handlers), handlers)
                await parts.enter_async_context(running(consumer.run()))
            yield

    @asynccontextmanager
    async def _topics(self) -> AsyncIterator[None]:
        admin = self._stack.broker.admin
        new = [NewTopic(self._prefix + topic.name, topic.partitions, 1) for topic in topics_file.topics().values()]
        for made in admin.create_topics(new).values():
            made.result(60)
        try:
            yield
        finally:
            for gone in admin.delete_topics([topic.topic for topic in new]).values():
                gone.result(60)

    def _on_it(self, settings: Settings) -> Settings:
        broker = self._stack.broker
        return settings.model_copy(
            update={
                "topic_prefix": self._prefix,
                "kafka_username": broker.username,
                "kafka_password": SecretStr(broker.password),
            }
        )
