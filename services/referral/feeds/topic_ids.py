"""The broker's ids of topics: a topic that was deleted and made anew has its old name and another id (KIP-516)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from shared.messaging.security import librdkafka_options
from shared.runtime.settings import Settings

_SECONDS: Final = 5.0
_ABSENT: Final = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_AUTHORIZATION_FAILED)
_BITS: Final = 64
_log = logging.getLogger("lead.topic-ids")
_log.addHandler(logging.NullHandler())
_log.propagate = False


class TopicIds:
    """Asks the broker, as this service's own principal."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _admin(self) -> Any:
        return AdminClient(librdkafka_options(self._settings), logger=_log)

    async def of(self, names: Collection[str]) -> dict[str, UUID]:
        """By name, the ids of those topics that are there and may be read. Raises KafkaException."""
        return await asyncio.to_thread(self._of, names) if names else {}

    def _of(self, names: Collection[str]) -> dict[str, UUID]:
        found = {}
        asked = self._admin.describe_topics(TopicCollection(list(names)), request_timeout=_SECONDS)
        for name, future in asked.items():
            try:
                given = future.result(2 * _SECONDS).topic_id
            except KafkaException as fault:
                if fault.args[0].code() not in _ABSENT:
                    raise
                continue
            high, low = given.get_most_significant_bits(), given.get_least_significant_bits()
            found[name] = UUID(int=(high % (1 << _BITS)) << _BITS | low % (1 << _BITS))
        return found
