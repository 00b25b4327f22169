"""Search before create: an officer sees whom their own agency knows, says who it is, and need not say anything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from shared.runtime.database import Database
from tests.integration.referral.referrals.police_side import PoliceSide
from tests.integration.referral.referrals.records import record
from tests.integration.referral.referrals.test_form import STEP_1, STEP_2, held

pytestmark = pytest.mark.integration

OTHER_AGENCY = "PA0020000"
ASKED = "Does your agency know them?"
MARLOW = {"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-05", "phones": ["412-555-0101"]}
# A slip of the pen, and another first name: the rules ask about the second, whoever it is.
SLIP = {"first": "Marlow", "last": "Sampelton", "birth_date": "05/06/1991", "find": "412-555-0101"}
TWIN = {"first": "Quincy", "last": "Sampleton", "birth_date": "05/05/1990", "find": ""}
SURE = {"first": "Marlow", "last": "Sampleton", "birth_date": "05/05/1990", "find": "412-555-0101"}


async def known(police: PoliceSide, **person: Any) -> UUID:
    (made,) = await police.refer(record(person=MARLOW | person))
    return made.person_id


@asynccontextmanager
async def step(police: PoliceSide, persona: str = "officer", **typed: str) -> AsyncIterator[tuple[Any, dict[str, str]]]:
    """A browser whose form stands on the third step, with what it would send."""
    async with police.browser(persona) as page:
        first = held((await page.get("/refer")).text)
        given = STEP_1 if persona != "partner" else {"municipality": "Pittsburgh", "zone": "2"}
        second = held((await page.post("/refer", data=first | given)).text)
        third = await page.post("/refer", data=second | STEP_2 | typed)
        assert "Step 3 of 3" in third.text
        yield page, held(third.text) | {"page": third.text}


async def sent(page: httpx.AsyncClient, form: dict[str, str], choice: str = "") -> httpx.Response:
    return await page.post("/refer", data={**form, "known": choice, "page": ""})


def offered(text: str) -> list[str]:
    """The people offered, as the values of their choices."""
    return [value for value in re.findall(r'name="known" value="([^"]*)"', text) if value not in ("", "other")]


async def newest(police: PoliceSide) -> dict[str, Any]:
    (row,) = await police.rows("select * from own.referral order by received_at desc, referral_id desc limit 1")
    return row


async def audited(police: PoliceSide, path: str, person_id: UUID) -> list[dict[str, Any]]:
    """The audit rows of requests to this address that name this person."""
    sql = "select * from own.audit where action like :action and :person = any(person_ids)"
    async with Database(police.settings.database_url("sealer")).connect() as connection:
        rows = await connection.execute(text(sql), {"action": f"%{path}%", "person": str(person_id)})
        return [dict(row) for row in rows.mappings()]


async def reviews(police: PoliceSide) -> list[dict[str, Any]]:
    return await police.rows("select * from own.person_review order by review_id")


async def test_a_possible_match_is_shown_with_why_and_what_the_agency_recorded_itself(police: PoliceSide) -> None:
    await known(police)
    async with step(police, **SLIP) as (_, form):
        text = form["page"]
    assert ASKED in text
    assert "This is them: Marlow Sampleton" in text
    assert "same phone, name sounds alike" in text
    assert "Born 05/05/1990" in text
    assert "Last recorded by your agency on Mar 1, 2026" in text
    assert "person_id" not in text
    assert form["known"] == ""


async def test_it_is_asked_while_they_type_too_and_stores_nothing(police: PoliceSide) -> None:
    person_id = await known(police)
    async with police.browser() as page:
        form = held((await page.get("/refer")).text) | STEP_1
        part = {"HX-Request": "true"}
        early = await page.post("/refer/known", data=form | {"first": "Marlow", "last": "Sampleton"}, headers=part)
        asked = await page.post("/refer/known", data=form | SLIP, headers=part)
    assert ASKED not in early.text
    assert ASKED in asked.text
    assert "<html" not in asked.text
    assert len(await police.rows("select 1 from own.referral")) == 1
    (entry,) = await audited(police, "/refer/known", person_id)
    assert (entry["outcome"], entry["purpose"]) == ("done", "refer")


async def test_this_is_them_joins_where_rules_alone_would_have_asked_and_can_be_taken_apart(
    police: PoliceSide,
) -> None:
    before = await known(police)
    async with step(police, **TWIN) as (page, form):
        (choice,) = offered(form["page"])
        answer = await sent(page, form, choice)
        again = await sent(page, form, choice)
    assert (answer.status_code, again.headers["location"]) == (303, answer.headers["location"])
    made = await newest(police)
    assert made["home_id"] == before
    assert made["person_id"] != before
    (merged,) = await police.rows("select * from own.person_merge")
    (review,) = await reviews(police)
    assert (review["state"], review["merge_id"]) == ("same", merged["merge_id"])
    assert review["decided_by"] == merged["decided_by"]
    assert review["decided_by"].endswith("|officer")
    assert review["decided_at"] is not None
    assert "person-merged" in {one["topic"] for one in await police.published()}
    await police.tick("people")
    assert (await newest(police))["home_id"] == before
    # A supervisor takes it apart like every other join by hand.
    async with police.browser("supervisor") as page:
        shown = (await page.get("/people/review?view=same")).text
        assert "Whoever referred them said: this is them." in shown
        token = re.search(r'name="csrf" value="([^"]+)"', shown)
        assert token
        done = await page.post(f"/people/review/{review['review_id']}", data={"csrf": token[1], "act": "apart"})
    assert done.status_code == 303
    await police.tick("people")
    made = await newest(police)
    assert made["home_id"] == made["person_id"] != before


async def test_this_is_them_where_the_rules_agree_makes_nobody_new(police: PoliceSide) -> None:
    before = await known(police)
    async with step(police, **SURE) as (page, form):
        await sent(page, form, offered(form["page"])[0])
    made = await newest(police)
    assert made["person_id"] == made["home_id"] == before
    assert await police.rows("select 1 from own.person_merge") == []


async def test_what_was_said_stays_whatever_rules_link_later(police: PoliceSide) -> None:
    before = await known(police)
    async with step(police, **TWIN) as (page, form):
        await sent(page, form, offered(form["page"])[0])
    chosen = await newest(police)
    assert chosen["person_id"] != before
    # The same names come again, from the agency and from another one.
    await police.refer(record(person=MARLOW), record(person=MARLOW | {"first": "Quincy", "phones": []}))
    await elsewhere(police, first="Quincy")
    await police.tick("people")
    (row,) = await police.rows("select home_id from own.referral where referral_id = :id", id=chosen["referral_id"])
    assert row["home_id"] == before


async def test_without_an_answer_the_rules_decide_as_ever(police: PoliceSide) -> None:
    before = await known(police)
    async with step(police, **TWIN) as (page, form):
        assert len(offered(form["page"])) == 1
        await sent(page, form)
    made = await newest(police)
    assert made["home_id"] == made["person_id"] != before
    assert [one["state"] for one in await reviews(police)] == ["open"]


async def test_somebody_else_is_remembered_and_not_asked_again(police: PoliceSide) -> None:
    before = await known(police)
    async with step(police, **TWIN) as (page, form):
        await sent(page, form, "other")
    made = await newest(police)
    (review,) = await reviews(police)
    assert {review["person_id"], review["other_id"]} == {before, made["person_id"]}
    assert (review["state"], review["merge_id"]) == ("different", None)
    assert review["decided_by"].endswith("|officer")
    async with step(police, **TWIN) as (page, form):
        await sent(page, form)
    assert [one["state"] for one in await reviews(police)] == ["different"]


async def test_somebody_else_than_the_rules_were_sure_of_is_looked_at_by_a_second_person(police: PoliceSide) -> None:
    before = await known(police)
    async with step(police, **SURE) as (page, form):
        await sent(page, form, "other")
    made = await newest(police)
    assert made["person_id"] != before
    (review,) = await reviews(police)
    assert review["state"] == "open"
    assert "said_other" in review["reasons"]
    async with police.browser("supervisor") as page:
        assert "Whoever referred them said: somebody else." in (await page.get("/people/review")).text


async def test_a_supervisor_may_correct_somebody_else(police: PoliceSide) -> None:
    before = await known(police)
    async with step(police, **TWIN) as (page, form):
        await sent(page, form, "other")
    (review,) = await reviews(police)
    async with police.browser("supervisor") as page:
        shown = (await page.get("/people/review?view=different")).text
        token = re.search(r'name="csrf" value="([^"]+)"', shown)
        assert token
        data = {"csrf": token[1], "act": "together"}
        assert (await page.post(f"/people/review/{review['review_id']}", data=data)).status_code == 303
        assert (await page.post(f"/people/review/{review['review_id']}", data=data)).status_code == 409
    await police.tick("people")
    assert (await newest(police))["home_id"] == before


async def test_an_answer_for_another_name_is_not_sent(police: PoliceSide) -> None:
    await known(police)
    async with step(police, **SLIP) as (page, form):
        (choice,) = offered(form["page"])
        changed = {**form, "first": "Ottoline", "last": "Fable", "birth_date": "01/01/1970", "find": ""}
        refused = await sent(page, changed, choice)
        assert refused.status_code == 422
        assert "has changed since you chose" in refused.text
        assert len(await police.rows("select 1 from own.referral")) == 1
        # Nothing more is asked of them: they send again, and the rules decide.
        assert (await sent(page, held(refused.text))).status_code == 303


@pytest.mark.parametrize("forged", ["r" + "0" * 32, "a" + "0" * 32, "x", "' or 1=1"])
async def test_a_forged_choice_links_nobody(police: PoliceSide, forged: str) -> None:
    await known(police)
    async with step(police, **SLIP) as (page, form):
        assert (await sent(page, form, forged)).status_code == 422
    assert len(await police.rows("select 1 from own.referral")) == 1


async def test_at_most_three_are_shown_the_most_alike_first(police: PoliceSide) -> None:
    for first in ("Quincy", "Zebedee", "Orla", "Wendeline"):
        await known(police, first=first, phones=[])
    await known(police, last="Sampletton")
    async with step(police, **SURE) as (_, form):
        assert len(offered(form["page"])) == 3
        assert form["page"].index("Marlow Sampletton") < form["page"].index("another first name")


async def test_no_minor_is_looked_for_or_shown(police: PoliceSide) -> None:
    await known(police, birth_date="2012-05-05")
    async with step(police, **SURE | {"birth_date": "05/05/2012"}) as (_, form):
        assert ASKED not in form["page"]


# Of others' people not even a hint -------------------------------------------------------------------------------


async def elsewhere(police: PoliceSide, ori: str = OTHER_AGENCY, **person: Any) -> UUID:
    """The canary: somebody whom only another agency referred."""
    referred_by = "community_partner" if ori.startswith("PARTNER") else "officer"
    canary = record(ori=ori, person=MARLOW | person, referred_by=referred_by)
    (made,) = await police.refer(canary, scope=f"agency:{ori}")
    return made.person_id


def body(text: str) -> str:
    """The page but for what differs each time."""
    return re.sub(r'(value|content|id|href|data-\w+)="[^"]*"', "", text.split("<main", 1)[1])


async def test_whom_only_others_know_leaves_no_trace_on_the_page(police: PoliceSide) -> None:
    async with step(police, **SURE) as (_, form):
        nobody = body(form["page"])
    await elsewhere(police)
    async with step(police, **SURE) as (_, form):
        assert body(form["page"]) == nobody


async def test_a_partner_and_the_police_do_not_see_each_others_people(police: PoliceSide) -> None:
    await known(police)
    async with step(police, "partner", **SURE) as (page, form):
        assert ASKED not in form["page"]
        await sent(page, form)
    # Linked by rule to one person, whom both have referred now: each sees their own words only.
    assert len({row["home_id"] for row in await police.rows("select home_id from own.referral")}) == 1
    await elsewhere(police, "PARTNER01", first="Canary", last="Partnersecret", birth_date="1977-07-07")
    async with step(police, first="Canary", last="Partnersecret", birth_date="07/07/1977") as (_, form):
        assert ASKED not in form["page"]
    async with step(police, "partner", first="Canary", last="Partnersecret", birth_date="07/07/1977") as (_, form):
        assert "This is them: Canary Partnersecret" in form["page"]


async def test_what_another_agency_said_of_the_same_person_neither_finds_nor_shows_them(police: PoliceSide) -> None:
    # Both recorded one person; only the other agency knows the telephone and the new surname.
    await known(police, phones=[])
    await elsewhere(police, sid="PA-1")
    await police.refer(
        record(ori=OTHER_AGENCY, person=MARLOW | {"sid": "PA-1", "last": "Canaryname", "phones": ["412-555-0199"]}),
        scope=f"agency:{OTHER_AGENCY}",
    )
    assert len({row["home_id"] for row in await police.rows("select home_id from own.referral")}) == 1
    async with step(police, first="Marlow", last="Canaryname", birth_date="", find="412-555-0199") as (_, form):
        assert ASKED not in form["page"]
    async with step(police, **SURE) as (_, form):
        assert ASKED in form["page"]
        for canary in ("Canaryname", "0199", "ame phone"):
            assert canary not in form["page"].split("oknown")[1].split("</fieldset>")[0], canary


async def test_the_search_sends_the_same_statements_whoever_is_known(police: PoliceSide) -> None:
    counts = []
    for prepare in (None, elsewhere, known):
        if prepare is not None:
            await prepare(police)
        async with police.browser() as page:
            form = held((await page.get("/refer")).text) | STEP_1
            async with police.statements(police.web) as sql:
                answer = await page.post("/refer/known", data=form | SURE, headers={"HX-Request": "true"})
            counts.append(len(sql))
            assert (ASKED in answer.text) == (prepare is known)
    assert len(set(counts)) == 1, counts


async def test_who_may_not_refer_may_not_look(police: PoliceSide) -> None:
    for persona in ("supervisor", "prosecutor", "coordinator", "county_it"):
        async with police.browser(persona) as page:
            token = (await page.get("/")).text
            assert (await page.post("/refer/known", data={"csrf": token[:10]})).status_code in (403, 404), persona


async def test_a_supervisor_is_told_that_an_undecided_one_may_be_somebody_known(police: PoliceSide) -> None:
    said = "look at the match first"
    await police.refer(record(person=MARLOW, complainant="unknown"))
    async with police.browser("supervisor") as page:
        assert said not in (await page.get("/decisions")).text
        await police.refer(record(person=MARLOW | {"first": "Quincy", "phones": []}))
        assert (await page.get("/decisions")).text.count(said) == 1
    # The agency's own supervisor may not open the match, and hears nothing of it.
    async with police.browser("agency_supervisor") as page:
        shown = (await page.get("/decisions")).text
    assert "Sampleton" in shown
    assert said not in shown
