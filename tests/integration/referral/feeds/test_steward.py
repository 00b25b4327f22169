"""A feed of no single agency names one person who may open what it rejected, row by row, for a reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import register, send
from tests.integration.referral.feeds.test_feed_pages import opened, token
from tests.unit.referral.feeds.feed_files import ORI, row, template

pytestmark = pytest.mark.integration

STEWARD = "agency_supervisor"
"""The demo person's subject id."""
OTHERS = [row(case_no=f"K-{number}") for number in range(40)]


async def county(feeds: FeedSide, **more: Any) -> str:
    """A batch of a county-run feed with one rejected row."""
    await register(feeds, "county", "lead_csv", "per-record", **more)
    batch = await send(feeds, "county", template(*OTHERS, row(arrest_date="someday", last="Quetzalcanary")))
    assert batch["rejected"] == 1
    return str(batch["batch_id"])


async def test_a_steward_opens_a_row_only_for_a_reason_and_it_is_recorded(feeds: FeedSide) -> None:
    batch_id = await county(feeds, steward=STEWARD)
    page = f"/feeds/steward/{batch_id}"
    async with feeds.signed_in("agency_supervisor") as http:
        assert page in (await http.get("/feeds/start")).text
        closed = await http.get(page, params={"open": "0", "ask": "0"})
        assert "Why do you open line 42?" in closed.text
        assert "Quetzalcanary" not in closed.text
        assert "Apply this batch" not in closed.text
        csrf = await token(http, f"{page}?ask=0")
        for reason in ("", "   short   ", "x" * 1001):
            short = await http.post(page, data={"csrf": csrf, "number": "0", "reason": reason})
            assert (short.status_code, "Quetzalcanary" in short.text) == (422, False)
        assert await opened(feeds) == []
        reason = "The agency asked where its Fable row went"
        shown = await http.post(page, data={"csrf": csrf, "number": "0", "reason": reason})
        assert (shown.status_code, "Quetzalcanary" in shown.text) == (200, True)
        assert (await http.post(page, data={"csrf": csrf, "number": "7", "reason": reason})).status_code == 404
    (seen,) = await opened(feeds)
    assert seen["fields"] == [f"reject {batch_id} 0", "reason"]
    (kept,) = await feeds.rows("select * from own.reject_opening")
    assert (str(kept["batch_id"]), kept["number"]) == (batch_id, 0)
    opening = feeds.keys.open("TXT", "own.reject_opening.reason", kept["opening_id"], bytes(kept["reason"]))
    assert opening.decode() == reason


async def test_a_steward_sets_rows_aside_that_are_mended_where_they_come_from(feeds: FeedSide) -> None:
    page = f"/feeds/steward/{await county(feeds, steward=STEWARD)}"
    async with feeds.signed_in("county_it") as http:
        assert "1 row waits for its steward" in (await http.get("/feeds")).text
    async with feeds.signed_in("agency_supervisor") as http:
        csrf = await token(http, page)
        assert (await http.post(f"{page}/aside", data={"csrf": csrf})).status_code == 303
        assert "Set aside." in (await http.get(page)).text
    async with feeds.signed_in("county_it") as http:
        assert "Rows to fix</dt><dd>0<" in (await http.get("/feeds")).text


async def test_nobody_else_opens_them(feeds: FeedSide) -> None:
    batch_id = await county(feeds, steward="somebody-else")
    async with feeds.signed_in("agency_supervisor") as http:
        csrf = await token(http, "/feeds/start")
        for page in (f"/feeds/steward/{batch_id}", f"/feeds/own/{batch_id}", f"/feeds/own/{batch_id}/fix"):
            assert (await http.get(page)).status_code == 404
            data = {"csrf": csrf, "number": "0", "reason": "I would like to know"}
            assert (await http.post(page, data=data)).status_code == 404
        assert (await http.post(f"/feeds/steward/{batch_id}/aside", data={"csrf": csrf})).status_code == 404
        assert batch_id not in (await http.get("/feeds/start")).text
        # An agency's own batch is not opened by this way either.
        await register(feeds, "own", "lead_csv", ORI)
        own = await send(feeds, "own", template(*OTHERS, row(arrest_date="someday")))
        assert (await http.get(f"/feeds/steward/{own['batch_id']}")).status_code == 404
    for persona in ("county_it", "officer", "supervisor"):
        async with feeds.signed_in(persona) as http:
            assert (await http.get(f"/feeds/steward/{batch_id}")).status_code == 404


@pytest.mark.parametrize(
    ("steward", "others", "seen"),
    [("agency_supervisor", "agency_supervisor", 1), ("agency_supervisor", "", 0), (None, "", 0), (None, "x", 0)],
)
async def test_the_database_itself_shows_rejected_rows_to_the_steward_alone(
    feeds: FeedSide, steward: str | None, others: str, seen: int
) -> None:
    batch_id = await county(feeds, steward=steward)
    async with feeds.web.connect() as connection:
        await connection.exec_driver_sql("select set_config('lead.scope', $1, true)", (f"agency:{ORI}",))
        await connection.exec_driver_sql("select set_config('lead.steward', $1, true)", (others,))
        rows = await connection.exec_driver_sql(
            "select 1 from own.batch_reject where batch_id = cast($1 as uuid)", (batch_id,)
        )
        assert len(rows.all()) == seen


async def test_a_steward_is_named_for_a_feed_of_no_single_agency_alone_and_kept_by_its_mapping(
    feeds: FeedSide,
) -> None:
    async with feeds.client() as http:
        body = {"agency": ORI, "format": "lead_csv", "steward": STEWARD}
        refused = await http.put("/api/sources/own", json=body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "steward")
        made = await http.put("/api/sources/county", json={**body, "agency": "per-record"})
        assert (made.status_code, made.json()["steward"]) == (201, STEWARD)
        # The registration says all of it: left out, there is none any more. It makes no new version.
        none = await http.put("/api/sources/county", json={"agency": "per-record", "format": "lead_csv"})
        assert (none.json()["steward"], none.json()["mapping_version"]) == (None, 1)
