"""A large file of named people is linked in short transactions: nobody else waits for the whole of it."""

from __future__ import annotations

import pytest

from services.referral.feeds.worker import work
from services.referral.store.people import PAGE, find_or_create
from services.referral.store.people import Identity as Said
from shared.messaging import Transactions
from tests.integration.referral.feed_side import FeedSide
from tests.integration.referral.feeds.sending import counts, register
from tests.integration.referral.feeds.test_erasure import file, forget, row

pytestmark = pytest.mark.integration
ROWS = 2 * PAGE + 10


def people(first: int = 0) -> bytes:
    """A file of people whose names and birth dates are far apart."""
    return file(*(row(n, last=f"Sampleton{n:04}", first=f"Marlow{n:04}") for n in range(first, first + ROWS)))


async def run(feeds: FeedSide) -> bool:
    """One run of the timer; whether there is more to do."""
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        return await work(tx)


async def sent(feeds: FeedSide) -> str:
    await register(feeds, "fable", "lead_csv", "PAPPD0000")
    async with feeds.client() as http:
        return str((await http.post("/api/sources/fable/files", content=people())).json()["batch_id"])


async def linked(feeds: FeedSide) -> int:
    (found,) = await feeds.rows("select count(*) as n from own.raw_record where person_id is not null")
    return int(found["n"])


async def test_each_page_is_a_transaction_and_an_officer_is_served_in_between(feeds: FeedSide) -> None:
    batch_id = await sent(feeds)
    assert await run(feeds)
    assert (await linked(feeds), (await feeds.batch(batch_id))["status"], await feeds.outbox()) == (PAGE, "staged", [])
    async with Transactions(feeds.web, feeds.keys, feeds.settings).begin("agency:PAPPD0000") as tx:
        await tx.execute("set local lock_timeout = '1s'")
        (known,) = await find_or_create(tx, [Said.model_validate(
            {"last": "Sampleton0003", "first": "Marlow0003", "birth_date": "1990-01-31"}
        )])  # fmt: skip
    assert await run(feeds)
    await feeds.work()
    assert counts(await feeds.batch(batch_id)) == {"accepted": ROWS}
    facts = await feeds.outbox()
    assert len(facts) == len({fact["key"] for fact in facts}) == ROWS
    # The officer met the person of the file, and the file kept who it was about.
    assert str(known.person_id) == facts[3]["person_id"]


async def test_a_page_that_is_lost_is_linked_again_and_the_end_is_the_same(feeds: FeedSide) -> None:
    batch_id = await sent(feeds)
    await run(feeds)
    async with Transactions(feeds.consumer, feeds.keys, feeds.settings).begin() as tx:
        assert await work(tx)
        await tx.connection.rollback()
    assert await linked(feeds) == PAGE
    await feeds.work()
    assert counts(await feeds.batch(batch_id)) == {"accepted": ROWS}
    assert len({fact["person_id"] for fact in await feeds.outbox()}) == len(
        await feeds.rows("select 1 from own.person")
    )


async def test_who_is_erased_between_two_pages_is_not_in_the_batch_any_more(feeds: FeedSide) -> None:
    batch_id = await sent(feeds)
    await run(feeds)
    (first,) = await feeds.rows("select person_id from own.raw_record where number = 1")
    assert await forget(feeds, first["person_id"]) == 0
    await feeds.work()
    batch = counts(await feeds.batch(batch_id))
    assert batch == {"accepted": batch["accepted"], "other": ROWS - batch["accepted"]}
    assert batch["other"] >= 1
    assert str(first["person_id"]) not in {fact.get("person_id") for fact in await feeds.outbox()}
