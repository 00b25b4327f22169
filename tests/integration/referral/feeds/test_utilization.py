"""Use of jail, court and ambulance: linked to the people of the arrests, published once, replaced when it changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.referral.store.erasure import erase
from shared.messaging import Transactions
from shared.runtime.ids import uuid7
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide

pytestmark = pytest.mark.integration

HEADER = "record_no,last,first,dob,sector,from,to,units,unit"
TOPIC = "utilization-recorded"


def file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def stay(number: int, *, to: str = "1/5/2024", units: int = 2, last: str = "Sampleton", dob: str = "5/17/1990") -> str:
    return f"{number},{last},Marlow,{dob},jail,1/3/2024,{to},{units},day"


def counts(batch: dict[str, Any]) -> tuple[int, ...]:
    return tuple(batch[name] for name in ("rows", "accepted", "replaced", "voided", "duplicates", "rejected", "other"))


async def test_a_use_is_about_the_person_of_the_arrest(feeds: FeedSide) -> None:
    async with feeds.client() as http:
        assert (await http.post("/api/arrests", json=arrest("1"))).status_code == 202
    await feeds.work()
    await feeds.register("jail", "utilization_csv")
    batch = await feeds.ingest("jail", file(stay(1), stay(2, last="Else"), stay(3, last="Nobirth", dob="")))
    assert (batch["status"], counts(batch)) == ("applied", (3, 3, 0, 0, 0, 0, 0))
    (arrested,) = await feeds.outbox()
    facts = await feeds.outbox(TOPIC)
    assert [fact["person_id"] == arrested["person_id"] for fact in facts] == [True, False, False]
    assert (facts[0]["sector"], facts[0]["units"], facts[0]["unit"], facts[0]["source"]) == ("jail", 2, "day", "jail")
    assert facts[0]["from"].startswith("2024-01-03T")
    assert not {"last", "first", "birth_date", "ori", "source_record_id"} & set(facts[0])


async def test_a_re_send_says_nothing_new_and_a_change_replaces(feeds: FeedSide) -> None:
    await feeds.register("jail", "utilization_csv")
    await feeds.ingest("jail", file(stay(1, to=""), stay(2)))
    again = await feeds.ingest("jail", file(stay(2), stay(1, to="1/9/2024", units=6), "", stay(3, dob="x")))
    assert again["status"] == "held"
    async with feeds.client() as http:
        await http.post(f"/api/batches/{await last(feeds)}/apply")
    await feeds.work()
    applied = await feeds.batch(await last(feeds))
    assert (applied["status"], counts(applied)) == ("applied", (4, 0, 1, 0, 1, 1, 1))
    facts = await feeds.outbox(TOPIC)
    assert [(fact["version"], fact["action"]) for fact in facts] == [(1, "record"), (1, "record"), (2, "replace")]
    assert (facts[0]["key"], facts[0]["person_id"]) == (facts[2]["key"], facts[2]["person_id"])
    assert (facts[2]["units"], "to" in facts[0], "to" in facts[2]) == (6, False, True)


async def test_without_a_number_a_stay_is_known_by_person_sector_and_beginning(feeds: FeedSide) -> None:
    await feeds.register("jail", "utilization_csv")
    header = HEADER.removeprefix("record_no,")
    rows = [stay(1, to="").partition(",")[2], stay(1).partition(",")[2]]
    batch = await feeds.ingest("jail", file(*rows, header=header))
    assert counts(batch) == (2, 1, 0, 0, 0, 0, 1)
    assert {"code": "W_KEY_TWICE", "count": 1} in batch["warnings"]
    (fact,) = await feeds.outbox(TOPIC)
    assert "to" in fact


async def test_a_use_about_somebody_else_after_all_moves_to_that_person(feeds: FeedSide) -> None:
    await feeds.register("jail", "utilization_csv")
    await feeds.ingest("jail", file(stay(1), stay(2, last="Else")))
    await feeds.ingest("jail", file(stay(1, last="Else")))
    facts = await feeds.outbox(TOPIC)
    assert facts[-1]["person_id"] == facts[1]["person_id"]
    assert facts[-2] == {"key": facts[0]["key"]}


async def test_what_stands_in_the_tables_is_sealed(feeds: FeedSide) -> None:
    await feeds.register("jail", "utilization_csv")
    await feeds.ingest("jail", file(stay(1, last="Quetzalcanary"), stay(2, last="Quetzalcanary", dob="x")))
    await feeds.work()
    for table in ("own.raw_use", "own.utilization", "own.batch", "own.batch_reject", "own.batch_part"):
        for text in await feeds.everything(table):
            assert "quetzal" not in text.lower()
            assert b"Quetzal".hex() not in text.lower()


async def test_an_erased_person_leaves_no_use_behind(feeds: FeedSide) -> None:
    await feeds.register("jail", "utilization_csv")
    await feeds.ingest("jail", file(stay(1), stay(2, last="Else")))
    first, other = await feeds.outbox(TOPIC)
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        await erase(tx, uuid7(), [UUID(first["person_id"])])
    assert (await feeds.outbox(TOPIC))[2:] == [{"key": first["key"]}]
    for table in ("own.raw_use", "own.utilization"):
        rows = await feeds.rows(f"select person_id from {table}")
        assert [str(row["person_id"]) for row in rows] == [other["person_id"]]


async def last(feeds: FeedSide) -> str:
    rows = await feeds.rows("select batch_id from own.batch order by batch_id desc limit 1")
    return str(rows[0]["batch_id"])
