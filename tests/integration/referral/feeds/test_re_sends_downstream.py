"""A file sent again with edited rows: what changed is seen in metrics' figures and on casework's pages.

By the real relay, broker and consumers. The people of open data are nobody's participants, so casework is looked at
with a named feed.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date

import pytest

from services.casework.handlers import handlers as casework_handlers
from services.metrics.handlers import handlers as metrics_handlers
from services.metrics.store.cells import read_counts
from shared.runtime.settings import Settings
from tests.integration.casework.desk import Casework
from tests.integration.messaging.conftest import until
from tests.integration.metrics.running import Metrics
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record
from tests.integration.stack import Stack
from tests.integration.wire import Wire
from tests.shared_data import shared_data

pytestmark = pytest.mark.integration
Fresh = Callable[[str], Awaitable[Settings]]
FILE = "wprdc/wprdc_arrests_2019.csv"
AS_OF = date(2026, 6, 1)
ARRESTS = "select fact_id, version, divertible, rungs from copied.fact_arrest"


@pytest.fixture
async def metrics(fresh_database: Fresh) -> AsyncIterator[Metrics]:
    running = Metrics(await fresh_database("metrics"))
    yield running
    await running.close()


@pytest.fixture
async def casework(fresh_database: Fresh) -> AsyncIterator[Casework]:
    running = Casework(await fresh_database("casework"))
    yield running
    await running.close()


async def has(service: Metrics | Casework, n: int, sql: str) -> None:
    """Wait until a query of the service's tables counts so many."""

    async def so() -> bool:
        return (await service.rows(f"select count(*) as n from {sql}"))[0]["n"] == n

    await until(so)


async def stops(metrics: Metrics) -> int:
    """The figure: stops that policy presumes divertible, as the dashboard's API reads it."""
    await metrics.count()
    async with metrics.tx() as tx:
        return sum((await read_counts(tx, AS_OF)).stops.values())


async def test_of_493_edited_rows_of_the_real_file_metrics_counts_four_more_divertible_stops(
    feeds: FeedSide, metrics: Metrics, stack: Stack
) -> None:
    rows = list(csv.DictReader(io.StringIO(shared_data(FILE).read_text("utf-8-sig"), newline="")))
    await feeds.register("wprdc")
    async with Wire(stack).joined(feeds.settings, metrics=(metrics.settings, metrics_handlers)):
        await feeds.ingest("wprdc", as_file(rows))
        await has(metrics, 8061, "copied.fact_arrest")
        before = {row["fact_id"]: row["divertible"] for row in await metrics.rows(ARRESTS)}
        assert Counter(before.values()) == {"yes": 1605, "review": 1008, "no": 5448}
        assert await stops(metrics) == 1605

        for row in rows:
            if int(row["PK"]) % 20 == 0:
                row["OFFENSES"] += " / 5505 Public Drunkenness"
        batch = await feeds.ingest("wprdc", as_file(rows))
        assert (batch["replaced"], batch["duplicates"]) == (493, 7568)
        await has(metrics, 493, "copied.fact_arrest where version = 2")

    after = await metrics.rows(ARRESTS)
    assert Counter(row["version"] for row in after) == {1: 8061 - 493, 2: 493}
    turned = Counter(
        (before[row["fact_id"]], row["divertible"]) for row in after if before[row["fact_id"]] != row["divertible"]
    )
    assert turned == {("no", "yes"): 4}
    assert await stops(metrics) == 1605 + 4


HEADER = "ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,statute,description,municipality,zone"
TRAFFIC = 'PAPPD0000,C-1,1,2026-03-05,14:30,Sampleton,Marlow,1990-05-05,"3361","Driving at Safe Speed",Pittsburgh,1'
DRUNK = TRAFFIC.replace('"3361","Driving at Safe Speed"', '"5505","Public Drunkenness"')
OTHER = TRAFFIC.replace("C-1", "C-2").replace("Sampleton,Marlow,1990-05-05", "Fable,Quincy,1984-02-03")


async def test_a_named_feeds_edited_row_reaches_the_participants_page_and_the_figure(
    feeds: FeedSide, metrics: Metrics, casework: Casework, stack: Stack
) -> None:
    """The first sending says only a traffic offense, the second one more charge: no turns into yes."""
    police = PoliceSide(feeds.settings)
    (referred,) = await police.refer(record())
    await police.close()
    await feeds.register("records", "lead_csv")
    readers = {
        "metrics": (metrics.settings, metrics_handlers),
        "casework": (casework.settings, casework_handlers),
    }
    async with Wire(stack).joined(feeds.settings, **readers):
        first = await feeds.ingest("records", "\n".join([HEADER, TRAFFIC, OTHER, ""]).encode())
        assert (first["status"], first["accepted"]) == ("applied", 2), first
        for service, table in ((metrics, "copied.fact_arrest"), (casework, "copied.arrest")):
            await has(service, 2, f"{table} where divertible = 'no'")
        assert await stops(metrics) == 0

        second = await feeds.ingest("records", "\n".join([HEADER, TRAFFIC, DRUNK, OTHER, ""]).encode())
        assert (second["replaced"], second["duplicates"]) == (1, 1), second
        for service, table in ((metrics, "copied.fact_arrest"), (casework, "copied.arrest")):
            await has(service, 1, f"{table} where divertible = 'yes'")
        await has(casework, 1, "copied.profile")

    assert await stops(metrics) == 1
    async with casework.browser("supervisor") as page:
        shown = (await page.get(f"/participants/{referred.person_id}")).text
    assert "public drunkenness" in shown.lower()
    assert not await casework.seen_by_web("select 1 from copied.arrest where divertible = 'no'"), "nobody else's"


def as_file(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
