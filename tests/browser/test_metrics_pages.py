"""Results as people see them: the public page and the live programme, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta

import pytest
from playwright.async_api import expect

from shared.contracts import Event
from shared.runtime.settings import Settings
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.metrics.running import Metrics
from tests.metrics_facts import arrest, followed, held_charge, referral

pytestmark = pytest.mark.browser
DAY = date(2026, 1, 15)
AS_OF = date(2026, 11, 1)
DOORS = ("arrest_diversion", "arrest_diversion", "arrest_diversion", "social_contact", "community")


@pytest.fixture
async def metrics(fresh_database: Callable[[str], Awaitable[Settings]]) -> AsyncIterator[Metrics]:
    running = Metrics(await fresh_database("metrics"))
    facts: list[Event] = []
    for n in range(120):
        facts += followed(f"p{n}", DAY + timedelta(n % 120), before=n % 4, after=int(n % 3 == 0), pathway=DOORS[n % 5])
        facts.append(held_charge(f"h{n}", f"p{n}-r", f"p{n}", DAY, "relinquished"))
    await running.deliver(*facts)
    await running.deliver(*[referral(f"d{n}", f"d{n}", DAY, decision="declined") for n in range(14)])
    await running.deliver(*[referral(f"x{n}", f"x{n}", DAY, decision="ineligible") for n in range(3)])
    await running.count()
    yield running
    await running.close()


async def test_the_public_page_states_findings_with_care_and_is_clean(metrics: Metrics, new_page: NewPage) -> None:
    await metrics.freeze(AS_OF)
    async with serving(metrics.application("public")) as base:
        page = await new_page()
        await page.goto(base)
        await expect(page.get_by_role("heading", name="Is LEAD working?")).to_be_visible()
        await expect(page.get_by_role("heading", name="Read with care")).to_be_visible()
        assert await page.locator("svg[role=img][aria-label]").count() >= 6
        await check(page, "07-results")
        for summary in await page.locator("details.eq > summary").all():
            await summary.click()
        await check(page, "07-results-tables")
        await page.get_by_role("link", name="How each figure is counted").click()
        await expect(page.get_by_role("heading", name="How we count")).to_be_visible()
        await check(page, "07-definitions")


async def test_the_public_page_is_clean_before_anything_is_published(metrics: Metrics, new_page: NewPage) -> None:
    async with serving(metrics.application("public")) as base:
        page = await new_page()
        await page.goto(base)
        await expect(page.get_by_text("No figures are published yet")).to_be_visible()
        await check(page, "07-results-empty")


async def test_a_new_fact_moves_a_figure_of_the_open_programme_page(metrics: Metrics, new_page: NewPage) -> None:
    async with serving(metrics.application()) as base:
        page = await new_page()
        await sign_in(page, base, "programme_manager")
        await page.goto(f"{base}/programme")
        funnel = page.locator("section[aria-labelledby=f-funnel] svg.wid")
        await expect(funnel).to_have_attribute("aria-label", re.compile("^People at each step: Referred 137; "))
        await check(page, "07-programme")
        await metrics.deliver(referral("new", "new", DAY), arrest("new-a", "new", DAY - timedelta(9)))
        await metrics.count()
        await expect(funnel.locator("text.num").first).to_have_text("138")
