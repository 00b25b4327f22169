"""What a person is asked before a batch voids anything: each question by itself, per agency, and anew if it grew."""

from __future__ import annotations

import pytest

from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send
from tests.integration.referral.feeds.test_declared import JANUARY, file
from tests.integration.referral.feeds.test_feed_pages import token
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration


@pytest.fixture
async def own(feeds: FeedSide) -> FeedSide:
    """A hundred arrests of January."""
    await register(feeds, "own", "wprdc_arrests", "PASAMPLE1")
    await send(feeds, "own", file(*range(1, 101)))
    return feeds


def _unread(*numbers: int) -> str:
    return "\n".join(f"{n},C{n},30,F,B,never,5503 Disorderly Conduct,x,2,0,0" for n in numbers)


async def test_whoever_lets_rejects_pass_is_then_asked_what_would_be_voided(own: FeedSide) -> None:
    held = await send(own, "own", file(*range(1, 71), more=_unread(*range(71, 101))), **JANUARY)
    assert (held["status"], held["error"]["code"]) == ("held", "E_REJECTS")
    asked = await decide(own, held, "apply")
    assert (asked["status"], asked["error"]["code"]) == ("held", "E_MISSING")
    assert asked["error"]["missing"] == [{"agency": "PASAMPLE1", "missing": 30, "known": 100}]
    assert len(await own.outbox()) == 100
    applied = await decide(own, asked, "apply")
    assert counts(applied) == {"duplicates": 70, "rejected": 30, "voided": 30}


async def test_an_answer_to_the_question_before_is_none_to_this_one(own: FeedSide) -> None:
    held = await send(own, "own", file(*range(1, 71), more=_unread(*range(71, 101))), **JANUARY)
    await decide(own, held, "apply")
    async with own.client() as http:
        answer = await http.post(f"/api/batches/{held['batch_id']}/apply", params={"question": "E_REJECTS"})
        assert answer.status_code == 409, answer.text
        assert (await own.batch(held["batch_id"]))["status"] == "held"
        answer = await http.post(f"/api/batches/{held['batch_id']}/apply", params={"question": "E_MISSING"})
        assert answer.status_code == 202, answer.text


async def test_the_page_shows_each_question_and_takes_no_answer_to_another(own: FeedSide) -> None:
    held = await send(own, "own", file(*range(1, 71), more=_unread(*range(71, 101))), **JANUARY)
    at = f"/feeds/batches/{held['batch_id']}"
    async with own.signed_in("county_it") as http:
        assert "E_REJECTS" in (await http.get(at)).text
        stale = {"act": "apply", "sure": "yes", "question": "E_REJECTS", "csrf": await token(http, at)}
        assert (await http.post(at, data=stale)).status_code == 303
        await own.work()
        page = (await http.get(at)).text
        assert "E_MISSING" in page
        assert "30 of 100" in page
        assert (await http.post(at, data=stale)).status_code == 409
        asking = (await http.post(at, data={"act": "apply", "csrf": stale["csrf"]})).text
        assert 'name="question" value="E_MISSING"' in asking
        assert (await http.post(at, data=stale | {"question": "E_MISSING"})).status_code == 303
    await own.work()
    assert (await own.batch(held["batch_id"]))["voided"] == 30


async def test_more_missing_than_was_asked_is_asked_again(own: FeedSide) -> None:
    held = await send(own, "own", file(*range(1, 98)), **JANUARY)
    async with own.client() as http:
        await http.post(f"/api/batches/{held['batch_id']}/apply")
    # Before the worker comes to it, an arrest that the file leaves out is known from a file before it.
    connection = await own.administrator(own.settings.database_name)
    try:
        await connection.execute(
            "insert into own.arrest select (a).* from (select jsonb_populate_record(a, jsonb_build_object('arrest_id',"
            " gen_random_uuid())) as a from own.arrest a limit 1) as more"
        )
    finally:
        await connection.close()
    await own.work()
    asked = await own.batch(held["batch_id"])
    assert (asked["status"], asked["error"]["code"]) == ("held", "E_MISSING")
    assert "4 of 101" in asked["error"]["reason"]
    assert (await decide(own, asked, "apply"))["voided"] == 4


async def test_an_agency_that_is_missing_from_a_countys_file_is_asked_about_by_itself(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record")
    big = [level7(f"B{n}") for n in range(200)]
    small = [level7(f"S{n}", ori="PASAMPLE2") for n in range(4)]
    await send(feeds, "state", flat(*big, *small))
    held = await send(feeds, "state", flat(*big), **JANUARY)
    assert (held["status"], held["error"]["code"]) == ("held", "E_MISSING")
    assert held["error"]["missing"] == [{"agency": "PASAMPLE2", "missing": 4, "known": 4}]
    assert "PASAMPLE2" in held["error"]["reason"]
    assert len(await feeds.outbox()) == 204
    assert counts(await decide(feeds, held, "apply")) == {"duplicates": 200, "voided": 4}
