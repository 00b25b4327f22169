"""Before a new person is made, and who is on call: the officer's and the team's pages in a browser, at both widths."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in, without_scripts
from tests.browser.test_referral_pages import opened, pick
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record

QUINCY = {"last": "Sampleton", "first": "Quincy", "birth_date": "1990-05-05", "phones": ["412-555-0101"]}
ON_PAGE = "one => one.getBoundingClientRect().top + scrollY"
ASKED = "Does your agency know them?"


async def second_step(page: Page) -> None:
    await pick(page, "Charge you would have filed", "Possession")
    await page.get_by_label("Zone").select_option("1")
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("First name").fill("Marlow")
    await page.get_by_label("Last name").fill("Sampleton")


async def test_an_officer_says_who_it_is_while_typing(police: PoliceSide, base: str, new_page: NewPage) -> None:
    (before,) = await police.refer(record(person=QUINCY))
    page = await opened(new_page, base, "/refer", "officer")
    await page.set_viewport_size({"width": 390, "height": 844})
    await second_step(page)
    offer = page.get_by_role("group", name="Did they say yes to LEAD?")
    place = await offer.evaluate(ON_PAGE)
    await page.get_by_label("Date of birth").fill("05/05/1990")
    await page.get_by_label("Phone or where to find them").click()
    asked = page.get_by_role("group", name=ASKED)
    await expect(asked).to_contain_text("Same birth date, same last name, another first name")
    # It comes below: nothing moved under the thumb.
    assert await offer.evaluate(ON_PAGE) == place
    await expect(asked.get_by_role("radio", name="Not sure")).to_be_checked()
    await check(page, "refer known")
    await asked.get_by_role("radio", name="This is them: Quincy Sampleton").check()
    await pick(page, "Did they say yes to LEAD?", "Yes")
    await pick(page, "Is the store or victim okay with this?", "No victim")
    # What was chosen stays while more is typed.
    await page.get_by_label("Phone or where to find them").fill("412-555-0101")
    await page.get_by_role("textbox", name="Last name").click()
    await expect(asked).to_contain_text("same phone")
    await expect(asked.get_by_role("radio", name="This is them: Quincy Sampleton")).to_be_checked()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("Step 3 of 3")).to_be_visible()
    asked = page.get_by_role("group", name=ASKED)
    await expect(asked.get_by_role("radio", name="This is them: Quincy Sampleton")).to_be_checked()
    await check(page, "refer known step 3")
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_role("heading", name="Sent. You can go.")).to_be_visible()
    homes = await police.rows("select distinct home_id from own.referral")
    assert [row["home_id"] for row in homes] == [before.person_id]


async def test_without_scripts_it_is_asked_on_the_next_page(police: PoliceSide, base: str, new_page: NewPage) -> None:
    await police.refer(record(person=QUINCY))
    signed_in = await opened(new_page, base, "/refer", "officer")
    page = await without_scripts(signed_in)
    await page.goto(base + "/refer")
    await second_step(page)
    await page.get_by_label("Date of birth").fill("05/05/1990")
    await page.locator("#offer").check()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("radio", name="Somebody else").check()
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_role("heading", name="Sent. You can go.")).to_be_visible()
    assert [row["state"] for row in await police.rows("select state from own.person_review")] == ["different"]
    await page.context.close()


async def test_without_a_signal_nobody_is_asked(police: PoliceSide, base: str, new_page: NewPage) -> None:
    await police.refer(record(person=QUINCY))
    page = await opened(new_page, base, "/refer", "officer")
    await second_step(page)
    await page.context.set_offline(True)
    await page.get_by_label("Date of birth").fill("05/05/1990")
    await page.get_by_label("Phone or where to find them").click()
    await expect(page.get_by_text("No signal. Kept on this phone")).to_be_visible()
    await expect(page.get_by_role("group", name=ASKED)).to_have_count(0)
    await page.context.set_offline(False)


async def test_the_team_keeps_who_is_on_call(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/on-call", "supervisor")
    await check(page, "on call empty")
    await page.get_by_role("link", name="Add somebody").first.click()
    await check(page, "on call new")
    await page.get_by_label("Number", exact=True).fill("911")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert").filter(has_text="Not saved yet.")).to_be_focused()
    await check(page, "on call new error")
    await page.get_by_label("Name").fill("Nocturne Fable")
    await page.get_by_label("Number", exact=True).fill("412-555-0161")
    for day in ("Fri", "Sat"):
        await page.get_by_role("checkbox", name=day).check()
    await page.locator("#from_time").fill("20:00")
    await page.locator("#to_time").fill("06:00")
    await page.get_by_role("checkbox", name="Zone 1").check()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status").filter(has_text="Added.")).to_be_focused()
    await check(page, "on call")
    manager = await new_page()
    await sign_in(manager, base, "programme_manager")
    await manager.goto(base + "/on-call")
    await manager.get_by_role("link", name="Change Nocturne Fable").click()
    await page.get_by_role("link", name="Change Nocturne Fable").click()
    await manager.get_by_label("Number", exact=True).fill("412-555-0162")
    await manager.get_by_role("button", name="Save").click()
    await expect(manager.get_by_role("status").filter(has_text="Changed.")).to_be_focused()
    await page.get_by_label("Name").fill("Lunar Fable")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("alert").filter(has_text="Somebody else changed this entry")).to_be_focused()
    await expect(page.get_by_role("region", name="As it is now")).to_contain_text("412-555-0162")
    await check(page, "on call conflict")
    await page.get_by_role("link", name="Leave it", exact=True).click()
    await page.get_by_role("button", name="End Nocturne Fable").click()
    await expect(page.get_by_role("status").filter(has_text="Ended.")).to_be_focused()
    await check(page, "on call ended")
