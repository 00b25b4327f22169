"""Rejected rows are put right in the page: by what stopped them or one by one, an arrest whole, nothing twice."""

from __future__ import annotations

import asyncio
import html
import re
from typing import Any

import httpx
import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register, send
from tests.integration.referral.feeds.test_feed_pages import batch_of, opened, press, token, upload
from tests.unit.referral.feeds.feed_files import ORI, TEMPLATE, row, sheet_xml, template, workbook
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration

OTHERS = [row(case_no=f"K-{number}") for number in range(40)]
FORM = re.compile(
    r'<form id="f-(v-[0-9a-f]+)".*?name="cause" value="([^"]+)".*?name="first" value="([^"]+)"', re.DOTALL
)


async def rejected(feeds: FeedSide, *rows: str, format: str = "lead_csv", content: bytes | None = None) -> str:
    """The page of a batch of the agency in which these rows were rejected."""
    await register(feeds, "fable", format, ORI)
    batch = await send(feeds, "fable", content or template(*OTHERS, *rows))
    assert batch["status"] == "applied", batch
    return f"/feeds/own/{batch['batch_id']}"


async def causes(http: httpx.AsyncClient, page: str) -> dict[str, dict[str, str]]:
    """The causes on the page: what came -> the fields of its form."""
    text = (await http.get(f"{page}/fix")).text
    csrf = await token(http, f"{page}/fix")
    found = {}
    for part in text.split('<tr role="row">')[1:]:
        if form := FORM.search(part):
            came = re.search(r'<code class="came">(.*?)</code>', part)
            found[html.unescape(came[1]) if came else ""] = {"csrf": csrf, "cause": form[2], "first": form[3]}
    return found


async def fix(http: httpx.AsyncClient, page: str, came: str, value: str, **more: str) -> httpx.Response:
    fields = (await causes(http, page))[came]
    return await http.post(f"{page}/fix", data={**fields, "value": value, "act": "send", **more})


async def linked(feeds: FeedSide, page: str) -> list[dict[str, Any]]:
    """The batches that mend the one of a page, the oldest first."""
    of = page.rsplit("/", 1)[1]
    rows = await feeds.rows(f"select batch_id from own.batch where mends = '{of}' order by batch_id")
    return [await feeds.batch(str(one["batch_id"])) for one in rows]


async def test_a_cause_is_fixed_once_and_every_row_like_it_is_sent_again(feeds: FeedSide) -> None:
    bad = [row(case_no=f"B-{n}", arrest_date="31/10/2025", last=f"Quetzal{n}") for n in range(7)]
    page = await rejected(feeds, *bad, row(case_no="B-9", arrest_date=""))
    before = await feeds.everything("own.batch_reject")
    async with feeds.signed_in("agency_supervisor") as http:
        shown = (await http.get(f"{page}/fix")).text
        assert "There is no month 31" in shown
        assert 'value="10/31/2025"' in shown
        assert "Fix and send 7" in shown
        assert "Quetzal" not in shown
        assert "(empty)" in shown
        sent = await fix(http, page, "31/10/2025", "10/31/2025")
        assert sent.headers["location"] == f"{page}/fix?done=sent"
        await feeds.work()
        after = (await http.get(f"{page}/fix")).text
        assert "1 row to fix" in after
        assert "Sergeant Avery Standin" in after
        assert "Sent again" in (await http.get(page)).text
        assert re.search(r"\D1<span class=\"usa-sr-only\"> rows to fix", (await http.get("/feeds/start")).text)
    (batch,) = await linked(feeds, page)
    assert (batch["status"], counts(batch)) == ("applied", {"accepted": 7})
    assert {fact["arrested_at"][:10] for fact in (await feeds.outbox())[-7:]} == {"2025-10-31"}
    # The original row never changes.
    assert await feeds.everything("own.batch_reject") == before
    for text in await feeds.everything("own.reject_fix"):
        assert "2025" not in text


async def test_a_value_that_would_stop_again_is_told_and_nothing_is_sent(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1", arrest_date="someday"))
    async with feeds.signed_in("agency_supervisor") as http:
        for value, said in (
            ("13/13/2025", "It would stop again."),
            ("someday", "This is what came."),
            ("1/1/2199", "It would stop again. It lies in the future."),
        ):
            answer = await fix(http, page, "someday", value)
            assert (answer.status_code, said in answer.text, f'value="{value}"' in answer.text) == (422, True, True)
    assert await linked(feeds, page) == []
    assert await feeds.rows("select 1 from own.reject_fix") == []


async def test_a_second_press_of_the_button_makes_no_second_batch(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1", arrest_date="someday"))
    async with feeds.signed_in("agency_supervisor") as http:
        fields = (await causes(http, page))["someday"]
        data = {**fields, "value": "1/3/2024", "act": "send"}
        assert (await http.post(f"{page}/fix", data=data)).headers["location"].endswith("done=sent")
        assert (await http.post(f"{page}/fix", data=data)).headers["location"].endswith("done=known")
        assert (await http.post(f"{page}/fix", data={**data, "cause": "x", "first": "99"})).status_code == 409
        await feeds.work()
    assert len(await linked(feeds, page)) == 1


@pytest.mark.parametrize("apart", [True, False])
async def test_a_fix_of_the_bad_row_brings_the_whole_arrest_in(feeds: FeedSide, apart: bool) -> None:
    lines = [row(case_no="B-1", statute="2701"), row(case_no="B-1", statute="5503", arrest_date="someday")]
    await register(feeds, "fable", "lead_csv", ORI)
    third = row(case_no="B-1", statute="3304")
    rows = [lines[0], *OTHERS, lines[1], third] if apart else [*OTHERS, *lines, third]
    batch = await send(feeds, "fable", template(*rows))
    assert counts(batch) == {"accepted": 40, "rejected": 3}
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        assert "2 further rows of the same arrests go with it" in (await http.get(f"{page}/fix")).text
        await fix(http, page, "someday", "1/3/2024")
        await feeds.work()
        assert "No row waits for you" in (await http.get(f"{page}/fix")).text
    (mended,) = await linked(feeds, page)
    assert counts(mended) == {"accepted": 1, "other": 2}
    assert [charge["section"] for charge in (await feeds.outbox())[-1]["charges"]] == ["2701", "5503", "3304"]


async def test_an_arrest_with_two_faults_waits_for_both_and_is_fixed_on_its_own_page(feeds: FeedSide) -> None:
    two = [row(case_no="B-1", arrest_date="someday"), row(case_no="B-1", statute="5503", offered="x", zone="x" * 20)]
    page = await rejected(feeds, *two, row(case_no="B-2", arrest_date="someday"))
    async with feeds.signed_in("agency_supervisor") as http:
        shown = (await http.get(f"{page}/fix")).text
        assert "1 row waits for another row of the same arrest" in shown
        assert "Fix and send 1" in shown
        assert (await fix(http, page, "someday", "1/3/2024")).headers["location"].endswith("done=partly")
        await feeds.work()
        assert [counts(one) for one in await linked(feeds, page)] == [{"accepted": 1}]
        where = re.search(rf'href="({page}/rows/\d+)"', (await http.get(f"{page}/fix")).text)
        assert where
        form = await grid(http, where[1])
        assert len(form) > 19
        date, zone = (next(name for name, value in form.items() if value == v) for v in ("someday", "x" * 20))
        wrong = await http.post(where[1], data={**form, date: "1/3/2024"})
        assert (wrong.status_code, f'id="{zone}-error"' in wrong.text) == (422, True)
        sent = await http.post(where[1], data={**form, date: "1/3/2024", zone: "2"})
        assert sent.status_code == 303, sent.text
        again = await http.post(where[1], data={**form, date: "1/3/2024", zone: "2"})
        assert again.headers["location"].endswith("done=known")
        await feeds.work()
    assert [counts(one) for one in await linked(feeds, page)] == [{"accepted": 1}, {"accepted": 1, "other": 1}]


async def grid(http: httpx.AsyncClient, page: str) -> dict[str, str]:
    """The fields of an opened arrest as they stand."""
    text = (await http.get(page)).text
    found = re.findall(r'id="[^"]+" name="(c-[^"]+)" type="text" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in found} | {"csrf": await token(http, page)}


async def test_a_row_of_the_wrong_width_is_put_right_in_the_grid_with_its_arrest(feeds: FeedSide) -> None:
    page = await rejected(
        feeds, row(case_no="B-1", description="Disorderly, Conduct"), row(case_no="B-1", statute="2701")
    )
    async with feeds.signed_in("agency_supervisor") as http:
        assert "more or fewer cells" in (await http.get(f"{page}/fix")).text
        where = f"{page}/rows/0"
        form = await grid(http, where)
        right = row(case_no="B-1", description="Disorderly Conduct").split(",")
        fields = {name: right[int(name.split("-")[2])] for name in form if name.startswith("c-0-")}
        answer = await http.post(where, data={**form, **fields})
        assert answer.status_code == 303, answer.text
        await feeds.work()
    (mended,) = await linked(feeds, page)
    assert counts(mended) == {"accepted": 1, "other": 1}


async def test_rows_that_differ_in_person_are_told_apart_in_the_grid_and_wait_for_a_word(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1"), row(case_no="B-1", last="Else"))
    async with feeds.signed_in("agency_supervisor") as http:
        form = await grid(http, f"{page}/rows/0")
        assert (await http.post(f"{page}/rows/0", data={**form, "c-1-2": "2"})).status_code == 303
        await feeds.work()
        (mended,) = await linked(feeds, page)
        # The number names the record: somebody looks at the counts before it is applied.
        assert mended["status"] == "previewed"
        await press(http, f"/feeds/own/{mended['batch_id']}", "apply")
        await feeds.work()
    (mended,) = await linked(feeds, page)
    assert counts(mended) == {"accepted": 2}


async def test_what_may_tell_who_somebody_is_shows_when_its_row_is_opened_and_is_recorded(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1", dob="41/41/1990", last="Quetzalcanary"))
    async with feeds.signed_in("agency_supervisor") as http:
        shown = (await http.get(f"{page}/fix")).text
        assert "99/99/9999" in shown
        assert not re.search("Quetzalcanary|41/41", shown)
        number = (await causes(http, page))["99/99/9999"]["first"]
        assert (await fix(http, page, "99/99/9999", "1/4/1990")).status_code == 422
        opening = await http.get(f"{page}/rows/{number}")
        assert "Quetzalcanary" in opening.text
    batch = page.rsplit("/", 1)[1]
    assert f"reject {batch} {number}" in [name for one in await opened(feeds) for name in one["fields"]]
    async with feeds.signed_in("county_it") as http:
        for at in (f"{page}/fix", f"{page}/rows/{number}"):
            assert (await http.get(at)).status_code == 404
        for at in ("/feeds", f"/feeds/batches/{batch}"):
            assert "Quetzal" not in (await http.get(at)).text
    await register(feeds, "theirs", "lead_csv", "PALEAD025")
    theirs = await send(feeds, "theirs", template(*[one.replace(ORI, "PALEAD025") for one in OTHERS], "x"))
    async with feeds.signed_in("agency_supervisor") as http:
        csrf = await token(http, "/feeds/start")
        for at in (f"/feeds/own/{theirs['batch_id']}/fix", f"/feeds/own/{theirs['batch_id']}/rows/0"):
            assert (await http.get(at)).status_code == 404
            assert (await http.post(at, data={"csrf": csrf})).status_code == 404


async def test_a_fix_that_was_discarded_is_to_fix_again_and_can_be_sent_again(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1"), row(case_no="B-1", last="Else"))
    async with feeds.signed_in("agency_supervisor") as http:
        form = await grid(http, f"{page}/rows/0")
        await http.post(f"{page}/rows/0", data={**form, "c-1-2": "2"})
        await feeds.work()
        (mended,) = await linked(feeds, page)
        await press(http, f"/feeds/own/{mended['batch_id']}", "discard")
        await feeds.work()
        assert "2 rows to fix" in (await http.get(f"{page}/fix")).text
        assert (await http.post(f"{page}/rows/0", data={**form, "c-1-2": "2"})).status_code == 303
        await feeds.work()
        again = (await linked(feeds, page))[-1]
        assert (again["replay_of"], again["status"]) == (mended["batch_id"], "previewed")
        assert "No row waits for you" in (await http.get(f"{page}/fix")).text


async def test_rows_are_set_aside_with_their_whole_arrest(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1", arrest_date="someday"), row(case_no="B-1", statute="2701"))
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await fix(http, page, "someday", "", act="aside")).headers["location"].endswith("done=aside")
        assert "No row waits for you" in (await http.get(f"{page}/fix")).text
    assert await linked(feeds, page) == []
    assert len(await feeds.rows("select 1 from own.reject_fix where fixed_in is null")) == 2


async def test_two_presses_at_the_same_moment_make_one_batch(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1", arrest_date="someday"))
    async with feeds.signed_in("agency_supervisor") as http:
        data = {**(await causes(http, page))["someday"], "value": "1/3/2024", "act": "send"}
        both = await asyncio.gather(*[http.post(f"{page}/fix", data=data) for _ in range(2)])
        assert {one.status_code for one in both} == {303}
        await feeds.work()
    (mended,) = await linked(feeds, page)
    assert counts(mended) == {"accepted": 1}


async def test_rows_of_a_batch_that_nobody_let_through_wait_for_a_word_too(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", ORI)
    async with feeds.signed_in("agency_supervisor") as http:
        content = template(*OTHERS, row(case_no="B-1", arrest_date="someday"))
        page = f"/feeds/own/{batch_of(await upload(http, content, source='fable'))}"
        await feeds.work()
        answer = await fix(http, page, "someday", "1/3/2024")
        await feeds.work()
        assert "look at the counts, then apply it" in (await http.get(answer.headers["location"])).text
    (mended,) = await linked(feeds, page)
    assert mended["status"] == "previewed"
    assert await feeds.outbox() == []


async def test_rows_of_a_workbook_are_fixed_alike(feeds: FeedSide) -> None:
    lines = [TEMPLATE, *OTHERS, row(case_no="B-1", arrest_date="someday", description="Retail; Theft")]
    page = await rejected(feeds, content=workbook(sheet_xml(line.split(",") for line in lines)))
    async with feeds.signed_in("agency_supervisor") as http:
        assert (await fix(http, page, "someday", "1/3/2024")).status_code == 303
        await feeds.work()
    (mended,) = await linked(feeds, page)
    assert (mended["status"], counts(mended)) == ("applied", {"accepted": 1})


async def test_rows_of_a_file_that_is_no_table_are_set_aside(feeds: FeedSide) -> None:
    lines = [level7(f"K{number}", ori=ORI) for number in range(10)]
    page = await rejected(feeds, format="nibrs_flat", content=flat(*lines, level7("A1", kind="?", ori=ORI)))
    async with feeds.signed_in("agency_supervisor") as http:
        assert "not fixed here" in (await http.get(f"{page}/fix")).text
        data = {"csrf": await token(http, f"{page}/fix"), "act": "aside-all"}
        assert (await http.post(f"{page}/fix", data=data)).status_code == 303
        assert "Set its one row aside" not in (await http.get(f"{page}/fix")).text
    assert len(await feeds.rows("select 1 from own.reject_fix")) == 1


async def test_rows_that_came_back_in_a_corrected_file_are_not_to_fix_any_more(feeds: FeedSide) -> None:
    page = await rejected(feeds, row(case_no="B-1", arrest_date="someday"), row(case_no="B-2", arrest_date="later"))
    async with feeds.signed_in("agency_supervisor") as http:
        sheet = (await http.get(f"{page}/rejects.csv")).text.replace("someday", "1/3/2024")
        kept = "\n".join(line for line in sheet.splitlines() if "later" not in line)
        batch_of(await upload(http, f"{kept}\n".encode(), source="fable", mends=page.rsplit("/", 1)[1]))
        await feeds.work()
        shown = (await http.get(f"{page}/fix")).text
        assert "1 row to fix" in shown
        assert "someday" not in shown


MAPPED = {
    "key": ["Number"],
    "columns": {"When": "arrested_at", "Age": "person.age", "Charge": "charge.text", "Do": "action"},
    "header_line": 2,
}


@pytest.mark.parametrize("empty", ["", ",,,,,,,,"])
async def test_rejected_rows_come_under_a_header_where_their_source_looks_for_it(feeds: FeedSide, empty: str) -> None:
    """Also when a spreadsheet saved them, which writes an empty line as delimiters."""
    await register(feeds, "fable", "mapped_csv", ORI, mapping={**MAPPED, "header_line": 3})
    fine = [f"{n},1/3/2024,30,3929 Retail Theft,record" for n in range(9)]
    file = "\n".join(["Fable export", "of today", "Number,When,Age,Charge,Do", *fine, "91,someday,30,3929,record", ""])
    batch = await send(feeds, "fable", file.encode())
    assert counts(batch) == {"accepted": 9, "rejected": 1}
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        sheet = (await http.get(f"{page}/rejects.csv")).text
        assert sheet.splitlines()[2].startswith("Number,When,Age")
        assert sheet.startswith("\r\n\r\n")
        mended = sheet.replace("someday", "1/3/2024").replace("\r\n\r\n", f"{empty}\r\n{empty}\r\n", 1).encode()
        again = batch_of(await upload(http, mended, source="fable", mends=str(batch["batch_id"])))
        await feeds.work()
        shown = (await http.get(f"{page}/fix")).text
    found = await feeds.batch(again)
    assert (found["status"], found["rows"], found["rejected"]) == ("previewed", 1, 0)
    assert "row to fix" not in shown


async def test_a_code_is_remembered_in_a_new_version_of_the_mapping(feeds: FeedSide) -> None:
    await register(feeds, "fable", "mapped_csv", ORI, mapping=MAPPED)
    fine = [f"{n},1/3/2024,30,3929 Retail Theft,record" for n in range(20)]
    file = "\n".join(
        ["Fable export", "Number,When,Age,Charge,Do", *fine, "91,1/3/2024,30,3929,NEU", "92,1/3/2024,31,3929,NEU", ""]
    )
    batch = await send(feeds, "fable", file.encode())
    assert counts(batch) == {"accepted": 20, "rejected": 2}
    page = f"/feeds/own/{batch['batch_id']}"
    async with feeds.signed_in("agency_supervisor") as http:
        shown = (await http.get(f"{page}/fix")).text
        assert "Remember this for" in shown
        answer = await fix(http, page, "NEU", "record", remember="yes")
        assert answer.headers["location"].endswith("done=remembered")
        await feeds.work()
        editor = (await http.get("/feeds/own/mapping/fable")).text
        assert "Version 2 is in use" in editor
        assert "Use it again" in editor
    (mended,) = await linked(feeds, page)
    assert counts(mended) == {"accepted": 2}
    later = await send(feeds, "fable", file.replace("NEU", "NEU").replace("91,", "93,").replace("92,", "94,").encode())
    assert counts(later) == {"accepted": 2, "duplicates": 20}


@pytest.mark.parametrize(
    ("format", "header", "fine", "bad", "came", "value"),
    [
        (
            "utilization_csv", "last,first,dob,sector,from,to,units,unit",
            "Sampleton{n},Marlow,5/17/1990,jail,1/3/2024,,1,day", "Sampleton,Marlow,5/17/1990,gaol,1/3/2024,,1,day",
            "gaol", "jail",
        ),
        (
            "wprdc_arrests", "PK,CCR,AGE,GENDER,RACE,ARRESTTIME,OFFENSES,INCIDENTLOCATION,INCIDENTZONE,X,Y",
            "{n},C{n},30,F,B,1/3/2024,5503 Disorderly,x,2,,", "99,C99,30,F,B,2024/1/3,5503 Disorderly,x,2,,",
            "2024/1/3", "1/3/2024",
        ),
    ],
)  # fmt: skip
async def test_other_tables_are_fixed_alike(
    feeds: FeedSide, format: str, header: str, fine: str, bad: str, came: str, value: str
) -> None:
    content = "\n".join([header, *[fine.format(n=n) for n in range(20)], bad, ""]).encode()
    page = await rejected(feeds, format=format, content=content)
    async with feeds.signed_in("agency_supervisor") as http:
        assert "Remember" not in (await http.get(f"{page}/fix")).text
        assert (await fix(http, page, came, value)).status_code == 303
        await feeds.work()
    (mended,) = await linked(feeds, page)
    assert (mended["status"], counts(mended)) == ("applied", {"accepted": 1})
