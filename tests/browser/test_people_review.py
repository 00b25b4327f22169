"""Two who may be one, in a browser: clean at both widths, answered and taken back."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record

MARLOW = {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-05", "phones": ["412-555-0101"]}


async def test_a_supervisor_says_who_is_one_and_takes_it_back(police: PoliceSide, new_page: NewPage) -> None:
    async with serving(police.app) as base:
        page = await new_page()
        await sign_in(page, base, "supervisor")
        await page.goto(base + "/people/review")
        await check(page, "people review empty")
        await police.refer(
            record(person=MARLOW),
            record(person=MARLOW | {"first": "Quincy", "addresses": ["1 Fable Street"], "sid": "PA-44"}),
            record(person=MARLOW | {"suffix": "Jr."}),
        )
        await page.reload()
        await check(page, "people review")
        card = page.get_by_role("region").filter(has_text="twins").first
        await expect(card.get_by_role("rowheader", name="Address")).to_be_visible()
        await card.get_by_role("button", name="Same person").click()
        await expect(page.get_by_role("status").filter(has_text="They are one person now")).to_be_focused()
        await check(page, "people review said")
        await police.tick("people")
        await page.get_by_role("link", name="Said to be one").click()
        await check(page, "people review same")
        await page.get_by_role("button", name="They are two people").click()
        await expect(page.get_by_text("They are two people again")).to_be_visible()
        await police.tick("people")
        await page.get_by_role("button", name="Different people").first.click()
        await expect(page.get_by_text("They stay two people")).to_be_visible()
        await page.get_by_role("link", name="Said to be two").click()
        await check(page, "people review different")
