"""The offense list in a browser: a row proposed by one person, adopted by another, and seen as reviewed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from shared.runtime.settings import Settings
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in, without_scripts
from tests.browser.harness.serving import serving
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.policy.test_offence_list import arrest, judge_again
from tests.integration.stack import Stack

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def feeds(stack: Stack, fresh_database: Fresh) -> AsyncIterator[FeedSide]:
    running = FeedSide(await fresh_database("referral"), stack.administrator)
    yield running
    await running.close()


def today() -> str:
    return str(datetime.now(ZoneInfo("America/New_York")).date())


async def opened(new_page: NewPage, base: str, persona: str, path: str) -> Page:
    page = await new_page()
    await sign_in(page, base, persona)
    await page.goto(base + path)
    return page


async def test_a_statute_goes_from_the_worklist_to_the_list_by_two_people(feeds: FeedSide, new_page: NewPage) -> None:
    await arrest(feeds, "unknown", {"text": "5999(b) Made-up offence"})
    async with serving(feeds.app) as base:
        manager = await opened(new_page, base, "programme_manager", "/policy/unknown")
        await check(manager, "unknown statutes")
        await manager.get_by_role("link", name="Add to the list").click()
        await expect(manager.get_by_label("Section", exact=True)).to_have_value("5999")
        await check(manager, "offense list add")
        await manager.get_by_role("button", name="Propose", exact=True).click()
        await expect(manager.get_by_role("alert").filter(has_text="Not proposed yet.")).to_be_focused()
        await check(manager, "offense list add errors")
        await manager.get_by_label("First day").fill(today())
        await manager.get_by_label("What it is", exact=True).fill("Made-up offense")
        await manager.get_by_label("NIBRS offense codes").fill("90Z")
        await manager.get_by_label("About", exact=True).select_option("Public order")
        await manager.get_by_label("Presumed", exact=True).select_option("Divertible")
        await manager.get_by_role("button", name="Try it").click()
        await expect(manager.get_by_text("1 arrest would be answered differently")).to_be_visible()
        await check(manager, "offense list tried")
        await manager.get_by_label("Why this change").fill("Charged here, and on no list.")
        await manager.get_by_role("button", name="Propose", exact=True).click()
        await expect(manager.get_by_role("status").filter(has_text="Proposed.")).to_be_focused()

        prosecutor = await opened(new_page, base, "prosecutor", "/policy")
        await check(prosecutor, "policy with a proposal for the list")
        await prosecutor.get_by_role("link", name="The offense list").click()
        before_after = prosecutor.get_by_role("table", name="18 § 5999 b, before and after")
        await expect(before_after.get_by_role("row").filter(has_text="NIBRS")).to_contain_text("Not on the list")
        await check(prosecutor, "offense list second person")
        await prosecutor.get_by_role("button", name="Adopt").click()
        await expect(prosecutor.get_by_role("status").filter(has_text="Adopted.")).to_be_focused()
        await judge_again(feeds)
        await prosecutor.goto(base + "/policy/crosswalk?q=5999")
        line = prosecutor.get_by_role("row").filter(has_text="18 § 5999 b")
        await expect(line).to_contain_text("by Morgan Fictus and Jordan Exampleton")
        await expect(prosecutor.get_by_text("Version C1-seed+1")).to_be_visible()
        await check(prosecutor, "offense list reviewed row")


async def test_rows_are_confirmed_without_scripts(feeds: FeedSide, new_page: NewPage) -> None:
    async with serving(feeds.app) as base:
        page = await without_scripts(await opened(new_page, base, "programme_manager", "/policy/crosswalk"))
        await page.goto(base + "/policy/crosswalk?show=unreviewed")
        await page.get_by_text("18 § 2502", exact=True).click()
        await page.get_by_role("button", name="Confirm the ticked rows").click()
        await page.get_by_label("Why you confirm them").fill("Held against the code.")
        await page.get_by_role("button", name="Propose", exact=True).click()
        await expect(page.get_by_role("link", name="A proposal waits for 18 § 2502")).to_be_visible()
        await page.context.close()


async def test_rows_are_ticked_and_confirmed(feeds: FeedSide, new_page: NewPage) -> None:
    async with serving(feeds.app) as base:
        page = await opened(new_page, base, "programme_manager", "/policy/crosswalk?show=unreviewed")
        await check(page, "offense list")
        await page.get_by_text("18 § 2502", exact=True).click()
        await page.get_by_text("18 § 2701", exact=True).click()
        await page.get_by_role("button", name="Confirm the ticked rows").click()
        await expect(page.get_by_role("table", name="Rows to confirm").get_by_role("row")).to_have_count(3)
        await check(page, "offense list confirm")
        await page.get_by_label("Why you confirm them").fill("Held against the code.")
        await page.get_by_role("button", name="Propose", exact=True).click()
        await expect(page.get_by_role("link", name="A proposal waits for 18 § 2502")).to_be_visible()
        await check(page, "offense list waiting")
        await page.goto(base + "/policy/crosswalk?show=reviewed")
        await expect(page.get_by_text("Nothing is reviewed yet")).to_be_visible()
        await check(page, "offense list nothing reviewed")
        await page.goto(base + "/policy/crosswalk?q=nothing+like+it")
        await check(page, "offense list no match")
        await page.goto(base + "/policy/crosswalk/new?title=18&section=2502")
        await check(page, "offense list row")
        await page.goto(base + "/policy/crosswalk/confirm")
        await check(page, "offense list nothing ticked")
        await page.goto(base + "/policy/crosswalk?version=C1-seed%2B9&day=2026-01-01")
        await check(page, "offense list no such version")
        await page.goto(base + "/policy/crosswalk?version=C1-seed&day=2026-01-01")
        await check(page, "offense list earlier version")
