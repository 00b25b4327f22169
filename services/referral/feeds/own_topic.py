"""Reads the topics `rms.<ori>.records` of connected agencies, each written by the agency's own principal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from prometheus_client import Counter, Gauge

from services.referral.feeds.sent_records import Message, take
from services.referral.store import agency_topics
from services.referral.store.agency_topics import Held
from shared.contracts.topics import agency_topic
from shared.messaging import Transactions
from shared.messaging.faults import code_of, passes, place
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.messaging.security import client_options
from shared.runtime.settings import Settings

LOOK_EVERY: Final = 3.0
"""Seconds between looks at the list of connected agencies."""
_POLL_MS: Final = 500
_MESSAGES: Final = 500
_LATER: Final = 30.0
"""Seconds until messages are tried again that failed for another reason than an absent server."""

MESSAGES = Counter("lead_agency_messages_total", "Messages taken from agencies' own topics")
TOPICS = Gauge("lead_agency_topics", "Agencies' own topics: read, or missing on the broker", ["state"])
FAILING = Gauge("lead_agency_topics_failing", "Agencies' topics that stand still because of a fault of ours")
_log = structlog.get_logger("lead.agency-topics")


class OwnTopics:
    """Consumes the topics of the agencies in `own.agency_topic`; new ones within seconds.

    Guarantees: records and the offset behind them commit in one transaction, the group's offsets after it, so that
    what is delivered again adds nothing; faults that pass are retried in place; one agency's fault of ours stops
    that agency's topic only.
    """

    def __init__(self, settings: Settings, transactions: Transactions) -> None:
        self._settings = settings
        self._transactions = transactions
        self._progress = Progress()
        self._agencies: dict[str, str] = {}
        self._later: dict[TopicPartition, float] = {}

    async def run(self) -> None:
        """Consume until cancelled. Outlives an absent broker or database."""
        for pause in pauses(0.2, 3.0):
            try:
                await self._consume()
            except Exception as error:
                self._progress.failed(error)
                _log.warning("interrupted; nothing is lost, trying again", error=code_of(error), at=place(error))
            await asyncio.sleep(pause)

    def health(self) -> Health:
        """Whether messages are taken as they come."""
        return self._progress.health(work_waits=False, topics=len(self._agencies), standing_still=len(self._later))

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            **client_options(self._settings),
            group_id=f"{self._settings.service}.{self._settings.topic_prefix}agencies",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            metadata_max_age_ms=5_000,
        )
        await consumer.start()
        try:
            looked = -LOOK_EVERY
            while True:
                if time.monotonic() - looked >= LOOK_EVERY:
                    await self._look(consumer)
                    looked = time.monotonic()
                if not consumer.subscription():
                    await asyncio.sleep(LOOK_EVERY)
                    continue
                self._resume(consumer)
                fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MESSAGES)
                for partition, records in fetched.items():
                    await self._take(consumer, partition, records)
        finally:
            # Not awaited for ever: the group forgets a member that is silent.
            await asyncio.wait_for(consumer.stop(), 10)

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """Subscribe to what is connected and there: a topic without its grant would stop all the others."""
        async with self._transactions.begin() as tx:
            oris = await agency_topics.connected(tx)
        prefix = self._settings.topic_prefix
        wanted = {prefix + agency_topic(ori, "records"): ori for ori in oris}
        present = await consumer.topics() if wanted else set()
        self._agencies = {topic: ori for topic, ori in wanted.items() if topic in present}
        TOPICS.labels("read").set(len(self._agencies))
        TOPICS.labels("missing").set(len(wanted) - len(self._agencies))
        if set(self._agencies) != set(consumer.subscription()):
            if self._agencies:
                consumer.subscribe(topics=sorted(self._agencies))
            else:
                consumer.unsubscribe()
            _log.info("topics of agencies", read=len(self._agencies), missing=len(wanted) - len(self._agencies))
        self._progress.moved("current")

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: Sequence[Any]) -> None:
        """Take messages of one agency, again and again until they are stored; then commit their offset."""
        ori = self._agencies.get(partition.topic)
        if ori is None or partition not in consumer.assignment():
            return
        end = max(consumer.highwater(partition) or 0, records[-1].offset + 1)
        messages = [Message(record.offset, record.value) for record in records]
        for pause in pauses():
            try:
                await self._store(ori, partition, messages, end)
            except Exception as error:
                if not passes(error):
                    self._put_off(consumer, partition, messages[0].offset, error)
                    return
                self._progress.failed(error)
                _log.warning("messages not stored, trying again", error=code_of(error), at=place(error))
                await asyncio.sleep(pause)
                continue
            break
        self._progress.moved("current")
        MESSAGES.inc(len(messages))
        try:
            await consumer.commit({partition: messages[-1].offset + 1})
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            _log.info("offset not committed; the database knows what it holds", error=type(error).__name__)

    async def _store(self, ori: str, partition: TopicPartition, messages: Sequence[Message], end: int) -> None:
        async with self._transactions.begin() as tx:
            held = await agency_topics.held(tx, ori)
            if held is None:
                return
            if end < held.next_offset:
                # The topic was made anew and counts from 0 again.
                held = Held(0, held.generation + 1)
            new = [message for message in messages if message.offset >= held.next_offset]
            if not new:
                return
            named = f"{partition.topic}:{held.generation}:{new[0].offset}-{new[-1].offset}"
            await take(tx, ori, new, named)
            await agency_topics.keep(tx, ori, Held(new[-1].offset + 1, held.generation))

    def _put_off(self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int, error: Exception) -> None:
        """A fault of ours: this agency's topic stands still and is tried again later; the others go on."""
        _log.error("messages of an agency not stored", topic=partition.topic, error=code_of(error), at=place(error))
        consumer.seek(partition, offset)
        consumer.pause(partition)
        self._later[partition] = time.monotonic() + _LATER
        FAILING.set(len(self._later))

    def _resume(self, consumer: AIOKafkaConsumer) -> None:
        for partition in [one for one, due in self._later.items() if time.monotonic() >= due]:
            del self._later[partition]
            if partition in consumer.assignment():
                consumer.resume(partition)
        FAILING.set(len(self._later))
