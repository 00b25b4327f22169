"""`make chaos`: 60,000 events through one service in three processes while everything around it breaks.

Each seed has its own order of events and of faults. At the end every row is held against the generator's ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.security import client_options
from shared.runtime import logging as logs
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.chaos.faults import Faults
from tests.chaos.ledger import Ledger, records
from tests.chaos.verdict import judge, settled
from tests.probe.cluster import Cluster
from tests.probe.facts import Raw

REPORT = Path(".local/reports/chaos.json")
_CHUNK = 250
_TRICKLE = 25
"""Records at a time while the next fault waits for the one before it to be over."""


async def run_seed(cluster: Cluster, seed: int, events: int, processes: int, patience: float) -> dict[str, Any]:
    """One run; what happened and the verdict."""
    began = time.monotonic()
    settings = await cluster.fresh(f"chaos_{seed}")
    keys = Keyring.load("casework", settings.secrets_dir)
    for number in range(1, processes + 1):
        cluster.start_worker(settings, number)
    ledger = Ledger()
    faults = Faults(cluster, settings, random.Random(seed))
    await _flow(cluster, settings, keys, ledger, faults, seed, events)
    calm = await settled(cluster, settings, ledger, patience)
    verdict = await judge(cluster, settings, keys, ledger)
    for worker in list(cluster.workers):
        worker.stop()
        cluster.workers.remove(worker)
    return {
        "seed": seed,
        "events": ledger.sent,
        "duplicates": ledger.duplicates,
        "facts": len(ledger.winner),
        "poison": len(ledger.poison),
        "refused": len(ledger.refused),
        "faults": faults.done,
        "seconds": round(time.monotonic() - began, 1),
        "settled": calm,
        "good": calm and verdict.good,
        **asdict(verdict),
    }


async def _flow(
    cluster: Cluster, settings: Settings, keys: Keyring, ledger: Ledger, faults: Faults, seed: int, events: int
) -> None:
    """Send everything; a fault begins at each step of the way, and events flow until the last one is over."""
    steps = len(faults.plan)
    running: asyncio.Task[None] | None = None
    producer: AIOKafkaProducer | None = None
    chunk: list[Raw] = []

    def broken() -> bool:
        return running is not None and not running.done()

    for record in records(seed, lambda: ledger.sent < events or len(faults.done) < steps or broken(), keys, ledger):
        chunk.append(record)
        due = len(faults.done) < min(steps, ledger.sent * (steps + 1) // events)
        waits = due and broken()
        if len(chunk) < (_TRICKLE if waits else _CHUNK):
            continue
        producer = await _send(producer, settings, chunk)
        chunk = []
        if due and not broken():
            if running is not None:
                running.result()
            print(f"  seed {seed}: {ledger.sent} sent, now {faults.plan[len(faults.done)].__name__}", file=sys.stderr)
            running = asyncio.create_task(faults.next())
        await asyncio.sleep(0.2 if waits else 0.02)
    if running is not None:
        await running
    producer = await _send(producer, settings, chunk)
    await producer.stop()


async def _send(producer: AIOKafkaProducer | None, settings: Settings, chunk: list[Raw]) -> AIOKafkaProducer:
    """Send until every record is confirmed: what is sent twice is one more duplicate."""
    while True:
        try:
            if producer is None:
                producer = AIOKafkaProducer(
                    **client_options(settings), acks="all", enable_idempotence=True, request_timeout_ms=15_000
                )
                await producer.start()
            sent = [
                await producer.send(
                    settings.topic_prefix + r.topic, r.value, r.key, partition=r.partition, headers=list(r.headers)
                )
                for r in chunk
            ]
            await asyncio.gather(*sent)
            return producer
        except (KafkaError, OSError):
            if producer is not None:
                await asyncio.wait([asyncio.create_task(producer.stop())], timeout=5)
            producer = None
            await asyncio.sleep(0.5)


def _table(results: list[dict[str, Any]]) -> str:
    columns = ["seed", "events", "duplicates", "facts", "poison", "refused", "seconds", "lost", "doubled", "wrong",
               "minutes_off", "poison_missing", "answers_lost", "good"]  # fmt: skip
    lines = [columns, *([str(result[name]) for name in columns] for result in results)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=main.__doc__ or __doc__)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--patience", type=float, default=600, help="seconds to settle after the last fault")
    options = parser.parse_args()
    logs.configure("casework", "chaos", "error")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    results = []
    with Cluster() as cluster:
        for seed in options.seeds:
            done = run_seed(cluster, seed, options.events, options.processes, options.patience)
            results.append(asyncio.run(done))
            print(_table(results), file=sys.stderr)
            REPORT.parent.mkdir(parents=True, exist_ok=True)
            REPORT.write_text(json.dumps({"runs": results}, indent=1))
    print(_table(results))
    good = all(result["good"] for result in results)
    print(f"{'Nothing lost, nothing doubled' if good else 'FAILED'}; the report is {REPORT}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
