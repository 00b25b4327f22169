"""What county IT and an agency's supervisor can do on the pages of a batch, and what each may see."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from services.referral.feeds.receiving import PAGE_BYTES
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts
from tests.integration.referral.feeds.test_small_files import file, row

pytestmark = pytest.mark.integration

HEADER = b"case_no,arrest_no,arrest_date,last,first,dob,statute"


def lines(*given: str) -> bytes:
    return b"\n".join([HEADER, *(line.encode() for line in given), b""])


def line(number: int, day: str = "2026-01-03") -> str:
    return f"C{number},1,{day},Sampleton{number},Marlow,1990-05-05,18 3929"


async def token(http: httpx.AsyncClient, page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', (await http.get(page)).text)
    assert found, f"no form on {page}"
    return found[1]


async def press(http: httpx.AsyncClient, page: str, act: str, *, sure: bool = True) -> httpx.Response:
    """Press a button of a page, and say yes when it asks back."""
    data = {"csrf": await token(http, page), "act": act}
    asked = await http.post(page, data=data)
    assert (asked.status_code, "Leave it as it is" in asked.text) == (200, True), asked.text[:300]
    return await http.post(page, data={**data, "sure": "yes"}) if sure else asked


async def upload(http: httpx.AsyncClient, content: bytes, **fields: str) -> httpx.Response:
    data = {"csrf": await token(http, "/feeds/start"), **fields}
    return await http.post("/feeds/start", data=data, files={"file": ("fable.csv", content)})


def batch_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:500]
    return answer.headers["location"].split("?")[0].rsplit("/", 1)[1]


async def opened(feeds: FeedSide) -> list[dict[str, Any]]:
    """What people (not machines) are on record for as having seen of police records."""
    connection: Any = await feeds.administrator(feeds.settings.database_name)
    try:
        rows = await connection.fetch("select * from own.audit where role = 'agency_supervisor' order by at")
        return [dict(one) for one in rows if "POL" in one["reads"]]
    finally:
        await connection.close()


async def test_county_it_applies_a_held_batch_only_after_being_asked_back(feeds: FeedSide) -> None:
    await feeds.register("fable")
    held = await feeds.ingest("fable", file(row(1), row(2, day="Marlow")))
    page = f"/feeds/batches/{held['batch_id']}"
    async with feeds.signed_in("county_it") as http:
        shown = (await http.get(page)).text
        assert "Not applied yet" in shown
        assert "Marlow" not in shown
        assert (await http.post(page, data={"act": "apply", "sure": "yes"})).status_code == 403
        await press(http, page, "apply", sure=False)
        await feeds.work()
        assert (await feeds.batch(held["batch_id"]))["status"] == "held"
        assert (await press(http, page, "apply")).status_code == 303
        await feeds.work()
        batch = await feeds.batch(held["batch_id"])
        assert (batch["status"], counts(batch)) == ("applied", {"accepted": 1, "rejected": 1})
        gone = await http.post(page, data={"csrf": await token(http, page), "act": "discard", "sure": "yes"})
        assert gone.status_code == 409
    async with feeds.signed_in("officer") as http:
        assert (await http.get(page)).status_code == 404


async def test_county_it_discards_and_reads_again(feeds: FeedSide) -> None:
    await feeds.register("fable")
    held = await feeds.ingest("fable", file(row(1), row(2, day="x")))
    page = f"/feeds/batches/{held['batch_id']}"
    async with feeds.signed_in("county_it") as http:
        assert (await press(http, page, "discard")).status_code == 303
        await feeds.work()
        assert (await feeds.batch(held["batch_id"]))["status"] == "refused"
        again = batch_of(await press(http, page, "replay"))
        await feeds.work()
        batch = await feeds.batch(again)
        assert (batch["replay_of"], batch["status"]) == (held["batch_id"], "held")
        assert held["batch_id"] in (await http.get(f"/feeds/batches/{again}")).text


async def test_a_department_with_nothing_gets_from_the_template_to_a_first_accepted_file(feeds: FeedSide) -> None:
    async with feeds.signed_in("agency_supervisor") as http:
        template = await http.get("/feeds/template.csv")
        assert template.headers["content-type"].startswith("text/csv")
        careless = batch_of(await upload(http, template.content))
        await feeds.work()
        assert (await feeds.batch(careless))["rejected"] == 1
        assert "E_FUTURE" in (await http.get(f"/feeds/own/{careless}")).text

        header = template.text.splitlines()[0]
        own = "PAPPD0000,C1,1,2026-01-03,,Sampleton,Marlow,1990-05-05,M,W,,18 3929,,,,,,,"
        first = batch_of(await upload(http, f"{header}\n{own}\n".encode(), source="pappd0000-template"))
        await feeds.work()
        assert (await feeds.batch(first))["status"] == "previewed"
        assert await feeds.outbox() == []
        assert "Nothing is applied yet" in (await http.get(f"/feeds/own/{first}")).text
        assert (await press(http, f"/feeds/own/{first}", "apply")).status_code == 303
        await feeds.work()
        batch = await feeds.batch(first)
    assert (batch["status"], counts(batch)) == ("applied", {"accepted": 1})
    assert len(await feeds.outbox()) == 1


async def test_rejected_rows_are_opened_one_by_one_by_their_agency_alone_and_audited(feeds: FeedSide) -> None:
    await feeds.register("fable", "lead_csv")
    batch = await feeds.ingest("fable", lines(*[line(n) for n in range(1, 9)], line(9, day="someday")))
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        closed = (await http.get(page)).text
        assert "E_DATE" in closed
        assert "Sampleton9" not in closed
        assert await opened(feeds) == []
        assert "Sampleton9" in (await http.get(page, params={"open": "0"})).text
        assert (await http.get(page, params={"open": "77"})).status_code == 200
    (seen,) = await opened(feeds)
    assert seen["fields"] == [f"reject {batch['batch_id']} 0"]
    async with feeds.signed_in("county_it") as http:
        assert (await http.get(page)).status_code == 404
        assert (await http.get(f"{page}/rejects.csv")).status_code == 404
        shown = await http.get(f"/feeds/batches/{batch['batch_id']}", params={"open": "0"})
        assert "Sampleton" not in shown.text


async def test_rejected_rows_are_put_right_and_sent_as_a_linked_batch(feeds: FeedSide) -> None:
    await feeds.register("fable", "lead_csv")
    batch = await feeds.ingest("fable", lines(*[line(n) for n in range(1, 9)], line(9, day="someday")))
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        sheet = await http.get(f"{page}/rejects.csv")
        mended = sheet.text.replace("someday", "2026-01-09").encode()
        linked = batch_of(await upload(http, mended, source="fable", mends=str(batch["batch_id"])))
        await feeds.work()
        assert batch["batch_id"] in (await http.get(f"/feeds/own/{linked}")).text
        await press(http, f"/feeds/own/{linked}", "apply")
        await feeds.work()
    assert counts(await feeds.batch(linked)) == {"accepted": 1}
    (found,) = await feeds.rows(f"select mends from own.batch where batch_id = '{linked}'")
    assert str(found["mends"]) == batch["batch_id"]


async def test_a_few_rows_put_right_are_no_drop_in_volume(feeds: FeedSide) -> None:
    await feeds.register("fable", "lead_csv")
    batch = {}
    for turn in range(9):
        rows = [line(100 * turn + n) for n in range(1, 9)]
        batch = await feeds.ingest("fable", lines(*rows, line(100 * turn + 9, day="someday")))
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        mended = (await http.get(f"{page}/rejects.csv")).text.replace("someday", "2026-01-09").encode()
        linked = batch_of(await upload(http, mended, source="fable", mends=str(batch["batch_id"])))
        await feeds.work()
        await press(http, f"/feeds/own/{linked}", "apply")
        await feeds.work()
    assert not {one["code"] for one in (await feeds.batch(linked))["warnings"]} & {"W_VOLUME"}
    async with feeds.signed_in("county_it") as http:
        assert "Volume drop" not in (await http.get("/feeds")).text


async def test_a_supervisor_reaches_no_other_agencys_feed(feeds: FeedSide) -> None:
    await feeds.register("theirs", "lead_csv", agency="PALEAD025")
    batch = await feeds.ingest("theirs", lines(*[line(n) for n in range(1, 9)], line(9, day="someday")))
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await http.get(page)).status_code == 404
        assert (await http.get(f"{page}/rejects.csv")).status_code == 404
        csrf = await token(http, "/feeds/start")
        assert (await http.post(page, data={"csrf": csrf, "act": "replay", "sure": "yes"})).status_code == 404
        assert "theirs" not in (await http.get("/feeds/start")).text
        assert (await upload(http, lines(line(1)), source="theirs")).status_code == 422
        assert (await upload(http, lines(line(1)), mends=str(batch["batch_id"]))).status_code == 404
    assert len(await feeds.rows("select 1 from own.batch")) == 1


async def test_a_page_takes_no_empty_file_and_none_over_its_limit(feeds: FeedSide) -> None:
    async with feeds.signed_in("agency_supervisor") as http:
        assert "is empty" in (await upload(http, b"")).text
        assert "over 25 MiB" in (await upload(http, b"x" * (PAGE_BYTES + 1))).text
        assert (await upload(http, b"x" * (PAGE_BYTES + 1024 * 1024))).status_code == 413
    for table in ("batch", "batch_part", "feed_source"):
        assert await feeds.rows(f"select 1 from own.{table}") == [], table
    async with feeds.signed_in("officer") as http:
        assert (await http.get("/feeds/start")).status_code == 404
