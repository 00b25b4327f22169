"""Consumer and relay on the real broker: nothing lost, nothing applied twice, order kept."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts import PersonMerged
from shared.messaging import Transactions, relay
from shared.messaging.partitions import partition_of
from shared.messaging.security import client_options
from shared.runtime.database import Database
from tests.integration.messaging.conftest import Probe, until
from tests.probe.facts import NOON, Raw, contact, raw


async def send(producer: AIOKafkaProducer, probe: Probe, *records: Raw) -> None:
    sent = [
        await producer.send(
            probe.settings.topic_prefix + r.topic, r.value, r.key, partition=r.partition, headers=list(r.headers)
        )
        for r in records
    ]
    await asyncio.gather(*sent)


async def read_all(probe: Probe, *topics: str) -> list[Any]:
    """Every record now in these topics."""
    consumer = AIOKafkaConsumer(**client_options(probe.settings), auto_offset_reset="earliest")
    await consumer.start()
    try:
        names = [probe.settings.topic_prefix + topic for topic in topics]
        parts = [TopicPartition(n, p) for n in names for p in range(12)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        found: list[Any] = []
        while [p for p, end in ends.items() if await consumer.position(p) < end]:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
        return found
    finally:
        await consumer.stop()


async def count(probe: Probe) -> int:
    return int((await probe.rows("select count(*) as n from copied.contact"))[0]["n"])


async def test_records_are_applied_and_their_offsets_committed(live: Probe, producer: AIOKafkaProducer) -> None:
    facts = [raw(contact(), live.keys) for _ in range(1200)]
    bad = [Raw("contact-logged", 0, 0, b"k", b"poison", (("bad", b"\xff\xfe"),))]
    await send(producer, live, *facts[:600], *bad, *facts[600:])
    async with live.consuming() as consumer:
        await until(lambda: _is(count(live), 1200))
        await until(lambda: _now(consumer.health().ok and sum(consumer.lag().values()) == 0))
    assert len(await live.rows("select * from own.dead_letter")) == 1
    # A second consumer begins where the first ended.
    async with live.consuming() as consumer:
        await until(lambda: _now(consumer.health().ok))
        await send(producer, live, raw(contact(), live.keys))
        await until(lambda: _is(count(live), 1201))
    assert await live.rows("select * from own.effect where times > 1") == []


async def test_two_members_share_the_partitions_and_nothing_is_applied_twice(
    live: Probe, producer: AIOKafkaProducer
) -> None:
    facts = [raw(contact(), live.keys) for _ in range(3000)]
    async with live.consuming(batch_size=50):
        await send(producer, live, *facts[:1000])
        async with live.consuming(batch_size=50):
            await send(producer, live, *facts[1000:2000], *facts[:300])
            await until(lambda: _is(count(live), 2000))
        await send(producer, live, *facts[2000:])
        await until(lambda: _is(count(live), 3000))
    assert await live.rows("select * from own.effect where times > 1") == []


async def test_a_database_that_goes_away_is_waited_for(live: Probe, producer: AIOKafkaProducer) -> None:
    facts = [raw(contact(), live.keys) for _ in range(600)]
    async with live.consuming(batch_size=20) as consumer:
        await until(lambda: _now(consumer.health().ok))
        for chunk in range(0, 600, 100):
            await send(producer, live, *facts[chunk : chunk + 100])
            admin = await live.stack.administrator()
            await admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
                live.settings.database_name,
            )
            await admin.close()
        await until(lambda: _is(count(live), 600))
    assert await live.rows("select * from own.effect where times > 1") == []
    assert await live.rows("select * from own.dead_letter") == []


async def test_the_relay_sends_each_fact_to_its_persons_partition_in_order(live: Probe) -> None:
    people = [uuid4() for _ in range(5)]
    async with live.transactions.begin() as tx:
        for version in range(1, 41):
            tx.publish(*(contact(person, version=version, contact_id=person) for person in people))
    async with live.relaying(batch_size=37, beat_every=3600):
        await until(lambda: _empty(live))
    records = [r for r in await read_all(live, "contact-logged") if not r.key.startswith(b"beat-")]
    assert len(records) == 200
    for person in people:
        mine = [r for r in records if r.key == str(person).encode()]
        assert {r.partition for r in mine} == {partition_of("contact-logged", str(person))}
        assert [int(dict(r.headers)["version"]) for r in mine] == list(range(1, 41))
    headers = dict(records[0].headers)
    assert headers["ce_type"] == b"lead.contact-logged.v1"
    assert headers["ce_source"] == b"/casework"
    assert headers["traceparent"].startswith(b"00-")


async def test_large_facts_leave_few_at_a_time_and_in_order(live: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each fact is larger than what may leave at once; a tombstone, which has no size, must not pass what is before it.
    monkeypatch.setattr(relay, "_BATCH_BYTES", 100)
    left: list[int] = []
    send = relay.send_batch

    async def counted(*given: Any) -> int:
        left.append(await send(*given))
        return left[-1]

    monkeypatch.setattr(relay, "send_batch", counted)
    person, gone = uuid4(), uuid4()
    async with live.transactions.begin() as tx:
        for version in range(1, 6):
            tx.publish(contact(person, version=version, contact_id=person))
    async with live.transactions.begin() as tx:
        await tx.tombstone("contact-logged", str(gone), person, 1)
    async with live.transactions.begin() as tx:
        tx.publish(contact(person, version=6, contact_id=person))
    async with live.relaying(beat_every=3600):
        await until(lambda: _empty(live))
    sent = [r for r in await read_all(live, "contact-logged") if not r.key.startswith(b"beat-")]
    mine = [r for r in sent if r.key in (str(person).encode(), str(gone).encode())]
    assert [r.value is None for r in mine] == [False] * 5 + [True, False]
    assert [int(dict(r.headers)["version"]) for r in mine if r.value] == [1, 2, 3, 4, 5, 6]
    assert left[:6] == [1, 1, 1, 1, 1, 2]


async def test_a_merge_goes_to_the_partitions_of_both_people(live: Probe) -> None:
    # Only referral writes merges; what counts here is where the outbox puts them.
    survivor, absorbed = uuid4(), uuid4()
    while partition_of("person-merged", str(survivor)) == partition_of("person-merged", str(absorbed)):
        absorbed = uuid4()
    async with live.transactions.begin() as tx:
        tx.publish(PersonMerged(merge_id=uuid4(), survivor_id=survivor, absorbed_id=absorbed, recorded_at=NOON))
    async with live.relaying(beat_every=3600):
        await until(lambda: _empty(live))
    found = [r for r in await read_all(live, "person-merged") if not r.key.startswith(b"beat-")]
    assert {r.partition for r in found} == {partition_of("person-merged", str(p)) for p in (survivor, absorbed)}


async def test_a_fact_moved_to_another_person_leaves_a_tombstone_that_never_removes_it(live: Probe) -> None:
    old, elsewhere, same = uuid4(), uuid4(), uuid4()
    while partition_of("contact-logged", str(elsewhere)) == partition_of("contact-logged", str(old)):
        elsewhere = uuid4()
    while partition_of("contact-logged", str(same)) != partition_of("contact-logged", str(old)):
        same = uuid4()
    first, second = contact(old), contact(old)
    async with live.transactions.begin() as tx:
        tx.publish(first, second)
    async with live.transactions.begin() as tx:
        for fact, person in ((first, elsewhere), (second, same)):
            tx.publish(fact.model_copy(update={"person_id": person, "version": 2, "action": "replace"}))
            await tx.tombstone("contact-logged", fact.fact_id, old, 1)
    async with live.relaying(beat_every=3600):
        await until(lambda: _empty(live))
    newest = {(r.partition, r.key): r for r in await read_all(live, "contact-logged")}
    kept = {r.key.decode(): dict(r.headers)["version"] for r in newest.values() if r.value and b"beat" not in r.key}
    assert kept == {first.fact_id: b"2", second.fact_id: b"2"}


async def test_one_relay_leads_and_another_takes_over(live: Probe) -> None:
    async with live.relaying(beat_every=3600):
        async with live.transactions.begin() as tx:
            tx.publish(contact())
        await until(lambda: _empty(live))
        async with live.relaying(beat_every=3600) as second:
            assert second.health().state in ("starting", "standing by")
    async with live.relaying(beat_every=3600):
        async with live.transactions.begin() as tx:
            tx.publish(contact())
        await until(lambda: _empty(live))
    facts = [r for r in await read_all(live, "contact-logged") if b"beat" not in r.key]
    assert len(facts) == 2


async def test_beats_reach_every_partition_behind_the_facts(live: Probe) -> None:
    async with live.transactions.begin() as tx:
        tx.publish(contact())
    async with live.relaying(beat_every=0.5), live.consuming():

        async def heard() -> bool:
            async with live.transactions.begin() as tx:
                return await tx.stale_since("casework", "contact-logged") is None

        await until(heard)


async def test_a_rolled_back_transaction_publishes_nothing(live: Probe) -> None:
    database = Database(live.settings.database_url("web"))
    transactions = Transactions(database, live.keys, live.settings)
    try:
        async with transactions.begin("programme:allegheny") as tx:
            tx.publish(contact())
            raise LookupError
    except LookupError:
        pass
    async with transactions.begin("programme:allegheny") as tx:
        tx.publish(contact())
    await database.close()
    assert (await live.look("select count(*) as n from own.outbox"))[0]["n"] == 1


async def _now(value: bool) -> bool:
    return value


async def _is(counted: Any, expected: int) -> bool:
    found: int = await counted
    assert found <= expected
    return found == expected


async def _empty(probe: Probe) -> bool:
    return bool((await probe.look("select count(*) as n from own.outbox"))[0]["n"] == 0)
