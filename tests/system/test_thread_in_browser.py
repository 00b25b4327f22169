"""The thread, by clicking: an officer's referral becomes an intake, the charge is given up, a contact is logged,
a later arrest is seen, and the figures move. Every page on the way is clean at desktop and phone width.

`LEAD_PICTURES=docs/pictures` keeps the README's pictures.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.harness.eyes import check, shot
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.system.county import County

pytestmark = [pytest.mark.integration, pytest.mark.browser, pytest.mark.timeout(900)]
PICTURES = Path(os.environ["LEAD_PICTURES"]) if "LEAD_PICTURES" in os.environ else None
FIRST, BORN = "Marlow", "1990-05-05"
LAST = "Sampleton"
NAME = f"{FIRST} {LAST}"
PATIENCE = 20_000


async def at(new_page: NewPage, county: County, service: str, persona: str, path: str = "/") -> Page:
    page = await new_page()
    await sign_in(page, county.url(service, "").rstrip("/"), persona)
    await page.goto(county.url(service, path))
    return page


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await shot(page, name, PICTURES, whole=False)


async def until(page: Page, text: str) -> None:
    """Reload until the page shows it: a fact of another service arrives in its own time."""
    for _ in range(60):
        if await page.get_by_text(text).count():
            return
        await page.wait_for_timeout(300)
        await page.reload()
    raise AssertionError(f"{page.url} never showed {text!r}")


def arrest(case_no: str, arrested_at: datetime, charge: str) -> dict[str, Any]:
    return {
        "ori": "PAPPD0000", "source_record_id": case_no, "action": "record", "case_no": case_no,
        "arrested_at": arrested_at.isoformat(), "time_precision": "minute", "arrest_type": "on_view",
        "disposition": "arrested", "place": {"municipality": "Pittsburgh", "zone": "2"},
        "person": {"last": LAST, "first": FIRST, "birth_date": BORN, "sex": "M", "race": "W"},
        "charges": [{"text": charge}],
    }  # fmt: skip


def police_record(county: County, *records: dict[str, Any]) -> None:
    with county.operator() as http:
        answer = http.post("/api/arrests", json=list(records))
        assert answer.status_code == 202, answer.text


async def test_from_an_officer_s_phone_to_the_county_s_figures(county: County, new_page: NewPage) -> None:
    now = datetime.now(UTC)
    police_record(county, arrest(f"OLD-{LAST}", now - timedelta(days=90), "5505 Public Drunkenness"))

    officer = await at(new_page, county, "referral", "officer", "/refer")
    await officer.get_by_role("radio", name="Retail theft").check()
    await officer.get_by_role("radio", name="Arrest", exact=True).check()
    await officer.get_by_label("Where did it happen?").select_option("Pittsburgh")
    await officer.get_by_label("Zone").select_option("2")
    await expect(officer.locator("#answer")).to_contain_text("ligible")
    await check(officer, "officer-1")
    await officer.set_viewport_size({"width": 390, "height": 844})
    await picture(officer, "officer")
    await officer.get_by_role("button", name="Next").click()
    await officer.get_by_label("First name").fill(FIRST)
    await officer.get_by_label("Last name").fill(LAST)
    await officer.get_by_label("Date of birth").fill("05/05/1990")
    await officer.get_by_role("radio", name="Yes").check()
    await officer.get_by_role("radio", name="Agrees").check()
    await check(officer, "officer-2")
    await officer.get_by_role("button", name="Next").click()
    await officer.get_by_role("radio", name="Yes").check()
    await check(officer, "officer-3")
    await officer.get_by_role("button", name="Send referral").click()
    await expect(officer.get_by_role("heading", name="Sent. You can go.")).to_be_visible()
    await check(officer, "officer-sent")

    prosecutor = await at(new_page, county, "referral", "prosecutor", "/charges")
    await expect(prosecutor.get_by_role("heading", name=LAST)).to_be_visible()
    await check(prosecutor, "charges-held")

    worker = await at(new_page, county, "intake", "intake_worker")
    await expect(worker.get_by_role("link", name=NAME, exact=True)).to_be_visible(timeout=PATIENCE)
    await check(worker, "intake-queue")
    await picture(worker, "intake-queue")
    await interview(worker)
    await check(worker, "intake-finished")

    await prosecutor.goto(county.url("referral", "/charges?view=given_up"))
    await given_up(prosecutor, county)
    await check(prosecutor, "charges-given-up")
    await picture(prosecutor, "charges")

    robin = await at(new_page, county, "casework", "coordinator", f"/participants?whose=all&q={LAST}")
    await until(robin, NAME)
    await check(robin, "participants")
    await robin.get_by_role("link", name=NAME, exact=True).first.click()
    await until(robin, "Given up for good")
    await expect(robin.get_by_text("public drunkenness").first).to_be_visible()
    await robin.get_by_role("button", name=f"Take {FIRST} on").click()
    await robin.get_by_role("radio", name="Reached We talked").check()
    await robin.get_by_role("button", name="Save contact").click()
    await expect(robin.get_by_text("Saved").first).to_be_visible()
    await check(robin, "participant-contact-saved")
    person = re.search(r"/participants/([0-9a-f-]{36})", robin.url)
    assert person

    contacts = county.lead("consume", "contact-logged", "--from-beginning", "--idle-exit", "3")
    mine = [record["data"] for record in contacts if record["data"]["person_id"] == person[1]]
    assert sorted(contact["stage"] for contact in mine) == ["casework", "intake"]

    police_record(county, arrest(f"NEW-{LAST}", datetime.now(UTC), "9501 Bench Warrant"))
    await robin.goto(county.url("casework", "/"))
    await until(robin, "on a warrant only")
    await check(robin, "today-with-alert")
    await picture(robin, "today")
    await robin.goto(county.url("casework", f"/participants/{person[1]}"))
    await check(robin, "participant")
    await picture(robin, "participant")

    manager = await at(new_page, county, "metrics", "programme_manager", "/programme")
    await until(manager, "under 11")
    await check(manager, "programme")
    public = await new_page()
    await public.goto(county.url("metrics", "/"))
    await check(public, "public")
    assert LAST not in await public.content()


async def interview(page: Page) -> None:
    await page.get_by_role("link", name=f"Start intake with {NAME}").click()
    await page.get_by_role("button", name="Start intake").click()
    await check(page, "intake-part-1")
    await picture(page, "interview")
    group = page.get_by_role("group", name="Do you have a place to sleep tonight?")
    await group.get_by_role("radio", name="No", exact=True).check()
    await expect(page.locator("#saved")).to_contain_text("You can stop and come back")
    await page.get_by_role("button", name="Part 1 is done").click()
    for section in ("Work and money", "Health", "Alcohol and drugs", "Court and police", "What you want"):
        await page.get_by_role("button", name=f"Save and go to {section}").click()
    await page.get_by_label("What do you want to be different?").fill("A steady kitchen job")
    await page.get_by_role("button", name="Save and go to About you").click()
    await page.get_by_role("button", name="Part 2 is done").click()
    await check(page, "intake-check")
    group = page.get_by_role("group", name="Police who referred you")
    await group.get_by_role("radio", name="Yes", exact=True).check()
    await page.get_by_label(f"Signed by {FIRST}").fill(NAME)
    await page.get_by_role("button", name="Finish intake").click()
    await expect(page.get_by_role("heading", name=f"{FIRST} is in LEAD")).to_be_visible()


async def given_up(page: Page, county: County) -> None:
    for _ in range(60):
        await page.goto(county.url("referral", "/charges"))
        await page.get_by_role("link", name=re.compile("Given up for good")).click()
        if await page.get_by_role("heading", name=LAST).count():
            return
        await page.wait_for_timeout(300)
    raise AssertionError("the held charge was not given up")
