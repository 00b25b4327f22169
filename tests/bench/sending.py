"""The relay against row by row, and the way from an insert to the next service's row."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.contracts import ContactLogged
from shared.messaging import Fact, Handlers, Transactions, Tx, recorded
from shared.messaging.consumer import Consumer
from shared.messaging.leader import session
from shared.messaging.memory import calm_collector
from shared.messaging.records import Batch
from shared.messaging.relay import Relay, send_batch
from shared.messaging.security import client_options
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.bench import work


async def relay_rate(settings: Settings, keys: Keyring, rows: int, batch: int) -> dict[str, float]:
    """Fill the outbox, then empty it in batches of `batch`; rows a second and CPU of this process per row."""
    database = Database(settings.database_url("consumer"))
    transactions = Transactions(database, keys, settings)
    for _ in range(0, rows, 1000):
        async with transactions.begin() as tx:
            tx.publish(*(work.event() for _ in range(min(rows, 1000))))
    await database.close()
    calm_collector()
    connection = await session(settings.database_url("relay"))
    producer = AIOKafkaProducer(
        **client_options(settings), acks="all", enable_idempotence=True, max_batch_size=256 * 1024
    )
    await producer.start()
    try:
        wall, cpu, sent = time.perf_counter(), time.process_time(), 0
        while done := await send_batch(connection, producer, settings, batch):
            sent += done
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return {"events": sent, "rate": sent / wall, "cpu_us": cpu / sent * 1e6}
    finally:
        await producer.stop()
        await connection.close()


async def latency(settings: Settings, keys: Keyring, *, rate: float, seconds: float) -> dict[str, float]:
    """Milliseconds from the insert's commit to the row's commit behind the next consumer, at `rate` facts a second."""
    handlers = Handlers("casework")
    inserted: dict[Any, float] = {}
    seen: list[Any] = []
    taken: list[float] = []

    @handlers.on(ContactLogged)
    async def contact_logged(tx: Tx, facts: Sequence[Fact[ContactLogged]]) -> None:
        await work.contact_logged(tx, facts)
        seen.extend(event.contact_id for event in recorded(facts))

    class Timed(Consumer):
        async def _commit(self, batch: Batch) -> None:
            now = time.perf_counter()
            taken.extend((now - inserted[one]) * 1000 for one in seen if one in inserted)
            seen.clear()
            await super()._commit(batch)

    database = Database(settings.database_url("consumer"))
    transactions = Transactions(database, keys, settings)
    parts = [Relay(settings).run(), Timed(settings, transactions, handlers).run()]
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await _warm(transactions, inserted, taken)
        inserted.clear()
        taken.clear()
        total = int(rate * seconds)
        began = time.perf_counter()
        for number in range(total):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            await _insert(transactions, inserted)
        async with asyncio.timeout(60):
            while len(taken) < total:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await database.close()
    ordered = sorted(taken)
    return {
        "facts": len(ordered),
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
    }


async def _warm(transactions: Transactions, inserted: dict[Any, float], taken: list[float]) -> None:
    async with asyncio.timeout(120):
        while len(taken) < 20:
            await _insert(transactions, inserted)
            await asyncio.sleep(0.1)


async def _insert(transactions: Transactions, inserted: dict[Any, float]) -> None:
    fact = work.event()
    async with transactions.begin() as tx:
        tx.publish(fact)
    inserted[fact.contact_id] = time.perf_counter()
