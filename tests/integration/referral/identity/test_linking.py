"""One person across records and agencies: linked where state id, or name and birth date, are equal."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.referral.store.people import Identity, find_or_create
from shared.messaging import Transactions
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration


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


async def test_equal_names_and_birth_dates_are_one_person_across_agencies(feeds: FeedSide) -> None:
    found = await people(
        feeds,
        arrest("A-1"),
        arrest("B-1", ori="PALEAD025", place={}, person={"last": "SAMPLE-TON", "first": "marlow"}),
        arrest("A-2", person={"birth_date": "1990-05-18"}),
        arrest("A-3", person={"suffix": "Jr."}),
    )
    assert found["A-1"] == found["B-1"]
    assert len(set(found.values())) == 3


async def test_an_equal_state_id_links_other_names_and_another_keeps_apart(feeds: FeedSide) -> None:
    found = await people(
        feeds,
        arrest("A-1", person={"sid": "4411-22"}),
        arrest("A-2", person={"sid": "441122", "last": "Placeholder", "birth_date": None}),
        arrest("A-3", person={"sid": "999"}),
        arrest("A-4"),
    )
    assert found["A-1"] == found["A-2"]
    assert found["A-3"] != found["A-1"]
    # Without a state id the name may mean either: the answer is one of them, and always the same.
    assert found["A-4"] in {found["A-1"], found["A-3"]}


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


async def test_a_referral_and_an_arrest_find_the_same_person_whichever_role_asks(feeds: FeedSide) -> None:
    marlow = Identity.model_validate({"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-17"})
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin("agency:PALEAD025") as tx:
        (referred,) = await find_or_create(tx, [marlow])
    assert (await people(feeds, arrest("A-1"))) == {"A-1": str(referred)}


async def test_two_at_once_make_one_person(feeds: FeedSide) -> None:
    marlow = Identity.model_validate({"last": "Sampleton", "first": "Marlow", "birth_date": "1990-05-17", "sid": "7"})

    async def ask() -> list[Any]:
        async with Transactions(feeds.web, feeds.keys, feeds.settings).begin("agency:PAPPD0000") as tx:
            return await find_or_create(tx, [marlow, Identity(last="Nobody")])

    answers = await asyncio.gather(*(ask() for _ in range(4)))
    assert len({found[0] for found in answers}) == 1
    assert len({found[1] for found in answers}) == 4
