"""What a file lists fills no memory, neither while it is read nor while it is applied."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts

pytestmark = [pytest.mark.integration, pytest.mark.slow]
HEADER = "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y"
CHARGES = " / ".join(str(3000 + number) for number in range(500))


async def test_arrests_of_hundreds_of_charges_are_few_at_a_time(feeds: FeedSide) -> None:
    await feeds.register("open")
    rows = [f"{n},C,30,F,B,1/3/2024,{n} {CHARGES},here,2,-79.9,40.4" for n in range(300)]
    content = "\n".join([HEADER, *rows, ""]).encode()
    async with feeds.client() as http:
        sent = await http.post("/api/sources/open/files", content=content)
    tracemalloc.start()
    try:
        await feeds.work()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts(await feeds.batch(sent.json()["batch_id"])) == {"accepted": 300}
    assert peak < 64 * 1024 * 1024, peak
