"""Copied rows are a function of the facts alone: any order, any batches, again from nothing, silently."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest

from services.casework.store.sealed import SEALED
from shared.contracts import Event
from shared.runtime.ids import uuid7
from tests.integration.casework.desk import Casework
from tests.integration.casework.facts import (
    DAY,
    NOW,
    arrest,
    assessment,
    charge,
    consent,
    contact,
    decision,
    intake,
    merge,
    profile,
    referral,
    status,
)

pytestmark = pytest.mark.integration
BOOKKEEPING = {"inbox", "freshness", "waiting"}


def a_county(seed: int) -> list[Event]:
    """A few people with everything that can be known of them, some merged, the newest version of each fact."""
    dice = random.Random(seed)
    facts: list[Event] = []
    people = [uuid7() for _ in range(12)]
    for number, person in enumerate(people):
        facts += [arrest(person, NOW - dice.randint(1, 700) * DAY) for _ in range(dice.randint(0, 3))]
        if number % 4 == 0:
            continue
        made = referral(person, decision=dice.choice(["approved", "pending", "ineligible", "waitlisted"]))
        facts += [made, profile(person, last=f"Sampleton{number}"), charge(made), consent(person), status(person)]
        facts += [decision(made, said, seq) for seq, said in enumerate(dice.sample(["approved", "expired"], 2), 1)]
        if dice.random() < 0.7:
            facts += [intake(made), assessment(made, "A door that locks.")]
        facts += [
            contact(person, NOW - dice.randint(0, 9) * DAY, outcome=dice.choice(["reached", "attempted"]))
            for _ in range(dice.randint(0, 3))
        ]
    facts += [merge(people[1], people[2]), merge(people[3], people[1]), merge(people[5], people[6], undone=True)]
    return facts


async def tables(casework: Casework, schema: str) -> list[str]:
    rows = await casework.rows(
        "select table_name from information_schema.tables where table_schema = :schema and table_type = 'BASE TABLE'"
        " and has_table_privilege(format('%I.%I', table_schema, table_name), 'select')",
        schema=schema,
    )
    return sorted(f"{schema}.{row['table_name']}" for row in rows if row["table_name"] not in BOOKKEEPING)


async def copied(casework: Casework) -> dict[str, list[str]]:
    """Every copied row, sealed values opened, in an order that does not depend on writing."""
    found: dict[str, list[str]] = {}
    for table in await tables(casework, "copied"):
        rows = await casework.rows(f"select * from {table}")
        found[table] = sorted(str(opened(casework, table, row)) for row in rows)
    return found


def opened(casework: Casework, table: str, row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if (place := f"{table}.{name}") in SEALED:
            klass, row_id = SEALED[place]
            row[name] = casework.keys.open(klass, place, row[row_id], value)
    return row


async def deliver_shuffled(casework: Casework, facts: list[Event], dice: random.Random) -> None:
    waiting = dice.sample(facts, len(facts))
    while waiting:
        size = dice.randint(1, 9)
        await casework.deliver(*waiting[:size])
        waiting = waiting[size:]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_order_gives_the_same_rows_and_a_replay_is_silent(casework: Casework, seed: int) -> None:
    facts, dice = a_county(seed), random.Random(seed)
    await deliver_shuffled(casework, facts, dice)
    before = await copied(casework)
    said = await casework.published()
    owned = await casework.rows("select * from own.participant order by person_id")
    async with casework.consumer.begin() as connection:
        for table in await tables(casework, "copied"):
            await connection.exec_driver_sql(f"delete from {table}")
    await deliver_shuffled(casework, facts, dice)
    assert await copied(casework) == before
    assert await casework.published() == said
    assert await casework.rows("select * from own.participant order by person_id") == owned


async def test_statuses_are_the_same_in_any_order_of_arrival(casework: Casework) -> None:
    made = referral(uuid7())
    facts: list[Event] = [
        made,
        intake(made, NOW - 40 * DAY),
        intake(made, NOW - 3 * DAY, kind="update"),
        contact(made.person_id, NOW - 30 * DAY),
        contact(made.person_id, NOW - 60 * DAY),
    ]
    ends = []
    for seed in range(4):
        fresh = {fact.fact_id: uuid7() for fact in facts}
        person = uuid7()
        again = [_about(fact, person, fresh) for fact in facts]
        await deliver_shuffled(casework, again, random.Random(seed))
        ends.append(
            await casework.rows(
                "select status, since, enrolled_at, engaged from own.participant where person_id = :p", p=person
            )
        )
    assert all(end == ends[0] for end in ends)


def _about(fact: Event, person: UUID, fresh: dict[str, UUID]) -> Event:
    """The same fact of someone else, under an id of its own."""
    key = type(fact).key[0]
    return fact.model_copy(update={"person_id": person, key: fresh[fact.fact_id]})
