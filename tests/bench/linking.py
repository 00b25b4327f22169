"""How long it takes to find out who a record is about, among a million fictional people on the real PostgreSQL.

    python -m tests.bench.linking [--people 1000000] [--records 300]

Bound: a median of 5 ms per record. Writes .local/reports/linking.json.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence
from typing import Any

from services.referral.store.people import PAGE, Identity, find_or_create
from shared.messaging import Transactions
from shared.messaging.memory import calm_collector
from shared.runtime.database import Database
from shared.runtime.keys import Keyring
from shared.runtime.settings import Settings
from tests.bench import county
from tests.bench.alone import Alone, alone, report

BOUND_MS = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=300)
    asked = parser.parse_args()
    with alone("referral") as database:
        found = asyncio.run(measure(database, asked.people, asked.records))
    report("linking", found, measured=found["one by one"]["median_ms"], bound=BOUND_MS, unit="ms")


async def measure(database: Alone, people: int, records: int) -> dict[str, Any]:
    """Load the county, then link records: known ones, known ones misspelt, and new ones by turns."""
    settings, keys = database.settings, database.keys
    admin = await database.admin()
    started = time.perf_counter()
    loaded = await county.load(admin, keys, county.County().people(people))
    took = time.perf_counter() - started
    sizes = await admin.fetch(
        "select relname, pg_total_relation_size(oid) / 1048576 as mb from pg_class"
        " where relname in ('person', 'person_identity', 'person_block') and relkind = 'r'"
    )
    await admin.close()
    calm_collector()  # as the service does
    web = Database(settings.database_url("web"))
    try:
        return {
            "people": loaded,
            "loaded_s": round(took),
            "mb": {row["relname"]: row["mb"] for row in sizes},
            # The first records find nothing in memory: they are linked before the measured ones.
            "first_50": await one_by_one(web, keys, settings, drawn(people, 50, seed=7)),
            "one by one": await one_by_one(web, keys, settings, drawn(people, records, seed=8)),
            f"pages of {PAGE}": await in_pages(web, keys, settings, drawn(people, 2 * PAGE, seed=9)),
        }
    finally:
        await web.close()


def drawn(people: int, count: int, seed: int) -> list[Identity]:
    """Records to link, by turns of somebody known, somebody known and misspelt, and somebody new."""
    known = list(county.County().people(min(people, 3 * count)))
    other = county.County(seed)
    new = list(other.people(count))
    turns = (lambda n: known[n], lambda n: other.misspelt(known[n]), lambda n: new[n])
    return [turns[n % 3](n) for n in range(count)]


async def one_by_one(web: Database, keys: Keyring, settings: Settings, records: Sequence[Identity]) -> dict[str, float]:
    """Each in a transaction of its own: the linking, and with begin and commit; and this process's own share of it,
    which a busy machine does not change."""
    linking, whole, cpu = [], [], []
    for record in records:
        started, own = time.perf_counter(), time.process_time()
        async with Transactions(web, keys, settings).begin("agency:PAPPD0000") as tx:
            begun = time.perf_counter()
            await find_or_create(tx, [record])
            linking.append((time.perf_counter() - begun) * 1000)
        whole.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - own) * 1000)
    return {
        "median_ms": round(statistics.median(linking), 2),
        "p95_ms": round(statistics.quantiles(linking, n=20)[-1], 2),
        "median_with_commit_ms": round(statistics.median(whole), 2),
        "median_own_cpu_ms": round(statistics.median(cpu), 2),
    }


async def in_pages(web: Database, keys: Keyring, settings: Settings, records: Sequence[Identity]) -> dict[str, float]:
    """As feeds do: pages in one transaction."""
    started = time.perf_counter()
    async with Transactions(web, keys, settings).begin("agency:PAPPD0000") as tx:
        await find_or_create(tx, records)
    return {"per_record_ms": round((time.perf_counter() - started) * 1000 / len(records), 2)}


if __name__ == "__main__":
    main()
