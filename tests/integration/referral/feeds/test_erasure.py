"""After an erasure nothing that police sent of a person is left, whatever became of it, and nothing brings it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.referral.store.erasure import erase
from shared.messaging import Transactions
from shared.runtime.ids import uuid7
from tests.integration.referral.arrests.records import arrest
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, decide, register, send, warnings

pytestmark = pytest.mark.integration

HEADER = (
    "ori,case_no,arrest_no,arrest_date,arrest_time,last,first,dob,sex,race,ethnicity,statute,description,grade,"
    "location,municipality,zone,disposition,offered"
)


def row(
    case: int, *, last: str = "Sampleton", first: str = "Marlow", statute: str = "18 3929", day: str = "2025-01-31"
) -> str:
    return f"PAPPD0000,C{case},1,{day},10:00,{last},{first},1990-01-31,M,W,,{statute},,,1 Main,Pittsburgh,2,arrested,"


def other(case: int) -> str:
    return row(case, last="Fable", first="Quill").replace("1990-01-31", "1971-07-07")


def file(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


async def forget(feeds: FeedSide, person_id: Any) -> int:
    """Erase a person; the rows that are said to be left."""
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        await erase(tx, uuid7(), [UUID(str(person_id))])
    return int((await feeds.outbox("erasure-recorded"))[-1]["rows_left"])


async def person(feeds: FeedSide, case: int = 1) -> Any:
    """The person of the arrest that was recorded first."""
    return (await feeds.outbox())[case - 1]["person_id"]


async def opened(feeds: FeedSide) -> str:
    """Everything sealed that police sent, opened."""
    texts: list[str] = []
    for table, column, place in (
        ("own.batch_part", "content", "batch_id || ':' || part"),
        ("own.batch_reject", "raw", "batch_id || ':' || number"),
        ("own.raw_record", "record", "batch_id || ':' || number"),
        ("own.raw_use", "record", "batch_id || ':' || number"),
    ):
        for found in await feeds.rows(f"select {place} as place, {column} as sealed from {table}"):
            texts.append(feeds.keys.open("RAW", f"{table}.{column}", found["place"], bytes(found["sealed"])).decode())
    return "\n".join(texts)


async def replay(feeds: FeedSide, batch: dict[str, Any]) -> int:
    async with feeds.client() as http:
        answer = await http.post(f"/api/batches/{batch['batch_id']}/replay")
    await feeds.work()
    return answer.status_code


async def test_every_state_of_a_record_goes_and_its_file_cannot_bring_it_back(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", "PAPPD0000")
    first = await send(feeds, "fable", file(row(1), other(2)))
    again = await send(feeds, "fable", file(row(1, statute="18 5503"), other(2)))
    assert counts(again) == {"replaced": 1, "duplicates": 1}
    only_other = await send(feeds, "fable", file(other(3)))
    assert await forget(feeds, await person(feeds)) == 0
    assert "Sampleton" not in await opened(feeds)
    assert "Fable" in await opened(feeds)
    assert [await replay(feeds, batch) for batch in (first, again, only_other)] == [409, 409, 202]
    # Who sends it again is answered as always; it is counted, and nothing is made of it.
    sent = await send(feeds, "fable", file(row(1), row(1, statute="18 5503"), other(2), row(4)))
    assert counts(sent) == {"accepted": 1, "duplicates": 1, "other": 2}
    assert warnings(sent)["W_ERASED"] == 1
    assert len(await feeds.rows("select 1 from own.arrest where state = 'live'")) == 3
    assert (
        len(await feeds.rows("select 1 from own.raw_record r join own.erased_record e on e.record_id = r.arrest_id"))
        == 0
    )


async def test_rejected_lines_and_batches_that_wait_do_not_keep_a_person(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", "PAPPD0000")
    await send(
        feeds,
        "fable",
        file(row(1), *(other(n) for n in range(20, 30)), row(8, day="never"), row(9, last="Else", day="x")),
    )
    held = await send(feeds, "fable", file(row(10), other(11), row(12, day="x"), other(13).replace("2025", "20x5")))
    assert held["status"] == "held"
    assert await forget(feeds, await person(feeds)) == 0
    left = await opened(feeds)
    assert "Sampleton" not in left
    assert left.count("Else") == 1
    applied = await decide(feeds, held, "apply")
    assert counts(applied) == {"accepted": 1, "rejected": 2, "other": 1}
    assert "Sampleton" not in await opened(feeds)


async def test_a_file_that_was_not_read_yet_is_refused_and_says_why(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", "PAPPD0000")
    await send(feeds, "fable", file(row(1)))
    async with feeds.client() as http:
        waiting = (await http.post("/api/sources/fable/files", content=file(row(2), other(3)))).json()["batch_id"]
    assert await forget(feeds, await person(feeds)) == 0
    await feeds.work()
    batch = await feeds.batch(waiting)
    assert (batch["status"], batch["error"]["code"], counts(batch)) == ("refused", "E_ERASED", {})
    assert await opened(feeds) == ""


async def test_records_by_http_go_in_every_state_and_do_not_come_back(feeds: FeedSide) -> None:
    async with feeds.client() as http:
        body = [arrest("1", disposition="arrested"), arrest("1", disposition="cited")]
        assert (await http.post("/api/arrests", json=body)).status_code == 202
        await feeds.work()
        assert await forget(feeds, await person(feeds)) == 0
        assert await feeds.rows("select 1 from own.raw_record") == []
        assert (await http.post("/api/arrests", json=arrest("1", disposition="warned"))).status_code == 202
    await feeds.work()
    assert await feeds.rows("select 1 from own.raw_record union all select 1 from own.arrest") == []


async def test_a_person_without_a_name_goes_with_every_file_of_the_source(feeds: FeedSide) -> None:
    await register(feeds, "nameless", "lead_csv", "PAPPD0000")
    await register(feeds, "named", "lead_csv", "PAPPD0000")
    first = await send(feeds, "nameless", file(row(1, last="", first="")))
    same = await send(feeds, "nameless", file(row(1, last="", first=""), other(2)))
    apart = await send(feeds, "named", file(other(3)))
    assert await forget(feeds, await person(feeds)) == 0
    assert [await replay(feeds, batch) for batch in (first, same, apart)] == [409, 409, 202]
    again = await send(feeds, "nameless", file(row(1, last="", first=""), other(2), other(5)))
    assert counts(again) == {"accepted": 1, "duplicates": 1, "other": 1}


async def test_a_use_that_was_erased_does_not_come_back(feeds: FeedSide) -> None:
    await feeds.register("jail", "utilization_csv")
    header, mine, another = (
        "record_no,last,first,dob,sector,from,to,units,unit",
        "1,Sampleton,Marlow,5/17/1990,jail,1/3/2024,1/5/2024,2,day",
        "2,Fable,Quill,7/7/1971,jail,1/3/2024,1/5/2024,2,day",
    )
    await send(feeds, "jail", "\n".join([header, mine, another, ""]).encode())
    (fact, _) = await feeds.outbox("utilization-recorded")
    assert await forget(feeds, fact["person_id"]) == 0
    assert "Sampleton" not in await opened(feeds)
    sent = await send(feeds, "jail", "\n".join([header, another, mine, ""]).encode())
    assert (counts(sent), warnings(sent)["W_ERASED"]) == ({"duplicates": 1, "other": 1}, 1)
    assert len(await feeds.rows("select 1 from own.raw_use union all select 1 from own.utilization")) == 2


async def test_only_the_first_of_two_words_on_a_batch_counts(feeds: FeedSide) -> None:
    await register(feeds, "fable", "lead_csv", "PAPPD0000")
    held = await send(feeds, "fable", file(row(1), other(2), row(3, day="x")))
    async with feeds.client() as http:
        url = f"/api/batches/{held['batch_id']}"
        answers = [(await http.post(f"{url}/{word}")).status_code for word in ("discard", "apply")]
    await feeds.work()
    assert answers == [202, 409]
    assert (await feeds.batch(held["batch_id"]))["error"]["code"] == "discarded"
