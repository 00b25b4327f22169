"""The feed console in a browser: clean at both widths, empty, working and with everything wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import expect

from shared.runtime.settings import Settings
from tests.browser.harness.eyes import check
from tests.browser.harness.fixtures import NewPage, sign_in
from tests.browser.harness.serving import serving
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import register
from tests.integration.referral.feeds.test_small_files import file, row
from tests.integration.stack import Stack
from tests.unit.referral.feeds.feed_files import row as one_row
from tests.unit.referral.feeds.feed_files import template

Fresh = Callable[[str], Awaitable[Settings]]


@pytest.fixture
async def feeds(stack: Stack, fresh_database: Fresh) -> AsyncIterator[FeedSide]:
    running = FeedSide(await fresh_database("referral"), stack.administrator)
    yield running
    await running.close()


async def test_county_it_sees_every_feed_worst_first(feeds: FeedSide, new_page: NewPage) -> None:
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "county_it")
        await page.goto(base + "/feeds")
        await check(page, "feeds empty")
        await feeds.register("fable-quiet")
        await feeds.register("fable-good")
        await feeds.ingest("fable-good", file(*[row(n) for n in range(1, 9)]))
        await feeds.register("fable-bad")
        await feeds.ingest("fable-bad", file(row(1), row(2, day="x")))
        await page.reload()
        table = page.get_by_role("table", name="Registered feeds")
        await expect(table.get_by_role("row").nth(1)).to_contain_text("fable-bad")
        await expect(table.get_by_role("row").nth(1)).to_contain_text("Held")
        await expect(table.get_by_role("row").filter(has_text="fable-good")).to_contain_text("Working")
        await check(page, "feeds")
        await page.get_by_role("link", name="Need attention 2").click()
        await expect(table.get_by_role("row").filter(has_text="fable-good")).to_have_count(0)
        await check(page, "feeds attention")
        await page.get_by_role("link", name="All 3").click()
        await page.get_by_role("link", name="History of fable-bad").click()
        await expect(page.get_by_role("table", name="Batches of this feed")).to_contain_text("Held")
        await check(page, "feed history")


async def test_a_feeds_delay_is_drawn_and_said(feeds: FeedSide, new_page: NewPage) -> None:
    await feeds.register("fable-late")
    connection = await feeds.administrator(feeds.settings.database_name)
    try:
        for turn in range(5):
            await feeds.ingest("fable-late", file(*[row(n) for n in range(10 * turn + 1, 10 * turn + 9)]))
            days = 1 if turn < 4 else 5
            await connection.execute(f"update own.batch set received_at = received_at - interval '{days} days'")
    finally:
        await connection.close()
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "county_it")
        await page.goto(base + "/feeds")
        await expect(
            page.get_by_role("img", name="now 5 days, longest 24 hours, agreed at most 2 days")
        ).to_be_visible()
        await expect(page.get_by_text("One feed is late.")).to_be_visible()
        await check(page, "feeds late")


async def test_county_it_decides_about_a_held_batch(feeds: FeedSide, new_page: NewPage) -> None:
    await feeds.register("fable")
    await feeds.ingest("fable", file(row(1), row(2, day="x")))
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "county_it")
        await page.goto(base + "/feeds")
        await page.get_by_role("link", name="Last batch of fable").click()
        await check(page, "feed batch held")
        await page.get_by_role("button", name="Apply this batch").click()
        await expect(page.get_by_role("region", name="Apply this batch?")).to_be_focused()
        await check(page, "feed batch asks back")
        await page.get_by_role("button", name="Yes: apply this batch").click()
        await expect(page.get_by_text("it is applied within seconds")).to_be_visible()
        await feeds.work()
        await page.reload()
        await check(page, "feed batch applied")


async def test_a_small_department_sends_its_first_file_and_mends_a_row(feeds: FeedSide, new_page: NewPage) -> None:
    sheet = b"case_no,arrest_no,arrest_date,last,first,dob,statute\n" + b"".join(
        f"C{n},1,{'someday' if n == 9 else '2026-01-03'},Sampleton{n},Marlow,1990-05-05,18 3929\n".encode()
        for n in range(1, 10)
    )
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "agency_supervisor")
        await page.goto(base + "/feeds/start")
        await check(page, "feeds start")
        await page.get_by_role("button", name="Send file").click()
        await expect(page.get_by_role("alert").filter(has_text="Choose the file to send")).to_be_visible()
        await check(page, "feeds start error")
        await page.get_by_label("Your file").set_input_files(
            {"name": "fable.csv", "mimeType": "text/csv", "buffer": sheet}
        )
        await page.get_by_role("button", name="Send file").click()
        await expect(page.get_by_text("Your file came.")).to_be_visible()
        await feeds.work()
        await page.reload()
        await check(page, "own batch previewed")
        await page.get_by_role("link", name="Open line 10").click()
        await expect(page.get_by_text("Sampleton9")).to_be_visible()
        await check(page, "own batch row opened")
        await page.get_by_role("button", name="Apply this batch").click()
        await page.get_by_role("button", name="Yes: apply this batch").click()
        await feeds.work()
        await page.goto(base + "/feeds/start")
        await expect(page.get_by_role("table", name="Newest batches")).to_contain_text("Applied")
        await check(page, "feeds start with batches")


async def test_a_department_maps_its_own_table(feeds: FeedSide, new_page: NewPage) -> None:
    table = b"Arrest No,Arrest Date,Last Name,First Name,DOB,Race,Charge,Remarks\n" + b"".join(
        f"{n},{day},Sampleton,Marlow,5/17/1990,Fablean,3929 Retail Theft,x\n".encode()
        for n, day in enumerate(["1/1/2026"] * 3 + ["someday"] + ["1/9/2026"] * 5)
    )
    export = {"name": "export.csv", "mimeType": "text/csv", "buffer": table}
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "agency_supervisor")
        await page.goto(base + "/feeds/start")
        await page.get_by_role("link", name="Map its columns instead").click()
        await check(page, "map a table empty")
        await page.get_by_label("Name of the feed").fill("Fable RMS")
        await page.get_by_role("button", name="Show its columns").click()
        await expect(page.get_by_role("alert").filter(has_text="small letters")).to_be_visible()
        await check(page, "map a table error")
        await page.get_by_label("Name of the feed").fill("fable-rms")
        await page.get_by_label("The file").set_input_files(export)
        await page.get_by_role("button", name="Show its columns").click()
        await expect(page.get_by_role("group", name="Last Name").get_by_label("Is")).to_have_value("person.last")
        await check(page, "mapping proposed")
        await page.get_by_role("button", name="Try it on the file").click()
        await expect(page.get_by_role("region", name="What becomes of its 9 rows")).to_be_focused()
        await expect(page.get_by_role("table", name="Why rows are rejected")).to_contain_text("E_DATE")
        await page.get_by_role("group", name="Race").get_by_label("Fablean").select_option("W")
        await check(page, "mapping tried")
        await page.get_by_role("button", name="Try it again").click()
        await page.get_by_role("button", name="Register as version 1").click()
        await expect(page.get_by_role("status").filter(has_text="Version 1 is in use")).to_be_visible()
        await check(page, "mapping registered")
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "county_it")
        await page.goto(base + "/feeds")
        await page.get_by_role("link", name="Map a table").click()
        await page.get_by_role("link", name="fable-rms").click()
        await page.get_by_label("A file of the feed").set_input_files(export)
        await page.get_by_role("button", name="Show its columns").click()
        await page.get_by_role("button", name="Try it on the file").click()
        await expect(page.get_by_role("table", name="The first arrests")).to_contain_text("aaaaaaaaa, aaaaaa")
        await expect(page.get_by_text("Sampleton")).to_have_count(0)
        await check(page, "mapping tried by county it")


async def test_a_supervisor_fixes_a_cause_and_sees_it_applied(feeds: FeedSide, new_page: NewPage) -> None:
    await feeds.register("fable", "lead_csv")
    sheet = b"case_no,arrest_no,arrest_date,last,first,dob,statute\n" + b"".join(
        f"C{n},1,{'31/1/2026' if n > 38 else '2026-01-03'},Sampleton{n},Marlow,1990-05-05,{s}\n".encode()
        for n in range(1, 41)
        for s in (["18 3929", "18 5503"] if n == 40 else ["18 3929"])
    )
    await feeds.ingest("fable", sheet + b"C41,1,2026-01-03,Sampleton41,Marlow,41/41/1990,18 3929\n")
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "agency_supervisor")
        await page.goto(base + "/feeds/start")
        await page.get_by_role("link", name="rows to fix of fable").click()
        await check(page, "rows to fix")
        value = page.get_by_label("Change arrest_date “31/1/2026” to")
        await expect(value).to_have_value("1/31/2026")
        await value.fill("31/31/2026")
        await page.get_by_role("button", name="Fix and send 3").click()
        await expect(page.get_by_role("alert").filter(has_text="It would stop again")).to_be_visible()
        await check(page, "rows to fix error")
        await page.get_by_label("Change arrest_date").fill("1/31/2026")
        await page.get_by_role("button", name="Fix and send 3").click()
        await expect(page.get_by_role("status").filter(has_text="Sent again")).to_be_focused()
        await feeds.work()
        await page.reload()
        await expect(page.get_by_role("table", name="Rows that were sent again")).to_contain_text("applied")
        await check(page, "rows to fix fixed")
        await page.get_by_role("link", name="Open and fix").click()
        await check(page, "row to fix opened")
        await page.get_by_label("dob").fill("1990-04-01")
        await page.get_by_role("button", name="Fix and send 1 row").click()
        await expect(page.get_by_text("No row waits for you")).to_be_visible()
        await check(page, "no row to fix")


async def test_a_steward_opens_a_row_for_a_reason(feeds: FeedSide, new_page: NewPage) -> None:
    await register(feeds, "county", "lead_csv", "per-record", steward="agency_supervisor")
    lines = [one_row(case_no=f"K-{number}") for number in range(9)]
    await feeds.ingest("county", template(*lines, one_row(arrest_date="someday", last="Sampleton9")))
    async with serving(feeds.app) as base:
        page = await new_page()
        await sign_in(page, base, "agency_supervisor")
        await page.goto(base + "/feeds/start")
        await check(page, "feeds start of a steward")
        await page.get_by_role("table", name="steward of").get_by_role("link").click()
        await page.get_by_role("link", name="Open line 11").click()
        await check(page, "steward asked why")
        await page.get_by_role("button", name="Open line 11").click()
        await expect(page.get_by_role("alert").filter(has_text="Not opened.")).to_be_visible()
        await check(page, "steward without a reason")
        await page.get_by_label("Why do you open line 11?").fill("The agency asked where its row went")
        await page.get_by_role("button", name="Open line 11").click()
        await expect(page.get_by_text("Sampleton9")).to_be_visible()
        await check(page, "steward opened")
