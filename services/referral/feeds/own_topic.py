"""Reads the topics `rms.<ori>.records` of connected agencies, each written by the agency's own principal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from confluent_kafka import KafkaException
from prometheus_client import Counter, Gauge

from services.referral.feeds.put_off import PutOff, server_answers
from services.referral.feeds.sent_records import Message
from services.referral.feeds.storing import Storing
from services.referral.feeds.topic_ids import TopicIds
from services.referral.store import agency_topics
from shared.contracts.topics import agency_topic
from shared.messaging import Transactions
from shared.messaging.faults import code_of, passes, place
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.messaging.security import client_options
from shared.runtime.settings import Settings

LOOK_EVERY: Final = 3.0  # seconds
_POLL_MS: Final = 500
_MESSAGES: Final = 500
_TRIES: Final = 3
"""So often a fault that may pass is tried again at once; then it is this agency's, and the others go on."""

MESSAGES = Counter("lead_agency_messages_total", "Messages taken from agencies' own topics")
TOPICS = Gauge("lead_agency_topics", "Agencies' own topics: read, or missing on the broker", ["state"])
FAILING = Gauge("lead_agency_topics_failing", "Agencies' topics that stand still because of a fault")
_log = structlog.get_logger("lead.agency-topics")


class _Given(ConsumerRebalanceListener):  # type: ignore[misc]
    """After topics were shared out anew, nobody knows where each begins."""

    def __init__(self, placed: dict[TopicPartition, UUID]) -> None:
        self._placed = placed

    def on_partitions_revoked(self, _partitions: Any) -> None:
        self._placed.clear()

    on_partitions_assigned = on_partitions_revoked


class OwnTopics:
    """Consumes the topics of the agencies in `own.agency_topic`; new ones within seconds.

    Guarantees: records and the offset behind them commit in one transaction, and reading begins where the database
    ends, so that what is delivered again adds nothing and a topic that was made anew is read from its first record;
    faults of the servers are waited out in place; what fails for one agency puts off that agency's topic only.
    """

    def __init__(self, settings: Settings, transactions: Transactions) -> None:
        self._settings = settings
        self._transactions = transactions
        self._progress = Progress()
        self._broker = TopicIds(settings)
        self._storing = Storing(transactions, self._broker)
        self._agencies: dict[str, str] = {}
        self._ids: dict[str, UUID] = {}
        self._placed: dict[TopicPartition, UUID] = {}
        """Topics that this process reads from the right place on, with the broker's id of each."""
        self._failing: PutOff[str] = PutOff()

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
        return self._progress.health(work_waits=False, topics=len(self._agencies), standing_still=len(self._failing))

    async def _consume(self) -> None:
        self._placed.clear()
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
                await self._place(consumer)
                fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_MESSAGES)
                for partition, records in fetched.items():
                    await self._take(consumer, partition, records)
        finally:
            await asyncio.wait_for(consumer.stop(), 10)  # the group forgets a member that is silent

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """Subscribe to what is connected and there: a topic without its grant would stop all the others."""
        async with self._transactions.begin() as tx:
            oris = await agency_topics.connected(tx)
        prefix = self._settings.topic_prefix
        wanted = {prefix + agency_topic(ori, "records"): ori for ori in oris}
        self._ids = await self._broker.of(wanted)
        self._agencies = {topic: ori for topic, ori in wanted.items() if topic in self._ids}
        for partition, topic_id in list(self._placed.items()):
            if self._ids.get(partition.topic) != topic_id:
                del self._placed[partition]
        self._failing.keep(set(self._agencies.values()))
        FAILING.set(len(self._failing))
        TOPICS.labels("read").set(len(self._agencies))
        TOPICS.labels("missing").set(len(wanted) - len(self._agencies))
        if set(self._agencies) != set(consumer.subscription()):
            if self._agencies:
                consumer.subscribe(topics=sorted(self._agencies), listener=_Given(self._placed))
            else:
                consumer.unsubscribe()
            _log.info("topics of agencies", count=len(self._agencies), left=len(wanted) - len(self._agencies))
        self._progress.moved("current")

    async def _place(self, consumer: AIOKafkaConsumer) -> None:
        """Begin each topic where the database ends, whatever the group remembers; let those rest that are put off."""
        for partition in consumer.assignment():
            ori, topic_id = self._agencies.get(partition.topic), self._ids.get(partition.topic)
            if ori is None or topic_id is None:
                continue
            try:
                if partition not in self._placed:
                    async with self._transactions.begin() as tx:
                        held = await agency_topics.held(tx, ori)
                    consumer.seek(partition, held.of(topic_id).next_offset if held else 0)
                    self._placed[partition] = topic_id
                if self._failing.waits(ori):
                    consumer.pause(partition)
                else:
                    consumer.resume(partition)
            except IllegalStateError:
                self._placed.pop(partition, None)  # it was given to another process meanwhile

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: Sequence[Any]) -> None:
        """Store messages of one agency, trying again what may pass; then commit their offset."""
        ori, topic_id = self._agencies.get(partition.topic), self._placed.get(partition)
        if ori is None or topic_id is None:
            return
        messages = [Message(record.offset, record.value) for record in records]
        for tries, pause in enumerate(pauses(), start=1):
            # Asked at each try: another process may own the topic by now.
            if topic_id != self._placed.get(partition):
                return
            try:
                stored = await self._storing.store(ori, partition.topic, messages, topic_id)
            except KafkaException:
                raise
            except Exception as error:
                self._progress.failed(error)
                if not passes(error) or (tries >= _TRIES and await server_answers(self._transactions)):
                    self._put_off(ori, partition, error)
                    return
                _log.warning("messages not stored, trying again", error=code_of(error), at=place(error))
                await asyncio.sleep(pause)
                continue
            break
        self._progress.moved("current")
        if not stored:
            self._placed.pop(partition, None)
            return
        self._failing.succeed(ori)
        FAILING.set(len(self._failing))
        MESSAGES.inc(len(messages))
        try:
            await consumer.commit({partition: messages[-1].offset + 1})
        except (CommitFailedError, IllegalStateError, KafkaError) as error:
            _log.info("offset not committed; the database knows what it holds", error=type(error).__name__)

    def _put_off(self, ori: str, partition: TopicPartition, error: Exception) -> None:
        """This agency's topic stands still and is tried again later, from where the database ends."""
        seconds = self._failing.fail(ori)
        FAILING.set(len(self._failing))
        self._placed.pop(partition, None)
        told = {"error": code_of(error), "at": place(error), "seconds": seconds}
        _log.error("messages of an agency not stored, put off", topic=partition.topic, **told)
