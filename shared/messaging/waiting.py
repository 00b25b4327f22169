"""Facts that wait for another: kept sealed in this service's tables until what they need has arrived."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts import Void, decode
from shared.messaging.facts import Fact
from shared.messaging.schema import WAITING_VALUE
from shared.runtime.keys import Keyring

_KEEP = text("""
    insert into copied.waiting (topic, fact_id, version, waits_for, value, partition, "offset", time, traceparent,
                                correlation_id)
    values (:topic, :fact_id, :version, :waits_for, :value, :partition, :offset, :time, :traceparent, :correlation_id)
    on conflict (topic, fact_id) do update
    set version = excluded.version, waits_for = excluded.waits_for, value = excluded.value,
        partition = excluded.partition, "offset" = excluded."offset", time = excluded.time,
        traceparent = excluded.traceparent, correlation_id = excluded.correlation_id
    where waiting.version <= excluded.version
""")
_TAKE = text("""
    with taken as (delete from copied.waiting where waits_for = :waits_for returning *)
    select * from taken order by topic, partition, "offset"
""")


async def keep(connection: AsyncConnection, keys: Keyring, fact: Fact[Any], on: str) -> None:
    """Store a fact until `on`. Raises ValueError for an erasure, which needs nothing to act."""
    content = fact.event or fact.void
    if content is None:
        raise ValueError(f"{fact.topic}: an erasure cannot wait")
    value = fact.value if fact.value is not None else content.encode()
    await connection.execute(
        _KEEP,
        {
            "topic": fact.topic,
            "fact_id": fact.fact_id,
            "version": fact.version,
            "waits_for": on,
            "value": keys.seal("DLQ", WAITING_VALUE, fact.fact_id, value),
            "partition": fact.partition,
            "offset": fact.offset,
            "time": fact.time,
            "traceparent": fact.traceparent,
            "correlation_id": fact.correlation_id,
        },
    )


async def take(connection: AsyncConnection, keys: Keyring, on: str) -> list[Fact[Any]]:
    """Remove and return the facts that waited for `on`, in the order of the log within a topic and partition."""
    found = (await connection.execute(_TAKE, {"waits_for": on})).all()
    facts = []
    for row in found:
        value = keys.open("DLQ", WAITING_VALUE, row.fact_id, bytes(row.value))
        content = decode(row.topic, value)
        facts.append(
            Fact(
                fact_id=row.fact_id,
                version=row.version,
                event=None if isinstance(content, Void) else content,
                void=content if isinstance(content, Void) else None,
                erase=False,
                person_id=getattr(content, "person_id", None),
                topic=row.topic,
                partition=row.partition,
                offset=row.offset,
                time=row.time,
                traceparent=row.traceparent,
                correlation_id=row.correlation_id,
                value=value,
            )
        )
    return facts
