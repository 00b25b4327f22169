"""The rota of who is on call, kept on a page: it holds at once, nobody overwrites another, and the past can be told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.test_form import STEP_1, STEP_2, held

pytestmark = pytest.mark.integration

NEW_YORK = ZoneInfo("America/New_York")
NIGHT: dict[str, Any] = {
    "name": "Nocturne Fable",
    "phone": "(412) 555-0161",
    "backup_phone": "412 555 0162",
    "zones": ["1", "2"],
    "weekdays": ["5", "6"],
    "from_time": "20:00",
    "to_time": "06:00",
}
ALWAYS: dict[str, Any] = {"name": "Evermore Sampleton", "phone": "412-555-0163"}


def token(text: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', text)
    assert found
    return found[1]


async def save(page: httpx.AsyncClient, path: str = "/on-call/new", **typed: Any) -> httpx.Response:
    """Fill in the form behind a path and send it."""
    form = (await page.get(path)).text
    action = re.search(r'action="(/on-call/[^"]+)"', form)
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)
    assert action
    assert version
    return await page.post(action[1], data={"csrf": token(form), "version": version[1], **typed})


async def first_entry(page: httpx.AsyncClient) -> str:
    found = re.search(r'href="(/on-call/[0-9a-f-]{36})"', (await page.get("/on-call")).text)
    assert found
    return found[1]


async def called(police: PoliceSide, zone: str = "1") -> str:
    """Whom the last step gives an officer to call."""
    async with police.browser() as officer:
        first = held((await officer.get("/refer")).text) | STEP_1 | {"zone": zone}
        second = held((await officer.post("/refer", data=first)).text) | STEP_2
        text = (await officer.post("/refer", data=second)).text
    found = re.search(r'class="ocall__w"><strong>([^<]+)<', text)
    assert found
    return found[1]


def main(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text.split("<main", 1)[1])).split())


async def test_an_entry_is_on_the_officers_form_at_once_and_an_ended_one_is_not(police: PoliceSide) -> None:
    assert await called(police) == "Robin Makebelieve"
    async with police.browser("supervisor") as page:
        answer = await save(page, **ALWAYS, zones=["1"])
        assert (answer.status_code, answer.headers["location"]) == (303, "/on-call?done=added")
        assert await called(police) == "Evermore Sampleton"
        assert await called(police, "2") == "Robin Makebelieve"
        assert (await save(page, await first_entry(page), act="end")).status_code == 303
        text = main((await page.get("/on-call")).text)
    assert await called(police) == "Robin Makebelieve"
    assert "Nobody is listed" in text
    assert "Ended Evermore Sampleton" in text


async def test_the_page_says_who_answers_in_the_next_week_and_what_nobody_covers(police: PoliceSide) -> None:
    async with police.browser("supervisor") as page:
        assert "There are hours nobody" not in (await page.get("/on-call")).text
        await save(page, **NIGHT)
        text = main((await page.get("/on-call")).text)
    assert "There are hours nobody of the rota covers" in text
    assert "8:00 pm to midnight: Nocturne Fable" in text
    assert "midnight to 6:00 am: Nocturne Fable" in text
    assert "Fri, Sat, 8:00 pm to 6:00 am" in text
    assert "412-555-0161, backup 412-555-0162" in text
    assert "Not covered" in text


async def test_who_answers_at_once_with_the_same_right_is_pointed_out(police: PoliceSide) -> None:
    async with police.browser("programme_manager") as page:
        await save(page, **ALWAYS)
        await save(page, name="Alsohere Fictus", phone="4125550164")
        text = main((await page.get("/on-call")).text)
    assert "several could answer" in text
    assert "also Alsohere Fictus" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Give the name of who answers."),
        ({"phone": ""}, "Give the number to call."),
        ({"phone": "911"}, "Write a US number"),
        ({"phone": "+44 20 7946 0000"}, "Write a US number"),
        ({"backup_phone": "412 555 0163"}, "The backup has the same number."),
        ({"from_time": "20:00"}, "Give both times"),
        ({"from_time": "20:00", "to_time": "20:00"}, "Both times are the same."),
        ({"from_time": "eight", "to_time": "20:00"}, "Write the time as 20:00."),
        ({"from_day": "2035-02-02", "to_day": "2035-02-01"}, "The last day is before the first."),
        ({"to_day": "2020-02-01"}, "The last day is past"),
        ({"from_day": "soon"}, "Write the day as YYYY-MM-DD."),
        ({"zones": ["99"]}, "Choose zones of the list."),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field_and_stays_typed(
    police: PoliceSide, typed: dict[str, Any], said: str
) -> None:
    async with police.browser("supervisor") as page:
        answer = await save(page, **ALWAYS | {"weekdays": ["3"]} | typed)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert "What you typed is still here" in answer.text
    assert re.search(r'value="3"[^>]* checked', answer.text)
    assert await police.rows("select 1 from own.policy_change") == []


async def test_who_had_it_open_meanwhile_sees_both_and_overwrites_nothing_unseen(police: PoliceSide) -> None:
    async with police.browser("supervisor") as page, police.browser("programme_manager") as other:
        await save(page, **ALWAYS)
        path = await first_entry(page)
        form = (await page.get(path)).text
        stale = {"csrf": token(form), "version": "1", **ALWAYS, "name": "Mine Fictional"}
        assert (await save(other, path, **ALWAYS | {"name": "Theirs Fictional"})).status_code == 303
        refused = await page.post(path, data=stale)
        assert refused.status_code == 409
        for said in ("Somebody else changed this entry", "Theirs Fictional", "Morgan Fictus", 'value="Mine Fictional"'):
            assert said in refused.text
        assert await called(police) == "Theirs Fictional"
        # They have seen it now: saving again puts theirs in its place.
        assert (await page.post(path, data=stale | {"version": "2"})).status_code == 303
        assert (await page.post(path, data=stale | {"act": "end"})).status_code == 409
        text = main((await page.get("/on-call")).text)
    assert await called(police) == "Mine Fictional"
    for said in ("Added Evermore Sampleton", "name Evermore Sampleton became Theirs Fictional", "Dana Pretendsky"):
        assert said in text


async def test_a_new_entry_sent_twice_is_one(police: PoliceSide) -> None:
    async with police.browser("supervisor") as page:
        form = (await page.get("/on-call/new")).text
        action = re.search(r'action="(/on-call/[^"]+)"', form)
        assert action
        data = {"csrf": token(form), "version": "0", **ALWAYS}
        answers = [await page.post(action[1], data=data) for _ in range(2)]
        assert [one.status_code for one in answers] == [303, 303]
        assert main((await page.get("/on-call")).text).count("Added Evermore") == 1


async def test_whom_an_officer_was_given_then_can_be_told_later(police: PoliceSide) -> None:
    before = datetime.now(UTC) - timedelta(minutes=2)
    async with police.browser("supervisor") as page:
        await save(page, **ALWAYS)
        local = before.astimezone(NEW_YORK)
        answer = await page.get("/on-call", params={"at": f"{local:%Y-%m-%dT%H:%M}", "zone": "1"})
        nonsense = await page.get("/on-call", params={"at": "yesterday"})
    assert "Robin Makebelieve, 412-555-0142 was to be called" in main(answer.text).replace("  ", " ")
    assert "Give the day and time." in nonsense.text


async def test_only_the_team_keeps_the_rota(police: PoliceSide) -> None:
    for persona in ("officer", "agency_supervisor", "prosecutor", "coordinator", "county_it", "evaluator"):
        async with police.browser(persona) as page:
            assert (await page.get("/on-call")).status_code in (403, 404), persona
            assert (await page.post(f"/on-call/{uuid4()}", data=ALWAYS)).status_code in (403, 404), persona
