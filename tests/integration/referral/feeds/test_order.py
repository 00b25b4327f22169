"""What came first never wins over what came after it, whenever either is applied."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send, warnings
from tests.integration.referral.feeds.test_declared import HEADER, JANUARY, file
from tests.unit.referral.feeds.nibrs_files import flat, level7

pytestmark = pytest.mark.integration
BAD = "9,C9,30,F,B,never,5503 Disorderly Conduct,x,2,0,0"


@pytest.fixture
async def own(feeds: FeedSide) -> FeedSide:
    await register(feeds, "own", "wprdc_arrests", "PASAMPLE1")
    return feeds


def charged(number: int, offence: str, *more: str) -> bytes:
    return "\n".join([HEADER, f"{number},C{number},30,F,B,1/3/2024,{offence},x,2,0,0", *more]).encode()


async def replay(feeds: FeedSide, batch: dict[str, Any]) -> dict[str, Any]:
    async with feeds.client() as http:
        answer = await http.post(f"/api/batches/{batch['batch_id']}/replay")
    assert answer.status_code == 202, answer.text
    await feeds.work()
    return await feeds.batch(answer.json()["batch_id"])


async def states(feeds: FeedSide) -> dict[str, int]:
    rows = await feeds.rows("select state, count(*) as n from own.arrest group by 1")
    return {row["state"]: row["n"] for row in rows}


async def test_a_held_file_that_is_applied_later_changes_nothing_that_came_after_it(own: FeedSide) -> None:
    old = await send(own, "own", file(1, more=BAD))
    assert old["status"] == "held"
    await send(own, "own", charged(1, "2701 Simple Assault"))
    late = await decide(own, old, "apply")
    assert (counts(late), warnings(late)) == ({"other": 1, "rejected": 1}, {"W_GEO_ZERO": 1, "W_OLDER": 1})
    assert [fact["version"] for fact in await own.outbox()] == [1]
    again = await decide(own, await replay(own, late), "apply")
    assert counts(again) == {"other": 1, "rejected": 1}
    assert len(await own.outbox()) == 1


async def test_what_the_newest_file_says_again_is_of_its_day(own: FeedSide) -> None:
    await send(own, "own", charged(1, "2701 Simple Assault"))
    between = await send(own, "own", file(1, more=BAD))
    await send(own, "own", charged(1, "2701 Simple Assault", ""))
    assert counts(await decide(own, between, "apply")) == {"other": 1, "rejected": 1}
    assert [fact["version"] for fact in await own.outbox()] == [1]


async def test_an_old_file_read_again_brings_back_nothing_that_was_taken_back(own: FeedSide) -> None:
    first = await send(own, "own", file(*range(1, 101)))
    await send(own, "own", file(*range(1, 100)), **JANUARY)
    again = await replay(own, first)
    assert (counts(again), warnings(again)["W_OLDER"]) == ({"duplicates": 99, "other": 1}, 1)
    assert await states(own) == {"live": 99, "void": 1}


async def test_a_day_that_was_declared_complete_since_takes_no_arrest_of_an_older_file(own: FeedSide) -> None:
    mistaken = await send(own, "own", file(7, more=BAD))
    await send(own, "own", file(1, 2), **JANUARY)
    late = await decide(own, mistaken, "apply")
    assert (counts(late), warnings(late)["W_OLDER"]) == ({"other": 1, "rejected": 1}, 1)
    assert await states(own) == {"live": 2}


async def test_the_newest_file_read_again_replaces_what_a_mended_mapping_reads_otherwise(feeds: FeedSide) -> None:
    mapping: dict[str, Any] = {
        "key": ["No"],
        "columns": {"At": "arrested_at", "Charge": "charge.section", "Sex": "person.sex"},
    }
    await register(feeds, "own", "mapped_csv", "PASAMPLE1", mapping=mapping)
    batch = await send(feeds, "own", b"No,At,Charge,Sex,Race\n1,2024-01-03T10:00:00,5503,F,B\n")
    assert counts(batch) == {"accepted": 1}
    mapping["columns"]["Race"] = "person.race"
    await register(feeds, "own", "mapped_csv", "PASAMPLE1", mapping=mapping)
    assert counts(await replay(feeds, batch)) == {"replaced": 1}
    assert (await feeds.outbox())[-1]["demographics"]["race"] == "B"


async def test_a_delete_that_waited_takes_back_nothing_that_was_sent_since(feeds: FeedSide) -> None:
    await register(feeds, "state", "nibrs_flat", "per-record")
    await send(feeds, "state", flat(level7("A1")))
    held = await send(feeds, "state", flat(level7("A1", action="D"), level7("A2", code="???")))
    assert held["status"] == "held", held
    await send(feeds, "state", flat(level7("A1", code="13B")))
    late = await decide(feeds, held, "apply")
    assert (late["voided"], warnings(late).get("W_OLDER")) == (0, 1)
    assert counts(late)
    assert await states(feeds) == {"live": 1}


async def test_reading_a_declared_file_again_voids_nothing_that_came_after_it(own: FeedSide) -> None:
    first = await send(own, "own", file(*range(1, 101)), **JANUARY)
    await send(own, "own", file(101))
    again = await replay(own, first)
    assert (again["status"], counts(again)) == ("applied", {"duplicates": 100})
    assert await states(own) == {"live": 101}


async def test_a_declared_file_that_waited_voids_nothing_that_came_meanwhile(own: FeedSide) -> None:
    await send(own, "own", file(*range(1, 101)))
    held = await send(own, "own", file(*range(1, 91)), **JANUARY)
    await send(own, "own", file(91, 101))
    assert held["error"]["missing"] == [{"agency": "PASAMPLE1", "missing": 10, "known": 100}]
    assert counts(await decide(own, held, "apply")) == {"duplicates": 90, "voided": 9}
    assert await states(own) == {"live": 92, "void": 9}


async def test_the_same_bytes_after_others_are_a_batch_of_their_own(own: FeedSide) -> None:
    right, mistaken = file(*range(1, 101)), file(*range(1, 102))
    first = await send(own, "own", right, **JANUARY)
    assert (await send(own, "own", right, **JANUARY))["batch_id"] == first["batch_id"]
    await send(own, "own", mistaken, **JANUARY)
    again = await send(own, "own", right, **JANUARY)
    assert (again["again_of"], again.get("replay_of")) == (first["batch_id"], None)
    assert counts(again) == {"duplicates": 100, "voided": 1}
    assert await states(own) == {"live": 100, "void": 1}
    assert (await send(own, "own", right, **JANUARY))["batch_id"] == again["batch_id"]


async def test_records_sent_one_after_the_other_count_in_that_order(feeds: FeedSide) -> None:
    async with feeds.client(await feeds.key("PASAMPLE1")) as http:
        for offered in (True, False, True):
            answer = await http.post("/api/arrests", json=arrest("X-1", ori="PASAMPLE1", offered=offered))
            assert answer.status_code == 202, answer.text
    await feeds.work()
    assert [(fact["version"], fact["offered"]) for fact in await feeds.outbox()] == [(1, True), (2, False), (3, True)]


async def test_an_older_file_of_uses_changes_none_that_came_after_it(feeds: FeedSide) -> None:
    await register(feeds, "jail", "utilization_csv", "PASAMPLE1")
    header = "record_no,last,first,dob,sector,from,to,units,unit"
    row = "J1,Sampleton,Marlow,1990-05-05,jail,2024-01-03,{},{},day"
    held = await send(feeds, "jail", f"{header}\n{row.format('2024-01-04', 1)}\nJ2,,,,,never,,,\n".encode())
    assert held["status"] == "held", held
    newer = await send(feeds, "jail", f"{header}\n{row.format('2024-01-05', 2)}\n".encode())
    assert counts(newer) == {"accepted": 1}
    late = await decide(feeds, held, "apply")
    assert (counts(late), warnings(late)) == ({"other": 1, "rejected": 1}, {"W_OLDER": 1})
    assert [fact["version"] for fact in await feeds.outbox("utilization-recorded")] == [1]
