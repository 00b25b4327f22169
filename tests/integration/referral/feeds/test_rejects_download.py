"""The rejected rows of a batch as a file: whatever they hold, it comes, and can be mended and sent again."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from services.referral.store import batch_content
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register, send
from tests.integration.referral.feeds.test_whole_arrests import OTHERS
from tests.unit.referral.feeds.feed_files import ORI, TEMPLATE, row, template
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration


async def download(feeds: FeedSide, batch: dict[str, Any], **headers: str) -> Any:
    async with feeds.client(await feeds.key(ORI)) as http:
        asked = {} if headers else {"format": "csv"}
        return await http.get(batch["rejects_url"], params=asked, headers=headers)


async def sent_template(feeds: FeedSide, *bad: str, header: str = TEMPLATE) -> dict[str, Any]:
    await register(feeds, "template", "lead_csv", ORI)
    return await send(feeds, "template", template(*bad, *OTHERS).replace(TEMPLATE.encode(), header.encode()))


@pytest.mark.parametrize("text", ["Disorderly\r\nConduct", "a\nb\rc", 'Disorderly\r\nConduct, with\n"quotes"'])
async def test_a_line_break_in_a_cell_comes_back_as_it_was_sent(feeds: FeedSide, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    batch = await sent_template(feeds, row(arrest_date="soon", description=quoted))
    answer = await download(feeds, batch)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    header, one = csv.reader(io.StringIO(answer.text, newline=""))
    assert dict(zip(header, one, strict=True))["description"] == text
    mended = await send(feeds, "template", answer.content.replace(b"soon", b"1/3/2024"))
    assert counts(mended) == {"accepted": 1}
    async with feeds.signed_in("agency_supervisor") as http:
        page = await http.get(f"/feeds/own/{batch['batch_id']}/rejects.csv")
    assert (page.status_code, page.text) == (200, answer.text)


@pytest.mark.parametrize(
    "bad",
    [row(description='"Disorderly" Conduct'), row(description='x"y'), row() + ",more,cells"],
)
async def test_a_row_of_any_damage_stands_under_the_header_as_far_as_it_can(feeds: FeedSide, bad: str) -> None:
    batch = await sent_template(feeds, bad)
    answer = await download(feeds, batch)
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len(rows) == 1 + batch["rejected"]
    for one in rows[1:]:
        assert one[:3] == [ORI, "C-1", "1"]
        assert one[-1]


async def test_a_row_with_another_delimiter_is_told_apart_too(feeds: FeedSide) -> None:
    await register(feeds, "template", "lead_csv", ORI)
    bad = row(description='"Disorderly" Conduct').replace(",", ";")
    content = template(*OTHERS).replace(b",", b";") + bad.encode() + b"\n" + OTHERS[0].replace(",", ";").encode()
    answer = await download(feeds, await send(feeds, "template", content))
    _, one = csv.reader(io.StringIO(answer.text, newline=""))
    assert one[:4] == [ORI, "C-1", "1", "1/3/2024"]


async def test_a_row_that_was_cut_is_not_offered_as_one_that_can_be_mended(feeds: FeedSide) -> None:
    batch = await sent_template(feeds, row(arrest_date="soon"), row(case_no="C-9", description="\u00e9" * 3000))
    rows = list(csv.reader(io.StringIO((await download(feeds, batch)).text, newline="")))
    assert [one[1] for one in rows[1:]] == ["C-1"]
    async with feeds.client(await feeds.key(ORI)) as http:
        listed = (await http.get(batch["rejects_url"])).json()
    assert [(one["line"], one["cut"]) for one in listed] == [(2, False), (3, True)]


async def test_no_name_of_a_column_is_run_by_a_spreadsheet(feeds: FeedSide) -> None:
    header = f"{TEMPLATE},=1+1,@SUM(A1)"
    wide = [f"{one},a,b" for one in (row(arrest_date="soon"), *OTHERS)]
    await register(feeds, "template", "lead_csv", ORI)
    batch = await send(feeds, "template", "\n".join([header, *wide, ""]).encode())
    names, _ = csv.reader(io.StringIO((await download(feeds, batch)).text, newline=""))
    assert names[len(TEMPLATE.split(",")) :][:2] == ["'=1+1", "'@SUM(A1)"]


@pytest.mark.parametrize("accept", [{}, {"Accept": "text/csv"}])
async def test_rejects_that_make_no_table_are_told_so(feeds: FeedSide, accept: dict[str, str]) -> None:
    await register(feeds, "state", "nibrs_flat", ORI)
    segment = level7("A1", kind="?", ori=ORI)
    batch = await send(feeds, "state", flat(segment, *[level7(f"K{n}", ori=ORI) for n in range(9)]))
    answer = await download(feeds, batch, **accept)
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")
    assert "as JSON" in answer.json()["detail"]
    async with feeds.client(await feeds.key(ORI)) as http:
        (one,) = (await http.get(batch["rejects_url"])).json()
    assert one["raw"] == segment


async def test_a_rejected_line_of_json_is_shown_as_it_was_sent(feeds: FeedSide) -> None:
    await register(feeds, "lines", "canonical_json", ORI)
    bad = b'{"source_record_id": "7", "arrested_at": "soon"}'
    fine = [json.dumps(arrest(f"A-{n}")).encode() for n in range(9)]
    batch = await send(feeds, "lines", b"\n".join([*fine, bad, b'{"x"', b""]))
    async with feeds.client(await feeds.key(ORI)) as http:
        first, second = (await http.get(batch["rejects_url"])).json()
    assert json.loads(first["raw"])["source_record_id"] == "7"
    assert second["raw"] == '{"x"'
    assert (await download(feeds, batch)).status_code == 406


async def test_any_number_of_rejects_comes_page_by_page(feeds: FeedSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_content, "PAGE", 2)
    await register(feeds, "template", "lead_csv", ORI)
    bad = [row(case_no=f"B-{number}", arrest_date="soon") for number in range(7)]
    batch = await send(feeds, "template", template(*bad, *OTHERS))
    rows = list(csv.reader(io.StringIO((await download(feeds, batch)).text, newline="")))
    assert [one[1] for one in rows[1:]] == [f"B-{number}" for number in range(7)]
    async with feeds.client(await feeds.key(ORI)) as http:
        assert [one["line"] for one in (await http.get(batch["rejects_url"])).json()] == list(range(2, 9))
        fine = await send(feeds, "template", template(row(case_no="Z-1")))
        assert (await http.get(fine["rejects_url"])).json() == []
        assert (await http.get(fine["rejects_url"], params={"format": "csv"})).text.count("\n") == 1
