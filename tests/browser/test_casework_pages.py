"""A coordinator's day in a real browser: keyboard, phone width, axe, no script errors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from shared.runtime.ids import uuid7
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.casework.desk import Casework
from tests.integration.casework.facts import (
    DAY,
    NOW,
    arrest,
    assessment,
    charge,
    consent,
    contact,
    intake,
    profile,
    referral,
    status,
)
from tests.integration.conftest import FreshDatabase, fresh_database, stack

__all__ = ["fresh_database", "stack"]
pytestmark = [pytest.mark.integration, pytest.mark.browser]


@pytest.fixture
async def county(fresh_database: FreshDatabase) -> AsyncIterator[tuple[Casework, str, UUID]]:
    """June, who is a participant, and Marlow, who waits for intake; casework's address; June's id."""
    casework = Casework(await fresh_database("casework"))
    june = referral(uuid7(), occurred_at=NOW - 90 * DAY, intake_due_on=(NOW - 60 * DAY).date())
    marlow = referral(uuid7(), occurred_at=NOW - 28 * DAY, intake_due_on=(NOW + 2 * DAY).date())
    await casework.deliver(
        june,
        marlow,
        profile(june.person_id, "June", "Testwell"),
        profile(marlow.person_id, "Marlow", "Sampleton"),
        intake(june, NOW - 80 * DAY),
        charge(june, "relinquished", decided_at=NOW - 80 * DAY),
        assessment(june, "A door that locks, somewhere my sister can visit."),
        consent(june.person_id),
        consent(june.person_id, "provider", state="revoked"),
        status(june.person_id),
        contact(june.person_id, NOW - 85 * DAY, outcome="attempted", mode="phone"),
        arrest(june.person_id, NOW - 400 * DAY),
        arrest(june.person_id, NOW - 2 * DAY, warrant_only=True),
    )
    async with serving(casework.app) as base:
        yield casework, base, june.person_id
    await casework.close()


async def robin_at(page: Page, base: str, path: str) -> None:
    await sign_in(page, base, "coordinator")
    await page.goto(base + path)


async def test_every_page_is_clean_wide_and_on_a_phone(county: tuple[Casework, str, UUID], new_page: NewPage) -> None:
    _, base, june = county
    page = await new_page()
    for persona, name, path in (
        ("coordinator", "today", "/"),
        ("coordinator", "people", "/participants"),
        ("coordinator", "people-empty", "/participants?q=zzzz"),
        ("coordinator", "participant-not-mine", f"/participants/{june}"),
        ("coordinator", "log-contact", f"/contacts/new?pid={june}"),
        ("supervisor", "participant", f"/participants/{june}"),
        ("supervisor", "board", "/board"),
    ):
        await sign_in(page, base, persona)
        await page.goto(base + path)
        await check(page, f"casework-{name}")


async def test_a_contact_takes_five_keys_and_nothing_typed_is_lost(
    county: tuple[Casework, str, UUID], new_page: NewPage
) -> None:
    casework, base, june = county
    page = await new_page()
    await robin_at(page, base, f"/participants/{june}")
    await page.get_by_role("button", name="Take June on").click()
    await page.goto(base)
    await page.keyboard.press("Alt+l")
    sheet = page.get_by_role("dialog")
    await expect(sheet.get_by_label("Who with?")).to_be_focused()
    await page.keyboard.press("Control+Enter")
    summary = sheet.get_by_role("alert")
    await expect(summary).to_be_focused()
    await expect(summary).to_contain_text("Choose what happened.")
    await check(page, "casework-log-error")
    await sheet.get_by_label("Who with?").focus()
    await page.keyboard.press("J")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Control+Enter")
    saved = sheet.get_by_text("Saved.")
    await expect(saved).to_be_visible()
    await expect(sheet.get_by_role("status")).to_be_focused()
    await check(page, "casework-log-saved")
    (said,) = await casework.published("contact-logged")
    assert (said["outcome"], said["person_id"]) == ("reached", str(june))


async def test_a_contact_logged_on_the_page_joins_the_stream_outlined(
    county: tuple[Casework, str, UUID], new_page: NewPage
) -> None:
    _, base, june = county
    page = await new_page(width=390)
    await robin_at(page, base, f"/participants/{june}")
    form = page.get_by_role("form", name="Log contact")
    await form.get_by_label("Tried").check()
    await form.get_by_label("Phone").check()
    await form.get_by_label("Note").fill("Voicemail full.")
    await form.get_by_role("button", name="Save contact").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    first = page.locator("#tl li").first
    await expect(first).to_contain_text("Tried by phone, not reached")
    await expect(first).to_contain_text("Voicemail full.")
    await check(page, "casework-participant-saved")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_text("Undone.")).to_be_visible()
    await expect(page.locator("#tl")).not_to_contain_text("Voicemail full.")


async def test_search_and_filters_answer_while_typing_and_stay_in_the_address(
    county: tuple[Casework, str, UUID], new_page: NewPage
) -> None:
    _, base, _june = county
    page = await new_page()
    await robin_at(page, base, "/participants")
    await page.get_by_label("Name, number, birth date or phone").press_sequentially("Tesstwell")
    await expect(page.locator("#results")).to_contain_text("1 person matching “Tesstwell”")
    await expect(page.locator("#results")).to_contain_text("June Testwell")
    await expect(page).to_have_url(re.compile("q=Tesstwell"))
    await page.get_by_role("link", name="June Testwell", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("June Testwell")
    await page.go_back()
    await expect(page.locator("#results")).to_contain_text("1 person matching “Tesstwell”")
    await page.get_by_label("Name, number, birth date or phone").fill("")
    await page.get_by_label("Status").select_option("Waiting for intake")
    await expect(page.locator("#results")).to_contain_text("Marlow Sampleton")


async def test_the_page_works_without_scripts(county: tuple[Casework, str, UUID], new_page: NewPage) -> None:
    _, base, june = county
    page = await new_page()
    await page.route("**/*.js*", lambda route: route.abort())
    await robin_at(page, base, f"/contacts/new?pid={june}")
    await page.get_by_role("radio", name="Reached We talked").check()
    await page.get_by_role("button", name="Save contact").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await expect(page.locator(".tl--new")).to_contain_text("Reached on the street")
