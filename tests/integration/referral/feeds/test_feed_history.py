"""What county IT sees of a feed: what needs a person, its delay, its batches and versions, and never a value."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import register, send
from tests.integration.referral.feeds.test_fixing_rows import OTHERS, fix
from tests.unit.referral.feeds.feed_files import ORI, row, template

pytestmark = pytest.mark.integration
CANARY = "Quetzalcanary"


def to_fix(page: str) -> str:
    """The figure in the heading."""
    found = re.search(r"<dt>Rows to fix</dt><dd>([\d,]+)</dd>", page)
    assert found
    return found[1]


async def canary(feeds: FeedSide) -> dict[str, Any]:
    await register(feeds, "fable", "lead_csv", ORI)
    rows = [row(case_no=f"B-{n}", arrest_date=f"{CANARY}1", last=f"{CANARY}2", dob=f"{CANARY}3") for n in range(3)]
    return await send(feeds, "fable", template(*OTHERS, *rows, row(case_no="B-9", zone=f"{CANARY}45678901234")))


async def test_rows_to_fix_count_until_they_are_sent_again_or_set_aside(feeds: FeedSide) -> None:
    batch = await canary(feeds)
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("county_it") as county, feeds.signed_in("agency_supervisor") as agency:
        console = (await county.get("/feeds")).text
        assert to_fix(console) == to_fix((await county.get("/feeds/history/fable")).text) == "4"
        assert "4 rows need a person" in console
        assert "4 rows wait for its agency" in (await county.get("/feeds?show=attention")).text
        assert (await fix(agency, page, f"{CANARY}1", "", act="aside")).status_code == 303
        assert to_fix((await county.get("/feeds")).text) == "1"
        assert (await fix(agency, page, f"{CANARY}45678901234", "2")).status_code == 303
        await feeds.work()
        assert to_fix((await county.get("/feeds")).text) == "0"
        # The share of rejects stays worth a look; no row is anybody's task any more.
        console = (await county.get("/feeds")).text
        assert "One feed needs a look. Nothing has been lost" in console
        assert "wait for its agency" not in console


async def test_a_file_read_again_counts_by_its_newest_reading_and_a_discarded_one_not_at_all(feeds: FeedSide) -> None:
    batch = await canary(feeds)
    async with feeds.client() as http:
        again = (await http.post(f"/api/batches/{batch['batch_id']}/replay")).json()["batch_id"]
    await feeds.work()
    assert (await feeds.batch(again))["rejected"] == 4
    await register(feeds, "other", "lead_csv", ORI)
    held = await send(feeds, "other", template(row(case_no="A-1"), row(case_no="A-2", arrest_date="someday")))
    async with feeds.signed_in("county_it") as county:
        assert to_fix((await county.get("/feeds")).text) == "5"
        async with feeds.client() as http:
            await http.post(f"/api/batches/{held['batch_id']}/discard")
        await feeds.work()
        assert to_fix((await county.get("/feeds")).text) == "4"


async def test_a_feed_shows_its_batches_versions_and_reasons_and_never_a_value(feeds: FeedSide) -> None:
    batch = await canary(feeds)
    await register(feeds, "fable", "lead_csv", ORI, timezone="America/Chicago")
    async with feeds.signed_in("county_it") as county:
        shown = (await county.get("/feeds/history/fable")).text
        assert f"/feeds/batches/{batch['batch_id']}" in shown
        assert "the date cannot be read" in shown
        assert "version 2" in shown
        for at in ("/feeds", "/feeds/history/fable", f"/feeds/batches/{batch['batch_id']}"):
            assert CANARY.lower() not in (await county.get(at)).text.lower(), at
        assert (await county.get("/feeds/history/nothing")).status_code == 404
    async with feeds.signed_in("agency_supervisor") as agency:
        assert (await agency.get("/feeds/history/fable")).status_code == 404


async def test_many_batches_are_paged(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", ORI)
    for number in range(27):
        await send(feeds, "fable", template(row(case_no=f"P-{number}")))
    async with feeds.signed_in("county_it") as county:
        first, second = [(await county.get(f"/feeds/history/fable?page={page}")).text for page in (1, 2)]
    batches = [set(re.findall(r"/feeds/batches/([0-9a-f-]+)", page)) for page in (first, second)]
    assert [len(one) for one in batches] == [25, 2]
    assert not batches[0] & batches[1]
