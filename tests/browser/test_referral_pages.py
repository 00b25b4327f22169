"""The police end as its people use it, in a browser: clean at both widths, one thumb, nothing typed lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect

from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in, without_scripts
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, record
from tests.integration.referral.referrals.test_taking_back import ASSAULT, full

PHONE = {"width": 390, "height": 844}


async def opened(new_page: NewPage, base: str, path: str, persona: str) -> Page:
    page = await new_page()
    await sign_in(page, base, persona)
    await page.goto(base + path)
    return page


async def pick(page: Page, question: str, answer: str) -> None:
    """Choose one answer of a question; inputs lie over their labels."""
    await page.get_by_role("group", name=question).get_by_role("radio", name=answer).check()


async def test_an_officer_refers_a_person_with_one_thumb(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/refer", "officer")
    await page.set_viewport_size(PHONE)
    await check(page, "refer step 1 empty")
    await pick(page, "Charge you would have filed", "Retail theft")
    await page.get_by_label("Zone").select_option("3")
    await expect(page.locator("#answer")).to_contain_text("not open in this zone")
    await check(page, "refer step 1 no")
    await page.get_by_label("Zone").select_option("1")
    await expect(page.locator("#answer")).to_contain_text("Retail theft is on the county's list")
    await check(page, "refer step 1 yes")
    for button in await page.locator(".thumb button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 52
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("alert").filter(has_text="Not yet.")).to_be_focused()
    await check(page, "refer step 2 error")
    await page.get_by_label("First name").fill("Marlow")
    await page.get_by_label("Last name").fill("Sampleton")
    await page.get_by_label("Date of birth").fill("05/05/1990")
    await page.get_by_label("Phone or where to find them").fill("Bus shelter, Fable and Fiction")
    await pick(page, "Did they say yes to LEAD?", "Yes")
    await pick(page, "Is the store or victim okay with this?", "Agrees")
    await check(page, "refer step 2")
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_label("Retail theft")).to_be_checked()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_label("Last name")).to_have_value("Sampleton")
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("given up for good")).to_be_visible()
    await check(page, "refer step 3")
    # There is no phone here: Chromium would leave the page for the number, and with it what is clicked next.
    call = page.locator("a[data-stamp]")
    await call.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    await call.click()
    await expect(page.get_by_role("timer")).to_contain_text("Since your call: 0:0")
    await pick(page, "Did our worker talk to them?", "Yes")
    await expect(page.get_by_role("timer")).to_contain_text("They talked after 0:0")
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_role("heading", name="Sent. You can go.")).to_be_visible()
    await check(page, "refer sent")
    (created,) = await police.published("referral-created")
    assert (created["decision"], created["complainant"], created["handoff"]) == ("approved", "agrees", "warm")
    assert created["handoff_minutes"] in (0, 1)


async def test_the_form_works_without_scripts(police: PoliceSide, base: str, new_page: NewPage) -> None:
    signed_in = await opened(new_page, base, "/refer", "officer")
    page = await without_scripts(signed_in)
    await page.goto(base + "/refer")
    await page.locator("#charge-2").check()
    await page.get_by_label("Zone").select_option("2")
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Last name").fill("Sampleton")
    await page.get_by_label("Date of birth").fill("05/05/1990")
    await page.locator("#offer").check()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_text("Eligible", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Send referral").click()
    await expect(page.get_by_role("heading", name="Sent. You can go.")).to_be_visible()
    await page.context.close()


async def test_every_other_answer_is_said_kindly(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/refer", "officer")
    outcomes = {
        "minor": {"person": {"last": "Youngfiction", "first": "Ada", "birth_date": "2010-01-01"}},
        "pending": {"complainant": "unknown"},
        "declined": {"offer": "declined"},
        "excluded": {"charges": [{"text": "2701 Simple Assault"}]},
    }
    for name, changes in outcomes.items():
        (made,) = await police.refer(record(**changes))
        await page.goto(f"{base}/refer/sent/{made.referral_id}")
        await check(page, f"refer sent {name}")


async def test_the_screening_queue_is_clean_and_decides(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/decisions", "supervisor")
    await check(page, "decisions empty")
    await police.refer(
        record(complainant="unknown"), record(pathway="social_contact", charges=[], attestation="record")
    )
    await police.refer(record(place={"municipality": "Pittsburgh", "zone": "3"}))
    await page.reload()
    await check(page, "decisions")
    await page.get_by_role("button", name="Approve").first.click()
    await expect(page.get_by_role("alert").filter(has_text="Not decided yet.")).to_be_focused()
    await check(page, "decisions error")
    await page.get_by_label("Reason").first.select_option("eligible_after_review")
    await page.get_by_role("button", name="Approve").first.click()
    await expect(page.get_by_text("It is approved and intake has it.")).to_be_visible()
    await page.get_by_role("link", name="Not eligible").click()
    await check(page, "decisions not eligible")


async def test_the_charge_ledger_is_clean_and_decides(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/charges", "prosecutor")
    await check(page, "charges empty")
    await police.refer(record(), record(person={"last": "Dummond", "first": "Pella", "birth_date": "1985-02-02"}))
    (recent,) = await police.refer(record(occurred_at="2026-11-10T12:00:00-05:00"))
    await police.tick("due-days", local("2026-04-01 06:00"))
    (row,) = await police.rows("select person_id from own.referral where referral_id = :id", id=recent.referral_id)
    await page.reload()
    await check(page, "charges")
    await page.get_by_text("Decide on the charge of Pella Dummond").click()
    card = page.get_by_role("region", name="Pella Dummond")
    await card.get_by_label("What to do").select_option("not_file")
    await card.get_by_role("button", name="Record the decision").click()
    await expect(page.get_by_role("alert").filter(has_text="Not decided yet.")).to_be_focused()
    await check(page, "charges error")
    card = page.get_by_role("region", name="Pella Dummond")
    await expect(card.get_by_label("What to do")).to_have_value("not_file")
    await card.get_by_label("Reason").select_option("evidence")
    await card.get_by_role("button", name="Record the decision").click()
    await expect(page.get_by_text("The charge is not filed.")).to_be_visible()
    await police.deliver(intake(recent.referral_id, row["person_id"], local("2026-11-20 10:00")))
    await page.get_by_role("link", name="Given up for good").click()
    await check(page, "charges given up")


async def test_policy_is_proposed_tried_and_adopted_by_a_second_person(base: str, new_page: NewPage) -> None:
    manager = await opened(new_page, base, "/policy", "programme_manager")
    await check(manager, "policy empty")
    await manager.get_by_role("link", name="Statutes that no list knows").click()
    await expect(manager.get_by_text("Every statute is known")).to_be_visible()
    await check(manager, "policy unknown")
    await manager.get_by_role("link", name="Back to the policy").click()
    await manager.get_by_role("link", name="Propose a change").click()
    await check(manager, "policy new")
    await manager.get_by_role("button", name="Propose").click()
    await expect(manager.get_by_role("alert").filter(has_text="Not proposed yet.")).to_be_focused()
    await check(manager, "policy new error")
    await manager.get_by_label("First day").fill("2035-01-01")
    line = manager.get_by_role("group", name="Charge 1")
    await line.get_by_label("Title").fill("18")
    await line.get_by_label("Section", exact=True).fill("3929")
    await line.get_by_label("Presumed").select_option("REVIEW")
    await line.get_by_label("Why").fill("Merchants are asked first")
    await manager.get_by_role("button", name="Try it").click()
    await expect(manager.get_by_text("No arrest was recorded in this period")).to_be_visible()
    await expect(line.get_by_label("Section", exact=True)).to_have_value("3929")
    await check(manager, "policy tried")
    await manager.get_by_label("Why this change").fill("Asked for by the policy group in a made-up meeting")
    await manager.get_by_role("button", name="Propose").click()
    await expect(manager.get_by_text("It waits for a second person")).to_be_visible()
    await manager.get_by_role("link", name="Rules and charges").click()
    await expect(manager.get_by_role("button", name="Adopt")).to_have_count(0)
    await check(manager, "policy own proposal")

    prosecutor = await opened(new_page, base, "/policy", "prosecutor")
    await prosecutor.get_by_role("link", name="Rules and charges").click()
    await check(prosecutor, "policy proposal")
    await prosecutor.get_by_role("button", name="Adopt").click()
    await expect(prosecutor.get_by_text("It holds from its first day on")).to_be_visible()
    await check(prosecutor, "policy adopted")


async def test_what_is_taken_back_waits_or_is_let_through_is_clean(
    police: PoliceSide, base: str, new_page: NewPage
) -> None:
    fresh = record(occurred_at=datetime.now(UTC) - timedelta(hours=1))
    (made,) = await police.refer(fresh)
    await police.refer(record(source_record_id="assault", charges=ASSAULT))
    await full(police)
    strangers = [{"last": f"Waiter{name}", "first": "Bo", "birth_date": "1980-01-11"} for name in ("fable", "fiction")]
    await police.refer(*(record(source_record_id=f"late-{one['last']}", person=one) for one in strangers))
    sergeant = await opened(new_page, base, f"/refer/sent/{made.referral_id}", "agency_supervisor")
    await check(sergeant, "sent with a way back")
    supervisor = await opened(new_page, base, "/decisions?view=waiting", "supervisor")
    await expect(supervisor.get_by_role("main")).to_contain_text("1")
    await check(supervisor, "waiting list")
    await supervisor.goto(base + "/decisions?view=progress")
    await check(supervisor, "in progress")
    prosecutor = await opened(new_page, base, "/charges/excluded", "prosecutor")
    await check(prosecutor, "let through despite a charge")


async def test_that_lead_was_not_offered_is_three_taps(police: PoliceSide, base: str, new_page: NewPage) -> None:
    page = await opened(new_page, base, "/refer/not-offered", "officer")
    await page.set_viewport_size(PHONE)
    await check(page, "not offered")
    await page.locator(".thumb button").last.click()
    await expect(page.get_by_role("alert").filter(has_text="Not yet.")).to_be_focused()
    await check(page, "not offered error")
