"""The relay: sends what the outbox holds, in its order, and deletes what the broker has confirmed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging import beats, measures
from shared.messaging.faults import place
from shared.messaging.leader import leading
from shared.messaging.memory import calm_collector
from shared.messaging.outbox import CHANNEL
from shared.messaging.patience import pauses
from shared.messaging.progress import Health, Progress
from shared.messaging.security import client_options
from shared.messaging.wire import headers_of
from shared.runtime.settings import Settings

_log = structlog.get_logger("lead.relay")
_POLL = 1.0
_GRACE = 10.0
_BATCH = 2000
"""Each batch waits for the database, the broker and the database again, and on a busy machine for the processor between
them: four times as many at once leave in two thirds of the time."""
_BATCH_BYTES = 4 * 1024 * 1024
"""Large facts leave fewer at a time."""
# Always the lowest seq that is left, never "above the last": sequence order is not commit order.
_NEXT = """
    select seq, id, aggregatetype, aggregateid, type, payload, partition_key, partition, version, time, traceparent,
           correlation_id
    from (
      select *,
             sum(octet_length(payload)) over (order by seq rows between unbounded preceding and 1 preceding) as before
      from (select * from own.outbox where partition % $1 = $2 order by seq limit $3) as waiting) as measured
    where coalesce(before, 0) < $4 order by seq
"""
_DELETE = "delete from own.outbox where seq = any($1::bigint[])"


class Relay:
    """Sends one shard of a service's outbox: the partitions whose number modulo `relay_shards` is `relay_shard`.

    Guarantees: nothing is deleted before the broker confirmed it; facts of a partition leave in the order of
    their seq; on any fault the whole batch is sent again (duplicates possible, loss not).
    """

    def __init__(self, settings: Settings, *, batch_size: int = _BATCH, beat_every: float = beats.EVERY) -> None:
        self._settings = settings
        self._service: str = settings.service
        self._batch_size = batch_size
        self._beat_every = beat_every
        self._progress = Progress()
        self._shard = (settings.relay_shards, settings.relay_shard)

    async def run(self) -> None:
        """Relay until cancelled, then finish the batch on its way. Outlives an absent broker or database."""
        calm_collector()
        waits = pauses(0.2, 3.0)
        while True:
            began = time.monotonic()
            try:
                await self._lead()
            except Exception as error:
                self._progress.failed(error)
                measures.RELAY_FAULTS.labels(self._service).inc()
                _log.warning(
                    "relay interrupted; nothing is lost, trying again", error=type(error).__name__, at=place(error)
                )
            if time.monotonic() - began > 30:
                waits = pauses(0.2, 3.0)
            await asyncio.sleep(next(waits))

    def health(self) -> Health:
        """Whether the outbox is being emptied (or another process does it)."""
        return self._progress.health(work_waits=self._progress.state == "sending")

    async def _lead(self) -> None:
        self._progress.moved("standing by")
        url = self._settings.database_url("relay")
        async with leading(url, self._service, "relay", self._settings.relay_shard) as session:
            wake = asyncio.Event()
            await session.add_listener(CHANNEL, lambda *_: wake.set())
            producer = self._producer()
            await producer.start()
            try:
                await self._work(session, producer, wake)
            finally:
                await _stop(producer)

    async def _work(self, session: Any, producer: AIOKafkaProducer, wake: asyncio.Event) -> None:
        beat_due = 0.0
        while True:
            wake.clear()
            if time.monotonic() >= beat_due:
                await beats.store(session, self._service, self._settings.relay_shard, self._settings.relay_shards)
                beat_due = time.monotonic() + self._beat_every
            sent = await _uninterrupted(send_batch(session, producer, self._settings, self._batch_size))
            self._progress.moved("sending" if sent else "current")
            if sent:
                measures.SENT.labels(self._service).inc(sent)
            else:
                await _until(wake, min(_POLL, max(0.0, beat_due - time.monotonic())))

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **client_options(self._settings),
            acks="all",
            enable_idempotence=True,
            max_batch_size=256 * 1024,
            request_timeout_ms=40_000,
            metadata_max_age_ms=30_000,
        )


async def send_batch(session: Any, producer: AIOKafkaProducer, settings: Settings, limit: int) -> int:
    """Send the next records, at most `limit`, await every confirmation, delete them, commit; how many. Raises if any
    failed."""
    async with session.transaction():
        rows = await session.fetch(_NEXT, settings.relay_shards, settings.relay_shard, limit, _BATCH_BYTES)
        if not rows:
            return 0
        with measures.SEND_SECONDS.labels(settings.service).time():
            source = f"/{settings.service}"
            confirmations = [
                await producer.send(
                    settings.topic_prefix + row["aggregatetype"],
                    value=row["payload"],
                    key=row["aggregateid"].encode(),
                    partition=row["partition"],
                    headers=headers_of(row, source),
                )
                for row in rows
            ]
            await _all(confirmations)
        await session.execute(_DELETE, [row["seq"] for row in rows])
        return len(rows)


async def _all(confirmations: list[Any]) -> None:
    """Await every confirmation, then raise the first failure."""
    failures = [
        result
        for result in await asyncio.gather(*confirmations, return_exceptions=True)
        if isinstance(result, BaseException)
    ]
    if failures:
        raise failures[0]


async def _uninterrupted(work: Any) -> int:
    """Finish a batch that has begun even when we are asked to stop, so that a calm stop sends nothing twice."""
    task: asyncio.Task[int] = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_GRACE)
        task.cancel()
        raise


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        await asyncio.wait_for(producer.stop(), 5)
    except (KafkaError, OSError, TimeoutError) as error:
        _log.info("producer closed in a hurry", error=type(error).__name__)
