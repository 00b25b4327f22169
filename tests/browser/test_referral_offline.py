"""The officer's form where there is no signal: nothing typed is lost, nothing is sent twice, nobody else reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from shared.runtime.settings import Settings
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.referral.referrals.police_side import PoliceSide

Fresh = Callable[[str], Awaitable[Settings]]
LAST = "Zelinkovich-Sampleton"


@pytest.fixture
async def police(fresh_database: Fresh) -> AsyncIterator[PoliceSide]:
    running = PoliceSide(await fresh_database("referral"))
    yield running
    await running.close()


@pytest.fixture
async def base(police: PoliceSide) -> AsyncIterator[str]:
    async with serving(police.app) as address:
        yield address


async def phone(new_page: NewPage, base: str, persona: str = "officer") -> Page:
    """A phone on which the officer has opened the form once, with a signal."""
    page = await new_page(width=390, height=844)
    await sign_in(page, base, persona)
    await page.goto(base + "/refer")
    await ready(page)
    return page


async def ready(page: Page) -> None:
    await expect(page.locator("html[data-shell=kept]")).to_be_attached()


async def pick(page: Page, question: str, answer: str) -> None:
    await page.get_by_role("group", name=question).get_by_role("radio", name=answer, exact=True).check()


async def what(page: Page) -> None:
    await pick(page, "Charge you would have filed", "Retail theft")
    await page.get_by_label("Zone").select_option("1")


async def who(page: Page) -> None:
    await page.get_by_label("First name").fill("Marlow")
    await page.get_by_label("Last name").fill(LAST)
    await page.get_by_label("Date of birth").fill("05/05/1990")
    await pick(page, "Did they say yes to LEAD?", "Yes")
    await pick(page, "Is the store or victim okay with this?", "Agrees")


async def on(page: Page) -> None:
    await page.get_by_role("button", name="Next").click()


async def step(page: Page, number: int) -> None:
    await expect(page.get_by_text(f"Step {number} of 3")).to_be_visible()


async def finish_without_signal(page: Page) -> None:
    """From an open form to a kept referral, all of it in a dead zone."""
    await what(page)
    await page.context.set_offline(True)
    await on(page)
    await step(page, 2)
    await who(page)
    await on(page)
    await step(page, 3)
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_text("1 referral is kept on this phone, not yet sent.")).to_be_visible()


async def stored(page: Page) -> str:
    """All that the browser stores for this origin, as text: what a thief could read without keys."""
    found: str = await page.evaluate(
        """async () => {
          const opened = await new Promise(done => { const asked = indexedDB.open("lead-kept"); asked.onsuccess = () => done(asked.result); });
          const rows = [];
          for (const name of opened.objectStoreNames) rows.push(await new Promise(done => {
            const asked = opened.transaction(name).objectStore(name).getAll(); asked.onsuccess = () => done(asked.result); }));
          opened.close();
          const bytes = value => value instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(value))
            : value instanceof Uint8Array ? String.fromCharCode(...value) : value instanceof CryptoKey ? `key extractable=${value.extractable}` : value;
          const cached = [];
          for (const name of await caches.keys()) { const cache = await caches.open(name);
            for (const request of await cache.keys()) if (!request.url.includes("/static/")) cached.push(await (await cache.match(request)).text()); }
          return JSON.stringify(rows, (_, value) => bytes(value)) + cached.join() + JSON.stringify(localStorage) + JSON.stringify(sessionStorage);
        }"""
    )
    return found


async def test_a_referral_written_in_a_dead_zone_is_sent_once_when_the_signal_is_back(
    police: PoliceSide, base: str, new_page: NewPage
) -> None:
    page = await phone(new_page, base)
    await finish_without_signal(page)
    await check(page, "refer kept", cut_off=True)
    assert await police.published("referral-created") == []
    await page.context.set_offline(False)
    await expect(page.get_by_text("Sent. Our worker takes it from here.")).to_be_visible()
    await expect(page.get_by_text("Nothing waits to be sent.")).to_be_visible()
    await check(page, "refer kept sent", cut_off=True)
    (created,) = await police.published("referral-created")
    assert (created["decision"], created["zone"], created["complainant"]) == ("approved", "1", "agrees")
    await page.get_by_role("link", name="See what was sent").click()
    await expect(page.get_by_role("heading", name="Sent. You can go.")).to_be_visible()


async def test_nothing_typed_can_be_read_from_what_the_phone_stores(base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await what(page)
    await on(page)
    await who(page)
    draft = await stored(page)
    assert "key extractable=false" in draft
    await on(page)
    await step(page, 3)
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_text("1 referral is kept on this phone, not yet sent.")).to_be_visible()
    for text in (draft, await stored(page)):
        assert len(text) > 5_000
        for secret in (LAST, "Marlow", "05/05/1990", "1990", "Placeholder"):
            assert secret not in text, secret
