"""A stolen key's files are taken back with what was put right in them, and say nothing of any day any more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.referral.arrests.test_void_keys import done, send_file, void
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send, warnings
from tests.integration.referral.feeds.test_declared import JANUARY
from tests.integration.referral.feeds.test_feed_pages import batch_of, token, upload
from tests.integration.referral.feeds.test_fixing_rows import OTHERS, causes, fix, linked
from tests.integration.referral.feeds.test_order import states
from tests.unit.referral.feeds.feed_files import ORI, row, template

pytestmark = pytest.mark.integration

BAD = row(case_no="B-1", arrest_date="someday")


@pytest.fixture
async def stolen(feeds: FeedSide) -> str:
    """A key of an agency whose feed is `fable`."""
    await register(feeds, "fable", "lead_csv", ORI)
    return await feeds.key(ORI)


async def send_window(feeds: FeedSide, key: str, content: bytes) -> None:
    async with feeds.client(key) as http:
        answer = await http.post("/api/sources/fable/files", content=content, params=JANUARY)
    assert answer.status_code in (200, 202), answer.text
    await feeds.work()


async def test_a_window_that_was_taken_back_keeps_no_older_record_out(feeds: FeedSide, stolen: str) -> None:
    bad = [row(case_no=f"B-{n}", arrest_date="someday") for n in range(3)]
    held = await send(feeds, "fable", template(row(case_no="G-1"), row(case_no="G-2"), *bad))
    assert held["status"] == "held"
    await send_window(feeds, stolen, template(row(case_no="F-1")))
    assert done(await void(feeds, stolen)) == {"batches": 1, "arrests_voided": 1}
    assert counts(await decide(feeds, held, "apply")) == {"accepted": 2, "rejected": 3}


async def test_what_the_key_repeated_is_as_old_again_as_who_said_it_before(feeds: FeedSide, stolen: str) -> None:
    await send(feeds, "fable", template(row(case_no="G-1", description="Theft of a sign"), row(case_no="G-2")))
    news = row(case_no="G-1", description="Theft of two signs")
    held = await send(feeds, "fable", template(news, BAD))
    assert held["status"] == "held"
    await send_file(feeds, stolen, "fable", template(row(case_no="G-1", description="Theft of a sign")))
    await void(feeds, stolen, dry_run=True)
    (before,) = await feeds.rows("select count(distinct content_at) as n from own.arrest")
    assert before["n"] == 2
    await void(feeds, stolen)
    assert counts(await decide(feeds, held, "apply")) == {"replaced": 1, "rejected": 1}


async def test_a_use_that_the_key_repeated_is_as_old_again_as_who_said_it_before(feeds: FeedSide) -> None:
    stolen = await feeds.key(ORI)
    await register(feeds, "jail", "utilization_csv", ORI)
    header = "record_no,last,first,dob,sector,from,to,units,unit"
    use = "J1,Sampleton,Marlow,5/17/1990,jail,1/3/2024,,{},day"
    await send(feeds, "jail", f"{header}\n{use.format(1)}\n".encode())
    held = await send(feeds, "jail", f"{header}\n{use.format(2)}\nJ2,,,,,never,,,\n".encode())
    assert held["status"] == "held"
    await send_file(feeds, stolen, "jail", f"{header}\n{use.format(1)}\n\n".encode())
    await void(feeds, stolen)
    assert counts(await decide(feeds, held, "apply")) == {"replaced": 1, "rejected": 1}


async def test_what_the_key_repeated_stays_new_if_a_good_file_read_again_says_it(feeds: FeedSide, stolen: str) -> None:
    """A key that had a good file read again gave its content no age of its own."""
    good = template(row(case_no="G-1"), row(case_no="G-2"))
    await send(feeds, "fable", good)
    newer = await send(feeds, "fable", good + b"\n")
    async with feeds.client(stolen) as http:
        assert (await http.post(f"/api/batches/{newer['batch_id']}/replay")).status_code == 202
    await feeds.work()
    before = await feeds.rows("select arrest_id, content_at from own.arrest order by 1")
    await void(feeds, stolen)
    assert await feeds.rows("select arrest_id, content_at from own.arrest order by 1") == before


async def test_what_was_taken_back_says_nothing_of_the_usual_volume(feeds: FeedSide, stolen: str) -> None:
    for day in range(8):
        await send(feeds, "fable", template(*[row(case_no=f"G{day}-{n}") for n in range(4)]))
    for day in range(8):
        await send_file(feeds, stolen, "fable", template(*[row(case_no=f"F{day}-{n}") for n in range(20)]))
    await void(feeds, stolen)
    assert warnings(await send(feeds, "fable", template(*[row(case_no=f"H-{n}") for n in range(4)]))) == {}


async def test_rows_of_a_file_that_was_taken_back_are_nobodys_task(feeds: FeedSide, stolen: str) -> None:
    batch_id = await send_file(feeds, stolen, "fable", template(*OTHERS, BAD))
    page = f"/feeds/own/{batch_id}"
    async with feeds.signed_in("agency_supervisor") as http:
        fields = (await causes(http, page))["someday"]
        await void(feeds, stolen)
        answer = await http.post(f"{page}/fix", data={**fields, "value": "1/3/2024", "act": "send"})
        assert answer.status_code == 404
        shown = (await http.get(f"{page}/fix")).text
        assert "taken back" in shown
        assert "aside-all" not in shown
        assert "rows to fix" not in (await http.get("/feeds/start")).text
        whole = (await http.get(page)).text
        assert "Read the file again" not in whole
        assert 'name="mends"' not in whole
        # A page that was open before says so still: the file is a delivery of its own.
        mine = batch_of(await upload(http, template(row(case_no="B-1")), source="fable", mends=batch_id))
        again = {"csrf": await token(http, page), "act": "replay", "sure": "yes"}
        assert (await http.post(page, data=again)).status_code == 409
    async with feeds.client() as http:
        refused = await http.post(f"/api/batches/{batch_id}/replay")
    assert (refused.status_code, "taken back" in refused.text) == (409, True)
    assert await linked(feeds, page) == []
    assert (await feeds.batch(mine)).get("mends") is None


async def test_rows_put_right_of_a_file_of_the_key_are_taken_back_with_it(feeds: FeedSide, stolen: str) -> None:
    page = f"/feeds/own/{await send_file(feeds, stolen, 'fable', template(*OTHERS, BAD))}"
    async with feeds.signed_in("agency_supervisor") as http:
        await fix(http, page, "someday", "1/3/2024")
        await feeds.work()
    assert done(await void(feeds, stolen)) == {"batches": 2, "arrests_voided": 41}
    assert await states(feeds) == {"void": 41}
    assert done(await void(feeds, stolen)) == {}


async def test_rows_put_right_after_the_window_stay_and_are_listed(feeds: FeedSide, stolen: str) -> None:
    page = f"/feeds/own/{await send_file(feeds, stolen, 'fable', template(*OTHERS, BAD))}"
    until = datetime.now(UTC).isoformat()
    async with feeds.signed_in("agency_supervisor") as http:
        await fix(http, page, "someday", "1/3/2024")
        await feeds.work()
    (mended,) = await linked(feeds, page)
    answer = await void(feeds, stolen, until=until)
    assert done(answer) == {"batches": 1, "arrests_voided": 40}
    assert [(one["batch_id"], "put right" in one["why"]) for one in answer["listed"]] == [(mended["batch_id"], True)]
    assert await states(feeds) == {"live": 1, "void": 40}
