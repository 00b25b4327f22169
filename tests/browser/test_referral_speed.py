"""A referral from the street takes an officer under a minute, by the keystroke-level model over the recorded keys."""

from __future__ import annotations

import time
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.harness import keystrokes
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.integration.referral.referrals.police_side import PoliceSide

MINUTE: Final = 60.0


class Officer:
    """One thumb: taps what is on the screen, types into what has the focus, waits for what must come."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.waited = 0.0

    async def answers(self, question: str, answer: str) -> None:
        group = self.page.get_by_role("group", name=question)
        await group.get_by_role("radio", name=answer, exact=True).click()

    async def types(self, field: str, text: str) -> None:
        await self.page.get_by_label(field).click()
        await self.page.keyboard.type(text)

    async def taps(self, name: str, until: Locator) -> None:
        await self.page.get_by_role("button", name=name).click()
        began = time.perf_counter()
        await expect(until).to_be_visible()
        self.waited += time.perf_counter() - began

    async def step(self, number: int) -> None:
        await self.taps("Next", self.page.get_by_text(f"Step {number} of 3"))


async def refer(page: Page) -> Officer:
    """The whole of a referral as the officer does it: charge, who, consent, call, hand-off, send."""
    officer = Officer(page)
    await officer.answers("Charge you would have filed", "Retail theft")
    await officer.step(2)
    await officer.types("First name", "Marlow")
    await officer.types("Last name", "Sampleton")
    await officer.types("Date of birth", "05051990")
    await officer.types("Phone or where to find them", "412-555-0101")
    await officer.answers("Did they say yes to LEAD?", "Yes")
    await officer.answers("Is the store or victim okay with this?", "Agrees")
    await officer.step(3)
    call = page.locator("a[data-stamp]")
    # There is no phone here: Chromium would leave the page for the number.
    await call.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    await call.click()
    await officer.answers("Did our worker talk to them?", "Yes")
    await officer.taps("Send referral", page.get_by_role("heading", name="Sent. You can go."))
    return officer


async def begun(new_page: NewPage, base: str) -> Page:
    """A phone with the form before it, at the place of the stop."""
    page = await new_page(width=390, height=844)
    await sign_in(page, base, "officer")
    await page.goto(base + "/refer")
    await page.get_by_label("Zone").select_option("1")
    return page


async def test_a_referral_takes_under_a_minute(
    police: PoliceSide, base: str, new_page: NewPage, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await begun(new_page, base)
    await refer(page)
    # The second of a shift: the form begins with the place of the last one.
    await keystrokes.record(page)
    await page.goto(base + "/refer")
    await expect(page.get_by_label("Zone")).to_have_value("1")
    officer = await refer(page)
    job = await keystrokes.recorded(page, officer.waited)
    with capsys.disabled():
        print(f"\n  referral: {job}")
    assert (job.taps, job.fields, job.keys) == (12, 4, 35)
    assert job.seconds <= MINUTE
    assert [one["handoff"] for one in await police.published("referral-created")] == ["warm", "warm"]


async def test_saying_that_lead_was_not_offered_takes_three_taps_after_the_charge(
    police: PoliceSide, base: str, new_page: NewPage, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await begun(new_page, base)
    await Officer(page).answers("Charge you would have filed", "Retail theft")
    await keystrokes.record(page)
    await page.evaluate("sessionStorage.clear()")
    officer = Officer(page)
    await officer.taps("Not offering LEAD? Record that", page.get_by_role("heading", name="LEAD was not offered"))
    await officer.answers("Why not?", "No time")
    await officer.taps("Record it", page.get_by_role("heading", name="Recorded. You can go."))
    job = await keystrokes.recorded(page, officer.waited)
    with capsys.disabled():
        print(f"\n  not offered: {job}")
    # The first tap was on a page from before the counting began.
    assert job.taps == 2
    assert job.keys == 0
    (row,) = await police.rows("select did, why_not from own.discretion")
    assert dict(row) == {"did": "arrested", "why_not": "no_time"}
