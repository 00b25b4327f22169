"""Replay rebuilds `copied` from the log to the same state, and publishes nothing."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource

from shared.contracts import ContactLogged
from shared.messaging import Fact, Handlers, Tx
from shared.messaging.compare import compare
from shared.messaging.replay import ReplayError, replay
from shared.messaging.security import group_id
from tests.integration.messaging.conftest import Probe, until
from tests.integration.messaging.test_applying import assessment
from tests.integration.messaging.test_live import read_all, send
from tests.probe import service
from tests.probe.facts import NOON, Raw, contact, raw, raw_tombstone

# A replay finds its result in `own` and does nothing; the probe, which counts every call, is too simple for that.
silent = Handlers("casework")


@silent.on(ContactLogged)
async def contact_logged(tx: Tx, facts: list[Fact[ContactLogged]]) -> None:
    await service.contact_logged(tx, facts)
    tx.outgoing.clear()


for topic in service.handlers.topics:
    if topic != "contact-logged":
        silent._by_topic[topic] = service.handlers.of(topic)


def story(probe: Probe) -> list[Raw]:
    """Versions, a void, an erasure, poison, a fact that waits."""
    records = []
    for number in range(300):
        fact = contact(minutes=10 + number)
        records.append(raw(fact, probe.keys))
        if number % 3 == 0:
            records.append(raw(fact.model_copy(update={"version": 2, "minutes": 7}), probe.keys))
        if number % 10 == 0:
            records.append(raw(fact.void(3, NOON, "error"), probe.keys))
        if number % 15 == 0:
            records.append(raw_tombstone(fact, 3))
    records.append(Raw("contact-logged", 1, 0, b"k", b"poison", ()))
    records.append(raw(assessment(uuid4()), probe.keys))
    return records


async def consumed(probe: Probe) -> None:
    async with probe.consuming() as consumer:
        await until(lambda: _caught_up(probe, consumer))


async def _caught_up(probe: Probe, consumer: object) -> bool:
    rows = await probe.rows(
        "select (select count(*) from own.dead_letter) + (select count(*) from copied.waiting) as n"
    )
    return bool(rows[0]["n"] >= 2 and not sum(consumer.lag().values()))  # type: ignore[attr-defined]


async def test_a_replay_in_place_gives_the_same_rows_and_publishes_nothing(
    live: Probe, producer: AIOKafkaProducer
) -> None:
    await send(producer, live, *story(live))
    await consumed(live)
    before = await live.rows("select contact_id, version, minutes from copied.contact order by 1")
    outbox = await live.look("select count(*) as n from own.outbox")
    done = await replay(live.settings, live.keys, silent)
    assert await live.rows("select contact_id, version, minutes from copied.contact order by 1") == before
    assert await live.look("select count(*) as n from own.outbox") == outbox
    assert (done.published, done.records > 300) == (0, True)
    # The consumer goes on where the replay ended.
    later = contact()
    await send(producer, live, raw(later, live.keys))
    async with live.consuming():
        await until(lambda: _exists(live, later.contact_id))
    assert await live.rows("select * from own.effect where fact_id = :f and times > 1", f=later.fact_id) == []


async def test_a_replay_into_an_empty_database_also_from_a_compacted_log(
    live: Probe, producer: AIOKafkaProducer
) -> None:
    name = f"{live.settings.topic_prefix}contact-logged"
    await send(producer, live, *story(live))
    await consumed(live)
    old = await read_all(live, "contact-logged")
    settings = {"cleanup.policy": "compact", "segment.ms": "1000", "max.compaction.lag.ms": "1000",
                "min.cleanable.dirty.ratio": "0.001", "delete.retention.ms": "60000"}  # fmt: skip
    entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in settings.items()]
    change = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
    for future in live.stack.broker.admin.incremental_alter_configs([change]).values():
        future.result(30)

    async def compacted() -> bool:
        # Quiet segments roll with the next append: what the beats are for.
        beats = [Raw("contact-logged", p, 0, f"beat-intake-{p}".encode(), b"{}",
                     (("ce_type", b"lead.beat.v1"), ("ce_source", b"/intake"), ("ce_time", NOON.isoformat().encode())))
                 for p in range(12)]  # fmt: skip
        await send(producer, live, *beats)
        await asyncio.sleep(1)
        left = await read_all(live, "contact-logged")
        return sum(b"beat" not in r.key for r in left) < len(old) - 60

    await until(compacted)
    fresh = await live.stack.fresh_database("casework", migrated=False)
    await service.migrate(fresh)
    fresh = live.settings.model_copy(update={"database_name": fresh.database_name})
    await replay(live.settings, live.keys, silent, into=fresh.database_name)
    found = await compare(live.settings, fresh, live.keys, {})
    assert [difference for difference in found if not difference.equal] == []
    assert {d.table: d.rows[0] for d in found}["copied.contact"] > 200
    with pytest.raises(ReplayError, match="not empty"):
        await replay(live.settings, live.keys, silent, into=fresh.database_name)
    await live.stack.drop_database(fresh)


async def test_compare_sees_one_changed_value_and_names_only_its_column(live: Probe) -> None:
    await live.apply(raw(contact(), live.keys), raw(assessment(uuid4()), live.keys))
    same = await compare(live.settings, live.settings, live.keys, {})
    assert all(difference.equal for difference in same)
    other = await live.stack.fresh_database("casework", migrated=False)
    await service.migrate(other)
    found = {d.table: d for d in await compare(live.settings, other, live.keys, {})}
    assert found["copied.contact"].unmatched == (1, 0)
    assert not found["copied.waiting"].equal
    await live.stack.drop_database(other)


async def test_a_replay_refuses_while_consumers_run(live: Probe, producer: AIOKafkaProducer) -> None:
    await send(producer, live, *story(live))
    async with live.consuming() as consumer:
        await until(lambda: _caught_up(live, consumer))
        with pytest.raises(ReplayError, match=group_id(live.settings)):
            await replay(live.settings, live.keys, silent)
    assert len(await live.rows("select 1 from copied.contact")) > 200


async def _exists(probe: Probe, contact_id: object) -> bool:
    return bool(await probe.rows("select 1 from copied.contact where contact_id = :c", c=contact_id))
