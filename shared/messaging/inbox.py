"""The inbox: one statement decides which facts of a batch are news.

A record wins when its version is higher than any seen of its fact; a tombstone also against its own version.
So duplicates, late versions, a void before its record and an erasure are one rule, whatever the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.facts import Fact

# Rows are locked in the order of their key, so that two consumers cannot block each other. What wins also
# takes the place of an older version that still waits.
_WINNERS = text("""
    with given as (
        select distinct on (topic, fact_id) topic, fact_id, version, erased, place
        from unnest(cast(:topic as text[]), cast(:fact_id as text[]), cast(:version as int[]),
                    cast(:erased as boolean[])) with ordinality as g (topic, fact_id, version, erased, place)
        order by topic, fact_id, version desc, erased desc, place
    ), won as (
        insert into copied.inbox (topic, fact_id, version, erased)
        select topic, fact_id, version, erased from given order by topic, fact_id
        on conflict (topic, fact_id) do update set version = excluded.version, erased = excluded.erased
        where (excluded.version, excluded.erased) > (inbox.version, inbox.erased)
        returning topic, fact_id
    ), gone as (
        delete from copied.waiting w using won where w.topic = won.topic and w.fact_id = won.fact_id
    )
    select place from given join won using (topic, fact_id) order by place
""")
_NEWEST = text("select version, erased from copied.inbox where topic = :topic and fact_id = :fact_id")


async def winners(connection: AsyncConnection, facts: Sequence[Fact[Any]]) -> list[Fact[Any]]:
    """The facts that are news, in the order given, and remember that they were seen. One statement."""
    found = await connection.execute(
        _WINNERS,
        {
            "topic": [fact.topic for fact in facts],
            "fact_id": [fact.fact_id for fact in facts],
            "version": [fact.version for fact in facts],
            "erased": [fact.erase for fact in facts],
        },
    )
    return [facts[place - 1] for place in found.scalars()]


async def is_newest(connection: AsyncConnection, fact: Fact[Any]) -> bool:
    """Whether nothing newer than this fact was ever seen."""
    row = (await connection.execute(_NEWEST, {"topic": fact.topic, "fact_id": fact.fact_id})).first()
    return row is None or (row.version, row.erased) <= (fact.version, fact.erase)
