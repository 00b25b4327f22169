"""Whom an officer's agency knows from its own arrests: as its newest record has them, and of no other agency's."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.referral.domain.identity.traits import Identity
from services.referral.store.known_here import OF_AGENCY, Here, known_here
from shared.messaging import Transactions
from tests.integration.referral.arrests.records import PITTSBURGH, arrest
from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration

ELSEWHERE = "PA0020200"
SAID = {"last": "Sampleton", "first": "Marlow", "birth_date": date(1990, 5, 17)}


async def sent(feeds: FeedSide, *records: dict[str, Any]) -> None:
    async with feeds.client() as http:
        answer = await http.post("/api/arrests", json=list(records))
    assert answer.status_code == 202, answer.text
    await feeds.work()


async def found(feeds: FeedSide, ori: str, *, arrests: bool = True, **said: Any) -> list[Here]:
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin(f"agency:{ori}") as tx:
        return await known_here(tx, Identity.model_validate(SAID | said), ori, arrests=arrests)


async def test_an_own_arrest_is_found_as_it_was_corrected_last(feeds: FeedSide) -> None:
    await sent(feeds, arrest("A-1"))
    await sent(feeds, arrest("A-1", person={"middle": "Fable"}))
    (one,) = await found(feeds, PITTSBURGH)
    assert (one.record.identity.middle, one.last_at.date()) == ("Fable", date(2026, 2, 20))
    assert await found(feeds, PITTSBURGH, arrests=False) == []


async def test_an_arrest_that_was_taken_back_is_not(feeds: FeedSide) -> None:
    await sent(feeds, arrest("A-1"))
    await sent(feeds, arrest("A-1", action="void", charges=[]))
    assert await found(feeds, PITTSBURGH) == []


async def test_each_agency_finds_its_own_and_no_other_arrest(feeds: FeedSide) -> None:
    # One person by the rules; each agency wrote the name down in its own way.
    await sent(feeds, arrest("A-1", person={"sid": "PA-7", "middle": "Hereonly"}))
    await sent(feeds, arrest("B-1", ori=ELSEWHERE, person={"sid": "PA-7", "middle": "Canary"}))
    for ori, middle in ((PITTSBURGH, "Hereonly"), (ELSEWHERE, "Canary")):
        (one,) = await found(feeds, ori)
        assert (one.record.identity.middle, len(one.refs)) == (middle, 1)
    assert await found(feeds, "PA0030000") == []


async def test_asking_for_another_agencys_people_by_its_name_finds_nobody(feeds: FeedSide) -> None:
    await sent(feeds, arrest("B-1", ori=ELSEWHERE))
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin(f"agency:{PITTSBURGH}") as tx:
        assert await known_here(tx, Identity.model_validate(SAID), ELSEWHERE, arrests=True) == []


async def test_the_search_goes_by_indexes_alone(feeds: FeedSide) -> None:
    await sent(feeds, arrest("A-1"))
    asked = {"tokens": [1, 2], "most": 400, "ori": PITTSBURGH, "arrests": True, "people": 60, "each": 5, "but": uuid4()}
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin(f"agency:{PITTSBURGH}") as tx:
        # Tables this small are read whole where that is allowed; here it shows what could not be avoided.
        await tx.execute("set local enable_seqscan = off")
        plan = "\n".join(str(row["QUERY PLAN"]) for row in await tx.rows(f"explain {OF_AGENCY}", asked))
    scanned = set(re.findall(r"Seq Scan on (\w+)", plan))
    assert not scanned & {"person_block", "person", "referral", "arrest", "raw_record"}, plan
    assert "person_block_pkey" in plan
