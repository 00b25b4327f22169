"""The frame and its building blocks in a browser: clean for everybody, usable by keyboard, nothing typed lost."""

from __future__ import annotations

import asyncpg
import pytest
from playwright.async_api import expect

from shared.web import sessions
from tests.browser.harness.eyes import NotClean, check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.integration.web.demo.running import MARLOW, Demo

pytestmark = [pytest.mark.integration, pytest.mark.browser]
PERSON = f"/people/{MARLOW}"


@pytest.mark.parametrize("path", ["/", "/?page=2", PERSON, "/nope", "/broken", "/sign-in"])
async def test_pages_are_clean(base: str, new_page: NewPage, path: str) -> None:
    page = await new_page()
    await sign_in(page, base, "coordinator")
    await page.goto(base + path)
    await check(page, f"web {path}")


async def test_a_person_signs_in_by_choosing_who_to_be(base: str, new_page: NewPage) -> None:
    page = await new_page()
    await page.goto(base + PERSON)
    await check(page, "web sign-in")
    await page.get_by_role("button", name="Robin Makebelieve").click()
    await page.wait_for_url(base + PERSON)
    await page.locator("details.me summary").click()
    await check(page, "web account menu")
    await page.get_by_role("button", name="Sign out").click()
    await page.wait_for_url(base + "/sign-in")


async def test_an_error_takes_the_focus_and_keeps_what_was_typed(base: str, new_page: NewPage) -> None:
    page = await new_page()
    await sign_in(page, base, "coordinator")
    await page.goto(base + PERSON)
    await page.get_by_label("Name they go by").fill("")
    await page.get_by_label("Note").fill("Likes tea")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert").filter(has_text="Not saved yet")).to_be_focused()
    await check(page, "web form error")
    await expect(page.get_by_label("Note")).to_have_value("Likes tea")
    await page.get_by_role("link", name="Enter the name they go by.").click()
    await expect(page.get_by_label("Name they go by")).to_be_focused()


async def test_a_session_that_ends_while_typing_loses_nothing(
    base: str, new_page: NewPage, admin: asyncpg.Connection
) -> None:
    page = await new_page()
    await sign_in(page, base, "coordinator")
    await page.goto(base + PERSON)
    cookie = next(one for one in await page.context.cookies() if one["name"] == "lead-casework")
    await page.get_by_label("Note").fill("Likes tea")
    await admin.execute("delete from own.web_session where id_hash = $1", sessions.fingerprint(cookie["value"]))
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("You were signed out.")).to_be_visible()
    await check(page, "web signed out")
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Sign in again in a new tab").click()
    other = await opened.value
    await other.get_by_role("button", name="Robin Makebelieve").click()
    await expect(other.get_by_text("You are signed in again")).to_be_visible()
    await other.close()
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(page.get_by_text("You were signed out.")).to_be_hidden()
    await expect(page.get_by_label("Note")).to_have_value("Likes tea")
    await page.get_by_label("Name they go by").fill("Marlow Sampleton")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Marlow Sampleton")


async def test_a_failure_leaves_the_page_and_says_so(base: str, new_page: NewPage) -> None:
    page = await new_page()
    await sign_in(page, base, "coordinator")
    await page.goto(base + PERSON)
    await page.get_by_label("Note").fill("Likes tea")
    await page.route("**/people/*", lambda route: route.abort())
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("No connection.")).to_be_visible()
    await expect(page.get_by_label("Note")).to_have_value("Likes tea")


async def test_a_silent_neighbour_is_told_on_the_page(base: str, new_page: NewPage, demo: Demo) -> None:
    page = await new_page()
    await sign_in(page, base, "coordinator")
    await page.goto(base)
    await expect(page.get_by_text("The police side has not been heard yet.")).to_be_visible()


async def test_the_check_itself_sees_what_is_wrong(base: str, new_page: NewPage) -> None:
    page = await new_page()
    await page.goto(base + "/sign-in")
    await page.evaluate(
        """() => { const img = document.createElement('img'); img.src = '/static/icon.svg';
                   const long = document.createElement('p'); long.textContent = 'x'.repeat(500);
                   document.querySelector('main').append(img, long); console.error('said') }"""
    )
    with pytest.raises(NotClean) as found:
        await check(page, "broken")
    for fault in ("image-alt", "scrolls sideways", "console: said"):
        assert fault in str(found.value)
