"""The consumer of a service: raw batches from Kafka into its database, each effect exactly once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import chain
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage
from faststream.security import SASLScram512

from shared.messaging import measures
from shared.messaging.applying import apply
from shared.messaging.faults import code_of, passes, place
from shared.messaging.handlers import Handlers
from shared.messaging.memory import calm_collector
from shared.messaging.patience import pauses
from shared.messaging.pipeline import Pipeline
from shared.messaging.progress import Health, Progress
from shared.messaging.records import Batch, read_batch
from shared.messaging.security import client_options, group_id
from shared.messaging.transaction import Transactions
from shared.runtime.settings import Settings

_log = structlog.get_logger("lead.consumer")
_POLL_MS = 500
_DRAIN_SECONDS = 15.0


class Consumer:
    """Consumes the topics of a service's handlers. Blocks in `run`; loses nothing however it ends.

    Guarantees: a record's effects and its inbox row commit together; offsets are committed after that; faults
    that pass are retried in place for ever; a record that can never be applied is a dead letter.
    """

    def __init__(
        self, settings: Settings, transactions: Transactions, handlers: Handlers, *, batch_size: int = 500
    ) -> None:
        self._settings = settings
        self._service: str = settings.service
        self._transactions = Transactions(transactions.database, transactions.keys, settings, handlers)
        self._topics = [settings.topic_prefix + topic for topic in handlers.topics]
        self._batch_size = batch_size
        self._progress = Progress()
        self._pipeline = Pipeline(self._apply)
        self._client: Any = None

    async def run(self) -> None:
        """Consume until cancelled, then finish the running batch. Outlives an absent broker or database."""
        if not self._topics:
            return
        calm_collector()
        waits = pauses(0.2, 3.0)
        while True:
            self._pipeline = Pipeline(self._apply)
            broker = self._broker()
            try:
                await broker.start()
                self._client = broker.subscribers[0].consumer  # type: ignore[attr-defined]
                waits = pauses(0.2, 3.0)
                await self._watch(broker)
            except (KafkaError, OSError) as error:
                self._progress.failed(error)
                _log.warning("kafka is away", error=type(error).__name__)
            finally:
                await self._close(broker)
            await asyncio.sleep(next(waits))

    def health(self) -> Health:
        """Whether positions move, how far behind they are, and since when."""
        lag = self.lag()
        for topic, records in lag.items():
            measures.LAG.labels(self._service, topic.removeprefix(self._settings.topic_prefix)).set(records)
        behind = sum(lag.values())
        assigned = len(self._client.assignment()) if self._client else 0
        if assigned and not behind and not self._pipeline.busy and self._progress.fault is None:
            self._progress.moved("current")
        return self._progress.health(work_waits=behind > 0, lag=behind, partitions=assigned)

    def lag(self) -> dict[str, int]:
        """Records between this consumer's position and the end of the log, by topic; empty before assignment."""
        if self._client is None:
            return {}
        out: dict[str, int] = {}
        for partition in self._client.assignment():
            end = self._client.highwater(partition)
            state = self._client._subscription.subscription.assignment.state_value(partition)
            position = state.position if state is not None and state.has_valid_position else None
            if end is not None and position is not None:
                out[partition.topic] = out.get(partition.topic, 0) + max(0, end - position)
        return out

    def _broker(self) -> KafkaBroker:
        options = client_options(self._settings)
        broker = KafkaBroker(
            options["bootstrap_servers"],
            client_id=options["client_id"],
            security=SASLScram512(
                username=options["sasl_plain_username"],
                password=options["sasl_plain_password"],
                use_ssl=options["ssl_context"] is not None,
                ssl_context=options["ssl_context"],
            ),
            logger=None,
            apply_types=False,
            allow_auto_create_topics=False,
            graceful_timeout=_DRAIN_SECONDS,
            metadata_max_age_ms=10_000,
        )
        subscriber = broker.subscriber(
            *self._topics,
            batch=True,
            group_id=group_id(self._settings),
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            isolation_level="read_committed",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            max_poll_interval_ms=300_000,
            listener=_Drain(self._pipeline, self._progress, self._service),
            parser=_unparsed,
            decoder=self._read,
        )
        subscriber(self._pipeline.put)
        # FastStream pauses for the poll's length after each empty poll; a record that comes then would wait it out.
        subscriber.get_msg = self._fetch  # type: ignore[method-assign]
        return broker

    async def _fetch(self, consumer: Any) -> tuple[Any, ...]:
        """The next records, as soon as there are some; an empty tuple after half a second without."""
        fetched = await consumer.getmany(timeout_ms=_POLL_MS, max_records=self._batch_size)
        return tuple(chain.from_iterable(fetched.values()))

    async def _read(self, message: KafkaMessage) -> Batch:
        return read_batch(message.raw_message, self._transactions.keys, self._settings.topic_prefix)

    async def _watch(self, broker: KafkaBroker) -> None:
        """Return when the subscriber's loop has ended by itself, so that it is started anew."""
        tasks: list[asyncio.Task[Any]] = broker.subscribers[0].tasks  # type: ignore[attr-defined]
        while any(not task.done() for task in tasks) and self._pipeline.failure is None:
            await asyncio.sleep(1)
            self.health()
        _log.error("the subscriber ended by itself; starting it again where its offsets are")

    async def _close(self, broker: KafkaBroker) -> None:
        """Finish the running batch, commit its offsets, leave the group."""
        try:
            await self._pipeline.drain(_DRAIN_SECONDS)
        finally:
            self._client = None
            try:
                await asyncio.wait_for(broker.stop(), 10)
            except (KafkaError, OSError, TimeoutError) as error:
                _log.info("left kafka in a hurry", error=type(error).__name__)

    async def _apply(self, batch: Batch, given_up: Callable[[], bool]) -> None:
        """Apply a batch, again and again until it is stored; then commit its offsets."""
        for pause in pauses():
            began = time.monotonic()
            try:
                done = await apply(self._transactions, batch)
            except Exception as error:
                self._progress.failed(error)
                measures.RETRIES.labels(self._service).inc()
                told = _log.warning if passes(error) else _log.error
                told("batch not stored, trying again", error=code_of(error), at=place(error))
                if given_up():
                    return
                await asyncio.sleep(pause)
                if given_up():
                    return
                continue
            measures.BATCH_SECONDS.labels(self._service).observe(time.monotonic() - began)
            measures.count(self._service, "applied", done.winners)
            measures.count(self._service, "stale", done.stale)
            measures.count(self._service, "beat", done.beats)
            measures.count(self._service, "dead_letter", done.dead)
            measures.LAST_COMMIT.labels(self._service).set_to_current_time()
            self._progress.moved()
            await self._commit(batch)
            return

    async def _commit(self, batch: Batch) -> None:
        client = self._client
        if client is None:
            return
        offsets = {TopicPartition(*place): offset for place, offset in batch.positions.items()}
        try:
            await client.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            _log.info("offsets belong to another consumer now; the inbox will remove what it reads twice")
        except Exception as error:
            _log.warning("offsets not committed; the next batch commits them", error=type(error).__name__)


class _Drain(ConsumerRebalanceListener):  # type: ignore[misc]
    """Nothing outlives ownership of a partition: the running batch ends before the next owner begins."""

    def __init__(self, pipeline: Pipeline, progress: Progress, service: str) -> None:
        self._pipeline = pipeline
        self._progress = progress
        self._service = service

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._pipeline.drain(_DRAIN_SECONDS)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._pipeline.reopen()
        measures.REBALANCES.labels(self._service).inc()
        self._progress.moved("assigned")


async def _unparsed(records: Any) -> KafkaMessage:
    """FastStream's own parser decodes header bytes and loses a whole batch over one bad byte; this reads none."""
    return KafkaMessage(raw_message=records, body=records, headers={}, consumer=FAKE_CONSUMER)
