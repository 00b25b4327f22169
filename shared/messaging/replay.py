"""`lead replay`: rebuild `copied` from the log. `own` is not touched, and a sound service publishes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text

from shared.contracts.topics import topics as topics_file
from shared.messaging.applying import Applied, apply
from shared.messaging.faults import passes
from shared.messaging.handlers import Handlers
from shared.messaging.patience import pauses
from shared.messaging.records import Batch, read_batch
from shared.messaging.security import client_options, group_id
from shared.messaging.transaction import Transactions
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings

_BATCH = 1000
_TABLES = text("""
    select format('copied.%I', c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'copied' and c.relkind in ('r', 'p') and not c.relispartition order by 1
""")


class ReplayError(Exception):
    """Replay cannot begin; the message says why and what to do. Nothing was changed."""


@dataclass
class Replayed:
    """What a replay did. `published` over 0: the service's `own` lacked results, and they were published now."""

    records: int = 0
    facts: int = 0
    dead_letters: int = 0
    published: int = 0

    def add(self, batch: Batch, done: Applied) -> None:
        self.records += len(batch)
        self.facts += done.winners
        self.dead_letters += done.dead
        self.published += done.published


async def replay(
    settings: Settings,
    keys: Keyring,
    handlers: Handlers,
    *,
    into: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Replayed:
    """Consume every topic of the service from its beginning up to its end at the start of the replay.

    In place: the service's consumers must be stopped; afterwards they go on where the replay ended, also when the
    replay itself is broken off (they then finish it). `into` names an empty, migrated database of the service
    instead; nothing else is touched then. `progress` is told records done and records in all. Raises ReplayError.
    """
    target = settings.model_copy(update={"database_name": into}) if into else settings
    places = [
        TopicPartition(settings.topic_prefix + topic, partition)
        for topic in handlers.topics
        for partition in range(topics_file()[topic].partitions)
    ]
    if into:
        await _require_empty(target)
    else:
        await _set_offsets(settings, dict.fromkeys(places, 0))
        await _empty(target)
    database = Database(target.database_url("consumer"))
    try:
        done, ends = await _consume(target, Transactions(database, keys, target, handlers), places, progress)
    finally:
        await database.close()
    if not into:
        await _set_offsets(settings, ends)
    return done


async def _consume(
    settings: Settings,
    transactions: Transactions,
    places: list[TopicPartition],
    progress: Callable[[int, int], None] | None,
) -> tuple[Replayed, dict[TopicPartition, int]]:
    consumer = AIOKafkaConsumer(**client_options(settings), isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        first: dict[TopicPartition, int] = await consumer.beginning_offsets(places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        total = sum(ends.values()) - sum(first.values())
        done = Replayed()
        while [place for place in places if await consumer.position(place) < ends[place]]:
            fetched = await consumer.getmany(timeout_ms=500, max_records=_BATCH)
            records = [r for part in fetched.values() for r in part]
            if not records:
                continue
            batch = read_batch(records, transactions.keys, settings.topic_prefix)
            done.add(batch, await _applied(transactions, batch))
            if progress:
                progress(done.records, total)
        await _finish(transactions)
        return done, {place: await consumer.position(place) for place in places}
    finally:
        await consumer.stop()


async def _finish(transactions: Transactions) -> None:
    """What the service makes of its facts by timers, such as cells, is part of `copied` too."""
    job = transactions.handlers.finish if transactions.handlers else None
    more = job is not None
    while job is not None and more:
        async with transactions.begin(replaying=True) as tx:
            more = await job(tx)


async def _applied(transactions: Transactions, batch: Batch) -> Applied:
    for pause in pauses():
        try:
            return await apply(transactions, batch, replaying=True)
        except Exception as error:
            if not passes(error):
                raise
        await asyncio.sleep(pause)
    raise AssertionError("pauses never end")


async def _set_offsets(settings: Settings, offsets: dict[TopicPartition, int]) -> None:
    """Set the group's offsets. The broker refuses while the group has members."""
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=group_id(settings), enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(list(offsets))
        await consumer.commit(offsets)
    except KafkaError as error:
        raise ReplayError(
            f"the offsets of group {group_id(settings)} cannot be set ({type(error).__name__}): stop the consumers of "
            f"{settings.service} first, for example with `lead down`, or replay into an empty database with --into"
        ) from None
    finally:
        await consumer.stop()


async def _empty(settings: Settings) -> None:
    async def work(connection: Any) -> None:
        tables = (await connection.execute(_TABLES)).scalars().all()
        await connection.execute(text(f"truncate {', '.join(tables)}"))

    await _as_owner(settings, work)


async def _require_empty(settings: Settings) -> None:
    async def work(connection: Any) -> None:
        for table in (await connection.execute(_TABLES)).scalars().all():
            if (await connection.execute(text(f"select 1 from {table} limit 1"))).first():  # noqa: S608
                raise ReplayError(f"{settings.database_name}: {table} is not empty; give a newly migrated database")

    await _as_owner(settings, work)


async def _as_owner(settings: Settings, work: Callable[[Any], Any]) -> None:
    database = Database(settings.database_url("migrate"), pool_size=1)
    try:
        async with database.begin() as connection:
            await connection.execute(text(f"set local role lead_{settings.service}_owner"))
            await work(connection)
    finally:
        await database.close()
