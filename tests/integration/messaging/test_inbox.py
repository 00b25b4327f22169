"""Versions, duplicates, early voids and tombstones, on the real database, without a broker."""

from __future__ import annotations

import random
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.messaging.conftest import Probe
from tests.probe.facts import NOON, contact, raw, raw_tombstone

STATE = "select contact_id, version, person_id, minutes from copied.contact order by 1"


async def test_the_highest_version_of_a_fact_wins_and_every_other_is_a_no_op(probe: Probe) -> None:
    first = contact(minutes=10)
    second = first.model_copy(update={"version": 2, "minutes": 20})
    done = await probe.apply(raw(second, probe.keys), raw(first, probe.keys), raw(second, probe.keys))
    assert (done.winners, done.stale) == (1, 2)
    done = await probe.apply(raw(first, probe.keys), raw(second, probe.keys))
    assert (done.winners, done.stale) == (0, 2)
    assert [row["minutes"] for row in await probe.rows(STATE)] == [20]
    assert [row["times"] for row in await probe.rows("select times from own.effect")] == [1]


async def test_a_void_seen_first_is_remembered(probe: Probe) -> None:
    fact = contact()
    await probe.apply(raw(fact.void(2, NOON, "error"), probe.keys))
    await probe.apply(raw(fact, probe.keys))
    assert await probe.rows(STATE) == []
    await probe.apply(raw(fact.model_copy(update={"version": 3}), probe.keys))
    assert len(await probe.rows(STATE)) == 1


async def test_a_tombstone_erases_up_to_its_version_and_no_further(probe: Probe) -> None:
    moved, gone = contact(), contact()
    newer = moved.model_copy(update={"version": 2, "person_id": uuid4()})
    await probe.apply(raw(moved, probe.keys), raw(gone, probe.keys), raw(newer, probe.keys))
    await probe.apply(raw_tombstone(moved, 1), raw_tombstone(gone, 1))
    assert [row["contact_id"] for row in await probe.rows(STATE)] == [moved.contact_id]
    await probe.apply(raw(gone, probe.keys))
    assert [row["contact_id"] for row in await probe.rows(STATE)] == [moved.contact_id]


async def test_twenty_orders_with_duplicates_give_one_state(probe: Probe) -> None:
    chance = random.Random(7)
    records = []
    for number in range(12):
        fact = contact(minutes=number * 20)
        records.append(raw(fact, probe.keys))
        for version in range(2, 2 + number % 4):
            change = {"version": version, "minutes": version, "person_id": uuid4()}
            records.append(raw(fact.model_copy(update=change), probe.keys))
        if number % 3 == 0:
            records.append(raw(fact.void(9, NOON, "error"), probe.keys))
        if number % 4 == 1:
            records.append(raw_tombstone(fact, chance.choice([1, 2, 9])))
    states = []
    for _ in range(20):
        await probe.look("truncate copied.contact, copied.inbox")
        shuffled = records + chance.choices(records, k=20)
        chance.shuffle(shuffled)
        while shuffled:
            size = chance.randint(1, 15)
            await probe.apply(*shuffled[:size])
            del shuffled[:size]
        inbox = await probe.rows("select topic, fact_id, version, erased from copied.inbox order by 1, 2")
        states.append((await probe.rows(STATE), inbox))
    assert all(state == states[0] for state in states)
    assert states[0][0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_order_of_versions_voids_and_tombstones_gives_the_state_of_the_highest(
    probe: Probe, data: st.DataObject
) -> None:
    fact = contact()
    kinds = st.tuples(st.integers(1, 5), st.sampled_from(["record", "erase"]))
    drawn = data.draw(st.lists(kinds, min_size=1, max_size=12))
    records = []
    for version, kind in drawn:
        # The owner withdraws with version 4: at one version a fact is one thing.
        if kind == "erase":
            records.append(raw_tombstone(fact, version))
        elif version == 4:
            records.append(raw(fact.void(4, NOON, "error"), probe.keys))
        else:
            records.append(raw(fact.model_copy(update={"version": version, "minutes": version}), probe.keys))
    place = 0
    while place < len(records):
        size = data.draw(st.integers(1, 4))
        await probe.apply(*records[place : place + size])
        place += size
    version, kind = max(drawn, key=lambda d: (d[0], d[1] == "erase"))
    expected = [version] if kind == "record" and version != 4 else []
    rows = await probe.rows("select minutes from copied.contact where contact_id = :c", c=fact.contact_id)
    assert [row["minutes"] for row in rows] == expected
