"""The feed console in a browser: clean at both widths, empty, working and with everything wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import expect

from shared.runtime.settings import Settings
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.test_small_files import file, row
from tests.integration.stack import Stack

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def feeds(stack: Stack, fresh_database: Fresh) -> AsyncIterator[FeedSide]:
    running = FeedSide(await fresh_database("referral"), stack.administrator)
    yield running
    await running.close()


async def test_county_it_sees_every_feed_worst_first(feeds: FeedSide, new_page: NewPage) -> None:
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "county_it")
        await page.goto(base + "/feeds")
        await check(page, "feeds empty")
        await feeds.register("fable-quiet")
        await feeds.register("fable-good")
        await feeds.ingest("fable-good", file(*[row(n) for n in range(1, 9)]))
        await feeds.register("fable-bad")
        await feeds.ingest("fable-bad", file(row(1), row(2, day="x")))
        await page.reload()
        table = page.get_by_role("table", name="Registered feeds")
        await expect(table.get_by_role("row").nth(1)).to_contain_text("fable-bad")
        await expect(table.get_by_role("row").nth(1)).to_contain_text("Held")
        await expect(table.get_by_role("row").filter(has_text="fable-good")).to_contain_text("Working")
        await check(page, "feeds")
        await page.get_by_role("link", name="Need attention 2").click()
        await expect(table.get_by_role("row").filter(has_text="fable-good")).to_have_count(0)
        await check(page, "feeds attention")
