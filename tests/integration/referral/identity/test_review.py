"""Two who may be one are put before a supervisor; what is said is told, carried out, and can be taken back."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.referral.store import copies
from tests.integration.referral.feeds.agency_side import until
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import intake, local, participant, record

pytestmark = pytest.mark.integration

MARLOW = {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-05", "phones": ["412-555-0101"], "race": "B"}
TWIN = MARLOW | {"first": "Quincy", "addresses": ["1 Fable Street"], "race": "W"}


async def twins(police: PoliceSide) -> tuple[UUID, UUID]:
    one, other = await police.refer(record(person=MARLOW), record(person=TWIN))
    assert one.person_id != other.person_id
    return one.person_id, other.person_id


async def open_review(police: PoliceSide) -> str:
    (row,) = await police.rows("select review_id from own.person_review where state = 'open'")
    return str(row["review_id"])


async def say(police: PoliceSide, review: str, act: str) -> httpx.Response:
    async with police.browser("supervisor") as page:
        token = re.search(r'name="csrf" value="([^"]+)"', (await page.get("/people/review")).text)
        assert token
        return await page.post(f"/people/review/{review}", data={"csrf": token.group(1), "act": act})


async def told(police: PoliceSide) -> list[dict[str, Any]]:
    """What was said of merges, once for each: the log has it in the partitions of both people."""
    facts = {(one["merge_id"], one["version"]): one for one in await police.published("person-merged")}
    return list(facts.values())


async def homes(police: PoliceSide) -> dict[str, set[UUID]]:
    """Table -> who its rows are about today."""
    tables = await police.rows(
        "select table_schema || '.' || table_name as name from information_schema.columns"
        " where table_schema in ('own', 'copied') and column_name = 'home_id' order by 1"
    )
    return {
        table["name"]: {row["home_id"] for row in await police.rows(f"select home_id from {table['name']}")}
        for table in tables
    }


async def test_a_pair_is_shown_side_by_side_with_reasons_and_without_race(police: PoliceSide) -> None:
    await twins(police)
    async with police.browser("supervisor") as page:
        text = (await page.get("/people/review")).text
    assert "Marlow Sampleton and Quincy Sampleton" in text or "Quincy Sampleton and Marlow Sampleton" in text
    for said in ("they may be twins", "05/05/1990", "412-555-0101", "1 Fable Street", "Last name the same."):
        assert said in text
    body = text.split("<main", 1)[1]
    assert not re.search(r"\b(Black|White|race: )", body)


async def test_nobody_else_sees_the_queue(police: PoliceSide) -> None:
    await twins(police)
    for persona in ("officer", "agency_supervisor", "prosecutor", "county_it", "auditor"):
        async with police.browser(persona) as page:
            assert (await page.get("/people/review")).status_code in (403, 404)


async def test_only_pairs_with_a_live_referral_are_shown(police: PoliceSide) -> None:
    gone = {"offer": "declined"}
    await police.refer(record(person=MARLOW, **gone), record(person=TWIN, **gone))
    review = await open_review(police)
    async with police.browser("supervisor") as page:
        assert "Sampleton" not in (await page.get("/people/review")).text
    assert (await say(police, review, "same")).status_code == 404
    await police.refer(record(person=TWIN))
    async with police.browser("supervisor") as page:
        assert "Sampleton" in (await page.get("/people/review")).text


async def test_same_merges_everywhere_here_and_is_told(police: PoliceSide) -> None:
    one, other = await twins(police)
    assert (await say(police, await open_review(police), "same")).status_code == 303
    (merged,) = await told(police)
    assert (merged["survivor_id"], merged["absorbed_id"]) == (str(min(one, other)), str(max(one, other)))
    await police.tick("people")
    found = await homes(police)
    assert found["own.person_identity"] == found["own.referral"] == found["own.person"] == {min(one, other)}
    # What comes later of either is published under whom it matched, and is at home with both.
    (again,) = await police.refer(record(person=TWIN))
    assert again.person_id == other
    (row,) = await police.rows("select home_id from own.referral where referral_id = :id", id=again.referral_id)
    assert row["home_id"] == min(one, other)
    await police.deliver(intake(again.referral_id, other, local("2026-03-05 10:00")))
    (row,) = await police.rows("select home_id from copied.intake")
    assert row["home_id"] == min(one, other)


async def test_a_merge_waits_for_who_is_writing_of_one_of_the_two(police: PoliceSide) -> None:
    one, other = await twins(police)
    await say(police, await open_review(police), "same")
    async with police.consuming() as tx:
        await copies.keep_statuses(tx, [participant(max(one, other)).model_dump() | {"programme": "allegheny"}])
        moving = asyncio.create_task(police.tick("people"))
        await until(lambda: police.rows("select 1 from pg_locks where locktype = 'advisory' and not granted"), 60)
    await moving
    assert await police.rows("select home_id from copied.participant_status") == [{"home_id": min(one, other)}]


async def test_taking_back_leaves_everything_as_before(police: PoliceSide) -> None:
    one, other = await twins(police)
    before = await homes(police)
    review = await open_review(police)
    await say(police, review, "same")
    await police.tick("people")
    assert await homes(police) != before
    assert (await say(police, review, "apart")).status_code == 303
    await police.tick("people")
    assert await homes(police) == before
    merged, undone = await told(police)
    assert (undone["merge_id"], undone["version"], undone["undone"]) == (merged["merge_id"], 2, True)
    assert one != other
    # Answered once by a person: not asked again.
    await police.refer(record(person=TWIN))
    assert await police.rows("select 1 from own.person_review where state = 'open'") == []


async def test_different_is_remembered_and_merges_nobody(police: PoliceSide) -> None:
    await twins(police)
    before = await homes(police)
    assert (await say(police, await open_review(police), "different")).status_code == 303
    await police.tick("people")
    assert await homes(police) == before
    assert await told(police) == []


async def test_an_answer_comes_once(police: PoliceSide) -> None:
    await twins(police)
    review = await open_review(police)
    await say(police, review, "same")
    assert (await say(police, review, "different")).status_code == 409
    assert (await say(police, review, "nonsense")).status_code == 422
    assert len(await told(police)) == 1


async def test_people_who_are_three_pairs_end_in_one_home_and_come_apart_one_by_one(police: PoliceSide) -> None:
    third = MARLOW | {"first": "Zebedee"}
    made = await police.refer(record(person=MARLOW), record(person=TWIN), record(person=third))
    people = [one.person_id for one in made]
    reviews = [str(r["review_id"]) for r in await police.rows("select review_id from own.person_review order by 1")]
    assert len(reviews) >= 2
    for review in reviews[:2]:
        await say(police, review, "same")
        await police.tick("people")
    assert (await homes(police))["own.person"] == {min(people)}
    for review in reviews[:2]:
        await say(police, review, "apart")
        await police.tick("people")
    assert (await homes(police))["own.person"] == set(people)
