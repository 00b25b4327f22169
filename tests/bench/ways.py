"""Four ways to do the same work, each in a process of its own: `python -m tests.bench.ways WAY EVENTS`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer
from faststream.kafka import KafkaBroker
from faststream.security import SASLScram512

from shared.contracts import decode
from shared.messaging import Transactions
from shared.messaging.applying import apply
from shared.messaging.consumer import Consumer
from shared.messaging.records import Batch, read_batch
from shared.messaging.security import client_options
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings, load
from tests.bench import work
from tests.probe.facts import raw

BATCH = 500


class Clock:
    """Wall time and this process's CPU from the first record to the last commit."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.done = 0
        self.finished = asyncio.Event()
        self._began: tuple[float, float] | None = None

    def begin(self) -> None:
        if self._began is None:
            self._began = (time.perf_counter(), time.process_time())

    def stored(self, events: int) -> None:
        self.done += events
        if self.done >= self.events:
            self.finished.set()

    def result(self) -> dict[str, float]:
        assert self._began is not None
        wall, cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        return {"events": self.done, "seconds": wall, "rate": self.done / wall, "cpu_us": cpu / self.done * 1e6}


async def ours(settings: Settings, keys: Keyring, clock: Clock) -> None:
    """The consumer that the services run."""

    class Timed(Consumer):
        async def _read(self, message: Any) -> Batch:
            clock.begin()
            return await super()._read(message)

        async def _commit(self, batch: Batch) -> None:
            await super()._commit(batch)
            clock.stored(len(batch))

    database = Database(settings.database_url("consumer"))
    consumer = Timed(settings, Transactions(database, keys, settings), work.handlers, batch_size=BATCH)
    task = asyncio.create_task(consumer.run())
    await clock.finished.wait()
    print(json.dumps(clock.result()), flush=True)
    task.cancel()
    await asyncio.wait([task])
    await database.close()


async def raw_client(settings: Settings, keys: Keyring, clock: Clock) -> None:
    """aiokafka and asyncpg by hand: the same validation, the same SQL, and nothing else."""
    connection = await asyncpg.connect(settings.database_url("consumer").replace("+asyncpg", "", 1))
    consumer = AIOKafkaConsumer(
        settings.topic_prefix + work.TOPIC, **client_options(settings), group_id=f"{settings.service}.raw{time.time()}",
        auto_offset_reset="earliest", enable_auto_commit=False, isolation_level="read_committed",
    )  # fmt: skip
    await consumer.start()
    while not clock.finished.is_set():
        fetched = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        records = [record for part in fetched.values() for record in part]
        if not records:
            continue
        clock.begin()
        events = [decode(work.TOPIC, record.value) for record in records]
        given = {
            "topic": [work.TOPIC] * len(events),
            "fact_id": [event.fact_id for event in events],
            "version": [event.version for event in events],
            "erased": [False] * len(events),
        }
        async with connection.transaction():
            places = await connection.fetch(work.INBOX, *(given[name] for name in work.INBOX_NAMES))
            won: list[Any] = [events[row["place"] - 1] for row in places]
            columns = {
                "id": [e.contact_id for e in won],
                "version": [e.version for e in won],
                "person": [e.person_id for e in won],
                "minutes": [e.minutes for e in won],
            }
            await connection.execute(work.COPY_RAW, *(columns[name] for name in work.COPY_NAMES))
        await consumer.commit({place: part[-1].offset + 1 for place, part in fetched.items()})
        clock.stored(len(records))
    print(json.dumps(clock.result()), flush=True)
    await consumer.stop()
    await connection.close()


async def naive(settings: Settings, keys: Keyring, clock: Clock) -> None:
    """FastStream as its first page shows it: one message, one SQLAlchemy transaction."""
    options = client_options(settings)
    security = SASLScram512(username=options["sasl_plain_username"], password=options["sasl_plain_password"])
    broker = KafkaBroker(options["bootstrap_servers"], security=security)
    database = Database(settings.database_url("consumer"))
    transactions = Transactions(database, keys, settings, work.handlers)

    @broker.subscriber(
        settings.topic_prefix + work.TOPIC,
        group_id=f"{settings.service}.naive{time.time()}",
        auto_offset_reset="earliest",
    )
    async def one(body: dict[str, Any]) -> None:
        clock.begin()
        if clock.finished.is_set():
            return
        event = work.ContactLogged.model_validate(body)
        await apply(transactions, read_batch([raw(event, keys)], keys))
        clock.stored(1)

    await broker.start()
    await clock.finished.wait()
    print(json.dumps(clock.result()), flush=True)
    await broker.stop()
    await database.close()


async def sql_alone(settings: Settings, keys: Keyring, clock: Clock) -> None:
    """The transaction of `ours` over batches that were read beforehand."""
    database = Database(settings.database_url("consumer"))
    transactions = Transactions(database, keys, settings, work.handlers)
    batches = [
        read_batch([raw(work.event(), keys, offset=n) for n in range(BATCH)], keys)
        for _ in range(clock.events // BATCH)
    ]
    async with transactions.begin() as tx:
        await tx.execute("select 1")
    clock.begin()
    for batch in batches:
        await apply(transactions, batch)
        clock.stored(len(batch))
    print(json.dumps(clock.result()), flush=True)
    await database.close()


WAYS = {"naive": naive, "ours": ours, "raw": raw_client, "sql": sql_alone}


async def main(way: str, events: int) -> None:
    settings = load("casework")
    keys = Keyring.load("casework", settings.secrets_dir)
    await WAYS[way](settings, keys, Clock(events))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
