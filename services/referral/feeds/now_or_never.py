"""A Kafka producer that delivers at once or not at all.

What may be told can end any moment, so nothing may wait in a client until a broker is back: an idempotent producer
retries for ever, and one that merely expires its retries still sends what it had not tried yet.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from confluent_kafka import KafkaException, Producer

from shared.messaging.security import librdkafka_options
from shared.runtime.settings import Settings

SECONDS: Final = 5.0
"""The longest way to the broker."""
_SCAN: Final = 1.0
"""librdkafka looks once a second for what has expired."""
_log = logging.getLogger("lead.now-or-never")
_log.addHandler(logging.NullHandler())
_log.propagate = False


@dataclass(frozen=True)
class Message:
    """What is sent, under an id by which its outcome is told."""

    id: UUID
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class NowOrNever:
    """Sends messages; `settle` tells which arrived, and after it no other of them ever leaves.

    Whose request stood in a broker's socket when the time was over may still arrive: no client can take that back.
    """

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        milliseconds = int(seconds * 1000)
        self._seconds = seconds
        self._delivered: list[UUID] = []
        self._failed: dict[UUID, str] = {}
        self._waiting: set[UUID] = set()
        self._producer: Any = Producer(
            {
                **librdkafka_options(settings),
                "acks": "all",
                "enable.idempotence": False,
                "message.timeout.ms": milliseconds,
                "request.timeout.ms": milliseconds,
                "socket.timeout.ms": milliseconds,
                "topic.metadata.refresh.interval.ms": 5_000,
                "reconnect.backoff.ms": 50,
                "reconnect.backoff.max.ms": 1_000,
                "linger.ms": 0,
            },
            logger=_log,
        )

    async def topics(self) -> set[str]:
        """The topics that may be written, as the broker tells now. Raises KafkaException unless it answers."""
        found = await asyncio.to_thread(self._producer.list_topics, timeout=self._seconds)
        return {name for name, topic in found.topics.items() if topic.error is None}

    def put(self, message: Message) -> None:
        """Send a message; its outcome is among those that `settle` gives."""
        self._waiting.add(message.id)
        try:
            self._producer.produce(
                message.topic,
                message.value,
                message.key,
                headers=message.headers,
                on_delivery=partial(self._done, message.id),
            )
        except (BufferError, KafkaException) as fault:
            self._done(message.id, fault, None)

    async def settle(self) -> tuple[list[UUID], dict[UUID, str]]:
        """Wait for what was put: ids that the broker has, and the others each with its code."""
        await asyncio.to_thread(self._producer.flush, self._seconds + _SCAN)
        await asyncio.to_thread(self._drop)
        self._failed |= dict.fromkeys(self._waiting, "unknown")
        delivered, failed = self._delivered, self._failed
        self._delivered, self._failed, self._waiting = [], {}, set()
        return delivered, failed

    def close(self) -> None:
        """Drop what waits. Does not block on an absent broker."""
        self._drop()

    def _drop(self) -> None:
        self._producer.purge()
        self._producer.flush(_SCAN)

    def _done(self, message_id: UUID, fault: Any, _message: Any) -> None:
        self._waiting.discard(message_id)
        if fault is None:
            self._delivered.append(message_id)
        else:
            self._failed[message_id] = fault.name() if hasattr(fault, "name") else type(fault).__name__
