"""`make bench-events`: what messaging costs, held against the naive way and against the limit of the approach.

The ways run one after another in each round on the same broker and database, so that a busy machine slows all of
them; ratios are of medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from confluent_kafka import KafkaException

from deploy.local import postgres
from shared.messaging.security import client_options
from shared.runtime import logging as logs
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.bench import work
from tests.bench.sending import latency, relay_rate
from tests.probe.cluster import ROOT, Cluster, environment
from tests.probe.facts import raw

REPORT = Path(".local/reports/bench.json")
WAYS = ("naive", "ours", "raw", "sql")
_NAIVE_SHARE = 50
"""The naive way gets one event for so many of the others: it would take minutes."""


def consume(cluster: Cluster, settings: Settings, way: str, events: int) -> dict[str, float]:
    """One way, once, in a process of its own, on empty tables and from the topic's beginning."""
    asyncio.run(_reset(cluster, settings))
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.ways", way, str(events // _NAIVE_SHARE if way == "naive" else events)],
        env={**os.environ, **environment(settings), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"events"')]
    if not lines:
        raise SystemExit(f"{way} did not finish:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    result: dict[str, float] = json.loads(lines[0])
    return result


async def _reset(cluster: Cluster, settings: Settings) -> None:
    admin = await postgres.connect(cluster.url, cluster.secrets.postgres_password, settings.database_name)
    await admin.execute("truncate copied.contact, copied.inbox, own.outbox")
    await admin.execute("checkpoint")
    await admin.close()
    group = f"{settings.service}.{settings.topic_prefix}consumer"
    for _ in range(60):
        try:
            for future in cluster.broker.admin.delete_consumer_groups([group]).values():
                future.result(60)
            return
        except KafkaException as error:
            if "GROUP_ID_NOT_FOUND" in str(error):
                return
            # The member that just left, or the coordinator that just began.
            await asyncio.sleep(0.5)


async def _load(settings: Settings, keys: Keyring, events: int) -> None:
    producer = AIOKafkaProducer(**client_options(settings), max_batch_size=256 * 1024)
    await producer.start()
    name = settings.topic_prefix + work.TOPIC
    for _ in range(0, events, 1000):
        records = [raw(work.event(), keys) for _ in range(1000)]
        sent = [
            await producer.send(name, r.value, r.key, partition=r.partition, headers=list(r.headers)) for r in records
        ]
        await asyncio.gather(*sent)
    await producer.stop()


def _summary(rounds: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        way: {
            "rate_min": min(r[way]["rate"] for r in rounds),
            "rate": statistics.median(r[way]["rate"] for r in rounds),
            "rate_max": max(r[way]["rate"] for r in rounds),
            "cpu_us": statistics.median(r[way]["cpu_us"] for r in rounds),
        }
        for way in rounds[0]
    }


def _print(title: str, summary: dict[str, dict[str, float]]) -> None:
    print(f"\n{title:28} events/s min / median / max        CPU µs per event (client)")
    for way, row in summary.items():
        print(f"  {way:26} {row['rate_min']:9,.0f} {row['rate']:9,.0f} {row['rate_max']:9,.0f} {row['cpu_us']:14,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20, help="how long latency is measured")
    options = parser.parse_args()
    logs.configure("casework", "bench", "error")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    rounds: list[dict[str, dict[str, float]]] = []
    relays: list[dict[str, dict[str, float]]] = []
    with Cluster() as cluster:
        settings = asyncio.run(cluster.fresh("bench"))
        keys = Keyring.load("casework", settings.secrets_dir)
        asyncio.run(_load(settings, keys, options.events))
        sending = asyncio.run(cluster.fresh("bench_relay"))
        for number in range(options.rounds):
            rounds.append({way: consume(cluster, settings, way, options.events) for way in WAYS})
            relays.append(
                {
                    "row by row": asyncio.run(relay_rate(sending, keys, 300, 1)),
                    "relay, batches of 500": asyncio.run(relay_rate(sending, keys, 20_000, 500)),
                }
            )
            print(f"round {number + 1} of {options.rounds}", {w: round(r["rate"]) for w, r in rounds[-1].items()},
                  {w: round(r["rate"]) for w, r in relays[-1].items()}, file=sys.stderr)  # fmt: skip
        late = asyncio.run(latency(asyncio.run(cluster.fresh("bench_late")), keys, rate=50, seconds=options.seconds))
    consuming, relaying = _summary(rounds), _summary(relays)
    ratios: dict[str, Any] = {
        "ours / naive": consuming["ours"]["rate"] / consuming["naive"]["rate"],
        "ours / raw": consuming["ours"]["rate"] / consuming["raw"]["rate"],
        "relay / row by row": relaying["relay, batches of 500"]["rate"] / relaying["row by row"]["rate"],
    }
    _print("consuming", consuming)
    _print("relaying", relaying)
    print("\n" + "\n".join(f"  {name:26} {value:9.2f} ×" for name, value in ratios.items()))
    print(f"  insert to visible at 50/s   p50 {late['p50_ms']} ms, p99 {late['p99_ms']} ms")
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    report = {"consuming": consuming, "relaying": relaying, "ratios": ratios, "latency": late, "rounds": rounds}
    REPORT.write_text(json.dumps(report, indent=1))
    print(f"The report is {REPORT}")


if __name__ == "__main__":
    main()
