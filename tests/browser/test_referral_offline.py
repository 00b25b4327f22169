"""The officer's form where there is no signal: nothing typed is lost, nothing is sent twice, nobody else reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.referral.referrals.police_side import PoliceSide

LAST = "Zelinkovich-Sampleton"


class Road:
    """The way between phone and server: while `loses_answers`, what is sent arrives, and a proxy answers instead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.loses_answers = False
        self.arrived = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lost = self.loses_answers and scope["method"] == "POST"

        async def onward(message: Message) -> None:
            if not lost:
                await send(message)

        await self.app(scope, receive, onward)
        if lost:
            self.arrived.set()
            await send({"type": "http.response.start", "status": 502, "headers": []})
            await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def road(police: PoliceSide) -> Road:
    return Road(police.app)


@pytest.fixture
async def base(road: Road) -> AsyncIterator[str]:
    async with serving(road) as address:
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


async def to_the_end(page: Page) -> None:
    """From what happened to the last step."""
    await on(page)
    await step(page, 2)
    await who(page)
    await on(page)
    await step(page, 3)


async def finish_without_signal(page: Page) -> None:
    """From an open form to a kept referral, all of it in a dead zone."""
    await what(page)
    await page.context.set_offline(True)
    await to_the_end(page)
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_text("1 referral is kept on this phone, not yet sent.")).to_be_visible()


async def stored(page: Page) -> str:
    """All that the browser stores for this origin, as text: what a thief could read without keys."""
    found: str = await page.evaluate(
        """async () => {
          const done = asked => new Promise(tell => { asked.onsuccess = () => tell(asked.result); });
          const opened = await done(indexedDB.open("lead-kept"));
          const found = [];
          for (const name of opened.objectStoreNames) {
            found.push(...await done(opened.transaction(name).objectStore(name).getAll()));
          }
          opened.close();
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const kept of await cache.keys()) {
              if (!kept.url.includes("/static/")) found.push(await (await cache.match(kept)).text());
            }
          }
          found.push({ ...localStorage }, { ...sessionStorage });
          const letters = bytes => String.fromCharCode(...new Uint8Array(bytes));
          return JSON.stringify(found, (_, value) =>
            value instanceof CryptoKey ? `key extractable=${value.extractable}`
            : value instanceof ArrayBuffer ? letters(value)
            : ArrayBuffer.isView(value) ? letters(value.buffer) : value);
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


async def test_what_is_typed_survives_a_reload_in_a_dead_zone(base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await what(page)
    await on(page)
    await who(page)
    await page.context.set_offline(True)
    await page.get_by_label("Phone or where to find them").fill("Bus shelter, Fable and Fiction")
    await page.get_by_label("Phone or where to find them").blur()
    await expect(page.get_by_text("No signal. Kept on this phone")).to_be_visible()
    await page.goto(base + "/refer")
    await step(page, 2)
    await check(page, "refer offline 2", cut_off=True)
    await expect(page.get_by_label("Last name")).to_have_value(LAST)
    await expect(page.get_by_label("Phone or where to find them")).to_have_value("Bus shelter, Fable and Fiction")
    await page.get_by_role("button", name="Back").click()
    await step(page, 1)
    await expect(page.get_by_label("Retail theft")).to_be_checked()
    await check(page, "refer offline 1", cut_off=True)
    # With a signal again the server takes over, with its answer, at the step where the officer is.
    await page.context.set_offline(False)
    await on(page)
    await step(page, 2)
    await on(page)
    await step(page, 3)
    await expect(page.get_by_text("Retail theft is on the county's list")).to_be_visible()


async def test_the_form_without_signal_says_what_is_missing(base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await page.context.set_offline(True)
    await page.goto(base + "/refer")
    await on(page)
    await expect(page.get_by_role("alert").filter(has_text="Name the charge")).to_be_focused()
    await what(page)
    await on(page)
    await on(page)
    await expect(page.get_by_role("alert").filter(has_text="Give a name to ask for.")).to_be_focused()
    await who(page)
    await on(page)
    await step(page, 3)
    await expect(page.get_by_text("The answer comes when it is sent", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="Call 412-555-0142")).to_be_visible()
    await check(page, "refer offline 3", cut_off=True)


async def test_an_answer_lost_on_the_way_makes_no_second_referral(
    police: PoliceSide, road: Road, base: str, new_page: NewPage
) -> None:
    page = await phone(new_page, base)
    await what(page)
    await on(page)
    await who(page)
    await on(page)
    await step(page, 3)
    road.loses_answers = True
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_text("1 referral is kept on this phone, not yet sent.")).to_be_visible()
    assert road.arrived.is_set()
    assert len(await police.published("referral-created")) == 1
    road.loses_answers = False
    await page.get_by_role("button", name="Send now").click()
    await expect(page.get_by_text("Sent. Our worker takes it from here.")).to_be_visible()
    assert len(await police.published("referral-created")) == 1


async def test_going_back_from_sent_asks_for_nothing_of_it_again(base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await what(page)
    await to_the_end(page)
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_role("heading", name="Sent. You can go.")).to_be_visible()
    await page.go_back()
    await page.wait_for_url(base + "/refer")
    await step(page, 1)
    await expect(page.get_by_text("is not finished")).to_have_count(0)


async def test_two_tabs_that_find_a_signal_at_once_send_it_once(
    police: PoliceSide, base: str, new_page: NewPage
) -> None:
    page = await phone(new_page, base)
    await finish_without_signal(page)
    tabs = [page, await page.context.new_page(), await page.context.new_page()]
    for tab in tabs[1:]:
        await tab.goto(base + "/refer/kept")
        await expect(tab.get_by_role("button", name="Send now")).to_be_visible()
    await page.context.set_offline(False)
    for tab in tabs:
        await expect(tab.get_by_text("Nothing waits to be sent.")).to_be_visible(timeout=20_000)
    assert len(await police.published("referral-created")) == 1


async def test_a_session_that_ended_meanwhile_loses_nothing(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await finish_without_signal(page)
    async with police.web.begin() as connection:
        await connection.exec_driver_sql("delete from own.web_session")
    await page.context.set_offline(False)
    await expect(page.get_by_text("Your session is over: sign in again, and it is sent.")).to_be_visible()
    await check(page, "refer kept signed out", cut_off=True)
    await page.get_by_role("link", name="Sign in and send").click()
    await page.get_by_role("button", name="Officer Pat Placeholder").click()
    await expect(page.get_by_text("Sent. Our worker takes it from here.")).to_be_visible()
    assert len(await police.published("referral-created")) == 1


async def test_another_person_on_the_phone_neither_sees_nor_sends_it(
    police: PoliceSide, base: str, new_page: NewPage
) -> None:
    page = await phone(new_page, base)
    await finish_without_signal(page)
    async with police.web.begin() as connection:
        await connection.exec_driver_sql("delete from own.web_session")
    await page.goto("about:blank")
    await page.context.set_offline(False)
    await sign_in(page, base, "agency_supervisor")
    for path in ("/refer/kept", "/refer"):
        await page.goto(base + path)
        await ready(page)
        await expect(page.get_by_text("kept on this phone, not yet sent")).to_have_count(0)
    assert await police.published("referral-created") == []
    await page.context.set_offline(True)
    await page.goto(base + "/refer/kept")
    await expect(page.get_by_text("Nothing waits to be sent.")).to_be_visible()
    await page.context.set_offline(False)
    await sign_in(page, base, "officer")
    await page.goto(base + "/refer/kept")
    await expect(page.get_by_text("Sent. Our worker takes it from here.")).to_be_visible()


async def test_signing_out_asks_first_and_leaves_nothing_behind(base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await what(page)
    await page.get_by_label("Case number").fill("Fictional 26-4711")
    await page.get_by_label("Case number").blur()
    await page.goto(base + "/refer")
    await expect(page.get_by_text("is not finished.")).to_be_visible()
    await check(page, "refer with a draft")
    await page.locator("details.me summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    left = await stored(page)
    assert "key extractable" not in left
    assert "Refer to LEAD" not in left


async def test_what_is_kept_ends_after_the_time_the_page_names(base: str, new_page: NewPage) -> None:
    page = await phone(new_page, base)
    await finish_without_signal(page)
    await page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=71))
    await page.reload()
    await expect(page.get_by_text("1 referral is kept on this phone, not yet sent.")).to_be_visible()
    await page.clock.set_system_time(datetime.now(UTC) + timedelta(hours=73))
    await page.reload()
    await expect(page.get_by_text("Nothing waits to be sent.")).to_be_visible()
    assert "waiting" not in await stored(page)


async def test_that_lead_was_not_offered_is_said_with_and_without_a_signal(
    police: PoliceSide, base: str, new_page: NewPage
) -> None:
    page = await phone(new_page, base)
    await what(page)
    await page.get_by_role("button", name="Not offering LEAD? Record that").click()
    await expect(page.get_by_label("Retail theft")).to_be_checked()
    await page.get_by_role("button", name="Record it").click()
    await expect(page.get_by_role("alert").filter(has_text="Say why LEAD was not offered.")).to_be_focused()
    await check(page, "not offered error")
    await pick(page, "Why not?", "No time")
    await check(page, "not offered")
    await page.get_by_role("button", name="Record it").click()
    await expect(page.get_by_role("heading", name="Recorded. You can go.")).to_be_visible()
    await check(page, "not offered done")

    await page.context.set_offline(True)
    await page.goto(base + "/refer")
    await page.get_by_role("button", name="Not offering LEAD? Record that").click()
    await expect(page.get_by_role("heading", name="LEAD was not offered")).to_be_visible()
    await pick(page, "Why not?", "Safety")
    await pick(page, "What did you do?", "Citation")
    await pick(page, "Most serious charge", "Possession")
    await check(page, "not offered offline", cut_off=True)
    await page.get_by_role("button", name="Record it").click()
    await expect(page.get_by_text("1 referral is kept on this phone, not yet sent.")).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_text("Recorded: LEAD was not offered.")).to_be_visible()
    rows = await police.rows("select did, why_not from own.discretion order by did")
    assert rows == [{"did": "arrested", "why_not": "no_time"}, {"did": "cited", "why_not": "safety"}]
