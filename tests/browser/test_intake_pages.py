"""Intake as its people use it, in a browser: clean at both widths, saved as they go, new referrals by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from shared.runtime.ids import uuid7
from shared.runtime.settings import Settings
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.intake import facts, interviewing
from tests.integration.intake.desk import Intake

Fresh = Callable[[str], Awaitable[Settings]]
TODAY = facts.NOW.date()
PATIENCE = 20_000
"""The list is renewed every 3 s; a machine that runs all tests at once takes longer to show it."""


@pytest.fixture
async def intake(fresh_database: Fresh) -> AsyncIterator[Intake]:
    running = Intake(await fresh_database("intake"))
    yield running
    await running.close()


@pytest.fixture
async def base(intake: Intake) -> AsyncIterator[str]:
    async with serving(intake.app) as address:
        yield address


async def referred(intake: Intake, first: str, last: str, **given: object) -> facts.ReferralCreated:
    one = facts.referral(uuid7(), **given)
    await intake.deliver(one, facts.profile(one.person_id, first, last))
    if one.charges:
        await intake.deliver(facts.charge(one))
    return one


async def county(intake: Intake) -> facts.ReferralCreated:
    """A queue with every kind of row; Marlow has little time left."""
    marlow = await referred(intake, "Marlow", "Sampleton", intake_due_on=TODAY + 1 * facts.DAY)
    await referred(intake, "Pella", "Dummond", intake_due_on=TODAY + 6 * facts.DAY, handoff="left_contact")
    await referred(intake, "Cosmo", "Pretendergast", zone=None, municipality="Rankin")
    social = facts.social(uuid7())
    await intake.deliver(social, facts.profile(social.person_id, "Vesper", "Fictus"))
    edie = await referred(intake, "Edie", "Trialby", intake_due_on=TODAY - 4 * facts.DAY)
    await intake.deliver(facts.decision(edie, "expired"))
    return marlow


async def opened(new_page: NewPage, base: str, path: str, persona: str = "intake_worker") -> Page:
    page = await new_page()
    await sign_in(page, base, persona)
    await page.goto(base + path)
    return page


async def pick(page: Page, question: str, answer: str) -> None:
    """Choose one answer of a question; inputs lie over their labels."""
    await page.get_by_role("group", name=question).get_by_role("radio", name=answer, exact=True).check()


async def test_the_queue_is_clean_full_and_empty(intake: Intake, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/")
    await check(page, "intake queue empty")
    await county(intake)
    await page.reload()
    await check(page, "intake queue")


async def test_a_new_referral_shows_by_itself(intake: Intake, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/")
    await expect(page.get_by_text("No one waits")).to_be_visible()
    await referred(intake, "Marlow", "Sampleton")
    await expect(page.get_by_role("link", name="Marlow Sampleton", exact=True)).to_be_visible(timeout=PATIENCE)


async def test_the_list_renews_itself_under_a_keyboard_user(intake: Intake, base: str, new_page: NewPage) -> None:
    await referred(intake, "Marlow", "Sampleton")
    page = await opened(new_page, base, "/")
    link = page.get_by_role("link", name="Start intake with Marlow Sampleton")
    await link.focus()
    await referred(intake, "Pella", "Dummond", intake_due_on=TODAY + 1 * facts.DAY)
    await expect(page.get_by_role("link", name="Pella Dummond", exact=True)).to_be_visible(timeout=PATIENCE)
    await expect(link).to_be_focused()


async def test_a_whole_intake_by_clicking(intake: Intake, base: str, new_page: NewPage) -> None:
    marlow = await county(intake)
    page = await opened(new_page, base, "/")
    await page.get_by_role("link", name="Start intake with Marlow Sampleton").click()
    await check(page, "intake start")
    await page.get_by_role("button", name="Start intake").click()
    await check(page, "intake part 1")
    await pick(page, "Do you have a place to sleep tonight?", "No")
    await expect(page.locator("#saved")).to_contain_text("You can stop and come back")
    await page.get_by_label("What would help most today?").fill("Dry socks and a phone")
    await page.get_by_role("button", name="Part 1 is done").click()
    await page.get_by_role("radio", name="Outside or in a car").check()
    await check(page, "intake part 2")
    for section in ("Work and money", "Health", "Alcohol and drugs", "Court and police", "What you want"):
        await page.get_by_role("button", name=f"Save and go to {section}").click()
    await page.get_by_label("What do you want to be different?").fill("A steady kitchen job")
    await page.get_by_role("button", name="Save and go to About you").click()
    await page.get_by_role("button", name="Part 2 is done").click()
    await check(page, "intake check")
    await expect(page.get_by_text("When you press Finish")).to_be_visible()
    assert await page.locator(".share input:checked").count() == 0
    await pick(page, "Police who referred you", "Yes")
    await page.get_by_role("button", name="Finish intake").click()
    await expect(page.get_by_role("alert").filter(has_text="A yes needs a signature")).to_be_focused()
    await check(page, "intake check error")
    await page.get_by_label("Signed by Marlow").fill("Marlow Sampleton")
    await page.get_by_role("button", name="Finish intake").click()
    await expect(page.get_by_role("heading", name="Marlow is in LEAD")).to_be_visible()
    await expect(page.get_by_text("is being given up for good")).to_be_visible()
    await check(page, "intake finished")
    await intake.deliver(facts.charge(marlow, "relinquished", version=2, action="replace"))
    await expect(page.get_by_text("Nothing Marlow does later can bring it back")).to_be_visible(timeout=PATIENCE)
    await check(page, "intake charge given up")
    await page.get_by_role("link", name="Who may be told").click()
    await check(page, "consents")
    await page.get_by_role("button", name="Taken back, spoken for Police who referred you").click()
    await expect(page.get_by_text("Nothing may be shared")).to_be_visible()
    await check(page, "consents none")


async def test_an_interrupted_interview_resumes_where_it_was(intake: Intake, base: str, new_page: NewPage) -> None:
    marlow = await county(intake)
    page = await opened(new_page, base, f"/interviews/{marlow.referral_id}")
    await page.get_by_role("radio", name="Español").check()
    await page.get_by_role("button", name="Start intake").click()
    await pick(page, "¿Está a salvo en este momento?", "No")
    await expect(page.locator("#saved")).to_contain_text("Saved")
    await page.goto("about:blank")
    await page.goto(f"{base}/interviews/{marlow.referral_id}")
    await expect(page.locator("#q_safe_now-2")).to_be_checked()
    await check(page, "intake in Spanish")


async def test_outreach_and_take_over_are_clean(intake: Intake, base: str, new_page: NewPage) -> None:
    marlow = await county(intake)
    page = await opened(new_page, base, f"/referrals/{marlow.referral_id}/outreach")
    await check(page, "outreach empty")
    await page.get_by_role("radio", name="Tried, not reached").check()
    await page.get_by_role("button", name="Save").click()
    await check(page, "outreach")
    await page.get_by_role("radio", name="Tried, not reached").check()
    await page.get_by_role("button", name="Save").click()
    await check(page, "outreach same try")
    await page.goto(f"{base}/interviews/{marlow.referral_id}")
    await page.get_by_role("button", name="Start intake").click()
    await pick(page, "Are you safe right now?", "Yes")
    await expect(page.locator("#saved")).to_contain_text("Saved")
    other = await opened(new_page, base, f"/interviews/{marlow.referral_id}", "supervisor")
    await check(other, "intake taken")
    await other.get_by_label("Why do you take over?").fill("Sam is ill")
    await other.get_by_role("button", name="Take over").click()
    await check(other, "intake part held")


async def test_two_pages_that_disagree_show_both(intake: Intake, base: str, new_page: NewPage) -> None:
    marlow = await county(intake)
    page = await opened(new_page, base, f"/interviews/{marlow.referral_id}")
    await page.get_by_role("button", name="Start intake").click()
    question = "Are you safe right now?"
    second = await page.context.new_page()
    await second.goto(page.url)
    await pick(page, question, "Yes")
    await expect(page.locator("#saved")).to_contain_text("Saved")
    await pick(second, question, "No")
    await expect(second.locator("#saved")).to_contain_text("Someone changed the same answer")
    await second.get_by_role("button", name="Show both").click()
    await expect(second.get_by_role("heading", name="Two answers to the same question")).to_be_visible()
    await second.get_by_role("radio", name="Yours").check()
    await second.get_by_role("button", name="Keep what is chosen").click()
    await expect(second.locator("#q_safe_now-2")).to_be_checked()


async def test_a_supervisor_puts_an_intake_right(intake: Intake, base: str, new_page: NewPage) -> None:
    marlow = await county(intake)
    async with intake.browser() as client:
        await interviewing.whole(client, marlow.referral_id)
    page = await opened(new_page, base, f"/interviews/{marlow.referral_id}", "supervisor")
    await check(page, "intake put right")
    await page.get_by_role("button", name="Correct the time").click()
    await expect(page.get_by_role("alert").filter(has_text="Say why")).to_be_focused()
    await check(page, "intake put right error")
