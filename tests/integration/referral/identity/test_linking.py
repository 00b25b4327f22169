"""One person across records and agencies: what links, what is asked, what is new."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery
from sqlalchemy import event as sql_event

from services.referral.domain.identity.blocks import MOST_MEMBERS
from services.referral.domain.identity.traits import Traits
from services.referral.store.people import PAGE, Identity, Person, find_or_create
from services.referral.store.person_index import MOST_HOLDERS, candidates, tokens
from shared.messaging import Transactions
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration


def marlow(**said: Any) -> Identity:
    return Identity.model_validate({"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-17", **said})


async def people(feeds: FeedSide, *records: dict[str, Any]) -> dict[str, str]:
    """Send records one request each; the person of each, by its number's arrest."""
    ids = {}
    async with feeds.client() as http:
        for record in records:
            answer = await http.post("/api/arrests", json=record)
            assert answer.status_code == 202, answer.text
            ids[answer.json()["results"][0]["arrest_id"]] = record["source_record_id"]
            await feeds.work()
    return {
        ids[fact["key"]]: fact["person_id"]
        for fact in await feeds.outbox()
        if fact["key"] in ids and "person_id" in fact
    }


async def link(feeds: FeedSide, *said: Identity, scope: str = "agency:PAPPD0000") -> list[Person]:
    """As the officer's form does, in one transaction of the web role."""
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin(scope) as tx:
        return await find_or_create(tx, said)


async def questions(feeds: FeedSide) -> list[dict[str, Any]]:
    return await feeds.rows("select person_id, other_id, reasons from own.person_review order by review_id")


async def test_equal_names_and_birth_dates_are_one_person_across_agencies(feeds: FeedSide) -> None:
    found = await people(
        feeds,
        arrest("A-1"),
        arrest("B-1", ori="PALEAD025", place={}, person={"last": "SAMPLE-TON", "first": "marlow"}),
        arrest("A-2", person={"birth_date": "1971-11-02"}),
        arrest("A-3", person={"suffix": "Jr."}),
    )
    assert found["A-1"] == found["B-1"]
    assert len(set(found.values())) == 3


async def test_slips_of_the_pen_link_whoever_wrote_them(feeds: FeedSide) -> None:
    found = await people(
        feeds,
        arrest("A-1"),
        arrest("A-2", person={"last": "Sampelton", "first": "Marlowe"}),
        arrest("A-3", person={"last": "Marlow", "first": "Sampleton"}),
        arrest("A-4", person={"birth_date": "1990-05-18"}),
    )
    assert len(set(found.values())) == 1


async def test_an_equal_state_id_links_other_names_and_another_keeps_apart(feeds: FeedSide) -> None:
    found = await people(
        feeds,
        arrest("A-1", person={"sid": "4411-22"}),
        arrest("A-2", person={"sid": "441122", "last": "Placeholder", "birth_date": None}),
        arrest("A-3", person={"sid": "5512-09"}),
        arrest("A-4"),
    )
    assert found["A-1"] == found["A-2"]
    assert found["A-3"] != found["A-1"]
    # Without a state id the name may mean either: the answer is one of them, and always the same.
    assert found["A-4"] in {found["A-1"], found["A-3"]}
    (asked,) = await questions(feeds)
    assert {str(asked["person_id"]), str(asked["other_id"])} == {found["A-1"], found["A-3"]}
    assert asked["reasons"][0] == "sid_differs"


async def test_a_record_without_a_birth_date_is_its_own_person_and_never_linked(feeds: FeedSide) -> None:
    found = await people(feeds, arrest("A-1", person={"birth_date": None}), arrest("A-2", person={"birth_date": None}))
    assert len(set(found.values())) == 2
    assert not any(fact["linkable"] for fact in await feeds.outbox())


async def test_a_record_that_gets_a_name_moves_to_its_person_and_leaves_a_tombstone(feeds: FeedSide) -> None:
    await people(feeds, arrest("A-1", person={"birth_date": None}), arrest("B-1"), arrest("A-1"))
    facts = await feeds.outbox()
    first, known, erased, moved = facts
    assert moved["person_id"] == known["person_id"] != first["person_id"]
    assert (moved["version"], moved["action"], moved["linkable"]) == (2, "replace", True)
    assert erased == {"key": first["key"]}


async def test_a_corrected_record_stays_with_its_person_even_where_a_rule_would_ask_today(feeds: FeedSide) -> None:
    found = await people(feeds, arrest("A-1", person={"suffix": "Jr."}), arrest("A-2"))
    again = await people(feeds, arrest("A-1", person={"suffix": "Jr."}, disposition="cited"))
    assert again["A-1"] == found["A-1"] != found["A-2"]


async def test_a_referral_and_an_arrest_find_the_same_person_whichever_role_asks(feeds: FeedSide) -> None:
    (referred,) = await link(feeds, marlow(), scope="agency:PALEAD025")
    assert (await people(feeds, arrest("A-1"))) == {"A-1": str(referred.person_id)}


async def test_a_shelters_address_is_no_evidence_of_who_somebody_is(feeds: FeedSide) -> None:
    shelter = ["620 Fable Avenue"]
    crowd = [
        Identity(last=letter * 6, first=letter.lower() + "zy", sid=f"PA-{n}", addresses=shelter)
        for n, letter in enumerate("BCDFGHJKLMN")
    ]
    assert len(crowd) > MOST_HOLDERS
    home = ["17 Fiction Way"]
    (before,) = await link(feeds, marlow(birth_date="1980-03-04", addresses=home))
    (moved,) = await link(feeds, marlow(birth_date="1988-09-21", addresses=home))
    assert moved.home_id == before.home_id
    await link(feeds, *crowd)
    (one,) = await link(feeds, marlow(last="Fabelman", birth_date="1980-03-04", addresses=shelter))
    (other,) = await link(feeds, marlow(last="Fabelman", birth_date="1988-09-21", addresses=shelter))
    assert one.home_id != other.home_id


async def test_two_at_once_make_one_person(feeds: FeedSide) -> None:
    answers = await asyncio.gather(
        *(link(feeds, marlow(sid="7", first=first), Identity(last="Nobody")) for first in ("Marlow", "Marlowe") * 3)
    )
    assert len({found[0] for found in answers}) == 1
    assert len({found[1] for found in answers}) == 6


async def test_records_of_one_page_see_each_other(feeds: FeedSide) -> None:
    first, second, other = await link(feeds, marlow(), marlow(first="Marlowe"), marlow(last="Quill", first="Ada"))
    assert first == second != other


async def test_twins_are_asked_about_and_asked_once(feeds: FeedSide) -> None:
    one, other = await link(feeds, marlow(), marlow(first="Quincy"))
    await link(feeds, marlow(first="Quincy", middle="Q"), marlow())
    assert one != other
    (asked,) = await questions(feeds)
    assert {asked["person_id"], asked["other_id"]} == {one.person_id, other.person_id}
    assert asked["reasons"][:1] == ["twins"]


async def test_names_alone_are_asked_about(feeds: FeedSide) -> None:
    one, other = await link(feeds, marlow(), marlow(birth_date=None))
    assert one != other
    (asked,) = await questions(feeds)
    assert "names_alone" in asked["reasons"]


async def test_who_fits_two_people_joins_neither_of_them_to_the_other(feeds: FeedSide) -> None:
    one, other, third = await link(feeds, marlow(sid="1"), marlow(sid="2"), marlow())
    assert one != other
    assert third in (one, other)
    assert len(await questions(feeds)) == 1


def many(count: int) -> Sequence[Identity]:
    return [Identity(last=f"Quill{chr(65 + n % 26)}{n}", first="Ada", sid=str(n)) for n in range(count)]


async def test_a_page_takes_a_fixed_number_of_statements(feeds: FeedSide) -> None:
    sent: list[str] = []

    def note(record: LoggedQuery) -> None:
        if not re.match("begin|commit|rollback|select set_config", record.query.strip().lower()):
            sent.append(record.query)

    def listen(connection: Any, *_rest: Any) -> None:
        connection.driver_connection.add_query_logger(note)

    # So that every kind of statement is needed: somebody is known, and somebody is asked about.
    await link(feeds, marlow(), marlow(first="Quincy"))
    await feeds.web.engine.dispose()
    sql_event.listen(feeds.web.engine.sync_engine, "connect", listen)
    counts = []
    for identities in ([marlow(first="Placida"), *many(1)], [marlow(first="Zebedee"), *many(PAGE - 1)]):
        await link(feeds, marlow())  # the driver asks once about what it has not sent before
        sent.clear()
        await link(feeds, *identities)
        counts.append(len(sent))
    sql_event.remove(feeds.web.engine.sync_engine, "connect", listen)
    # Locks, candidates, what is new, what is asked; the candidates of a page that has over 250 blocks come in parts.
    assert counts == [4, 5]


async def test_a_block_with_too_many_members_is_skipped(feeds: FeedSide) -> None:
    crowd = [marlow(last=f"{chr(65 + n // 26)}{chr(65 + n % 26)}zyx", first="Ada", sid=f"X{n}") for n in range(401)]
    await link(feeds, *crowd)
    same_day = sorted(tokens(feeds.keys, Traits(surname="QQ", born="19900517")))
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin("agency:PAPPD0000") as tx:
        known = await tx.value("select count(*) from own.person_block where token = any(:tokens)", {"tokens": same_day})
        found = await candidates(tx, same_day)
    assert known > MOST_MEMBERS
    assert found == {}


async def test_whoever_has_too_much_to_stand_in_a_block_or_is_known_from_before_is_found(feeds: FeedSide) -> None:
    long = marlow(addresses=[f"{n} Very Long Fable Street, Apartment {n}" for n in range(60)])
    first, other = await link(feeds, long, marlow(last="Exampleton", first="Quincy"))
    held = await feeds.rows(
        "select person_id, count(traits) as n from own.person_block group by 1 order by count(traits)"
    )
    assert [(row["person_id"], row["n"] > 0) for row in held] == [(first.person_id, False), (other.person_id, True)]
    # Blocks of a release before this one hold no traits.
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        await tx.execute("update own.person_block set traits = null")
    assert await link(feeds, marlow(), marlow(last="Exampleton", first="Quincy")) == [first, other]


async def test_the_index_says_nothing_in_clear(feeds: FeedSide) -> None:
    await link(feeds, marlow(sid="SID-4411", otn="OTN-77", phones=["412-555-0199"], addresses=["17 Fable Street"]))
    tables = ("own.person", "own.person_identity", "own.person_block", "own.person_review")
    held = "\n".join([line for table in tables for line in await feeds.everything(table)]).lower()
    assert held
    for text in ("sampleton", "marlow", "sid-4411", "otn-77", "5550199", "fable"):
        assert text not in held
        assert text.encode().hex() not in held
        assert text.upper().encode().hex() not in held
