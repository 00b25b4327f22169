"""The relay against row by row, and the way from an insert to the next service's row."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time

from aiokafka import AIOKafkaProducer

from shared.messaging import Transactions
from shared.messaging.leader import session
from shared.messaging.memory import calm_collector
from shared.messaging.relay import Relay, send_batch
from shared.messaging.security import client_options
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.bench import work
from tests.probe.cluster import ROOT, environment


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
    """Milliseconds from the insert's commit to the row's commit in the next service, at `rate` facts a second.

    The writing service (insert and relay) is this process, the reading one a process of its own, as in a local run.
    Both read the machine's one monotonic clock.
    """
    inserted: dict[str, float] = {}
    seen: dict[str, float] = {}
    reader = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.ways", "visible", "0",
        env={**os.environ, **environment(settings), "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    database = Database(settings.database_url("consumer"))
    transactions = Transactions(database, keys, settings)
    tasks = [asyncio.create_task(Relay(settings).run()), asyncio.create_task(_listen(reader, seen))]
    try:
        async with asyncio.timeout(120):
            while len(seen) < 20:
                await _insert(transactions, inserted)
                await asyncio.sleep(0.1)
        inserted.clear()
        began = time.monotonic()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            await _insert(transactions, inserted)
        async with asyncio.timeout(60):
            while inserted.keys() - seen.keys():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        reader.kill()
        await reader.wait()
        await database.close()
    ordered = sorted((seen[one] - at) * 1000 for one, at in inserted.items())
    return {
        "facts": len(ordered),
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 1),
    }


async def _listen(reader: asyncio.subprocess.Process, seen: dict[str, float]) -> None:
    """The reader says one line per row that is visible: its id and when."""
    assert reader.stdout is not None
    async for line in reader.stdout:
        words = line.decode().split()
        if len(words) == 3 and words[0] == "visible":
            seen[words[1]] = float(words[2])


async def _insert(transactions: Transactions, inserted: dict[str, float]) -> None:
    fact = work.event()
    async with transactions.begin() as tx:
        tx.publish(fact)
    inserted[fact.fact_id] = time.monotonic()
