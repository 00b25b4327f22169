"""The outbox: facts are stored in the transaction that makes them true, and the relay sends them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts import Event, PersonMerged, Void
from shared.contracts.topics import sealed_with
from shared.messaging.cause import Cause
from shared.messaging.partitions import partition_of
from shared.runtime.ids import uuid7
from shared.runtime.keys import Keyring

CHANNEL = "lead_outbox"
"""What PostgreSQL notifies the relay on."""

_INSERT = """
    insert into own.outbox (id, aggregatetype, aggregateid, type, payload, partition_key, partition, version, time,
                            traceparent, correlation_id)
    select * from unnest(cast(:id as uuid[]), cast(:topic as text[]), cast(:fact_id as text[]),
                         cast(:type as text[]), cast(:payload as bytea[]), cast(:partition_key as text[]),
                         cast(:partition as smallint[]), cast(:version as int[]), cast(:time as timestamptz[]),
                         cast(:traceparent as text[]), cast(:correlation_id as text[]))
"""
_FLUSH = text(_INSERT)
_FLUSH_AND_NOTIFY = text(f"with stored as ({_INSERT}) select pg_notify('{CHANNEL}', '')")


@dataclass(frozen=True)
class Outgoing:
    """One record to be: a fact, or with `payload` None a tombstone."""

    topic: str
    fact_id: str
    version: int
    payload: bytes | None
    partition_key: str
    partition: int
    cause: Cause


def outgoing(fact: Event | Void, cause: Cause, keys: Keyring) -> list[Outgoing]:
    """The records of a fact: one, but `person-merged` goes to the partitions of both people.

    Raises KeyError for a topic that is not in the topics file.
    """
    payload = fact.encode()
    if sealed_with(fact.topic):
        payload = keys.seal_topic(fact.topic, fact.fact_id, payload)
    people = [fact.partition_key]
    if isinstance(fact, PersonMerged):
        people.append(str(fact.absorbed_id))
    return [
        Outgoing(fact.topic, fact.fact_id, fact.version, payload, person, partition_of(fact.topic, person), cause)
        for person in people
    ]


def tombstone(topic: str, fact_id: str, person_id: UUID | None, version: int, cause: Cause) -> Outgoing:
    """The record that erases a fact, in the partition of the person it was published under."""
    key = str(person_id) if person_id else fact_id
    return Outgoing(topic, fact_id, version, None, key, partition_of(topic, key), cause)


def in_order(buffer: list[Outgoing]) -> list[Outgoing]:
    """The order of making, but all records of one fact by version, a tombstone behind the version it erases.

    Compaction keeps the last record of a key: when a fact moves to another person in the same partition, the
    tombstone of the old version must stand before the new version.
    """
    if all(record.payload is not None for record in buffer):
        return buffer
    first: dict[tuple[str, str], int] = {}
    for place, record in enumerate(buffer):
        first.setdefault((record.topic, record.fact_id), place)
    return sorted(buffer, key=lambda r: (first[r.topic, r.fact_id], r.version, r.payload is None))


async def flush(connection: AsyncConnection, buffer: list[Outgoing], now: datetime, *, notify: bool) -> None:
    """Store the records in one statement."""
    rows = in_order(buffer)
    await connection.execute(
        _FLUSH_AND_NOTIFY if notify else _FLUSH,
        {
            "id": [uuid7() for _ in rows],
            "topic": [r.topic for r in rows],
            "fact_id": [r.fact_id for r in rows],
            "type": [f"lead.{r.topic}.v1" for r in rows],
            "payload": [r.payload for r in rows],
            "partition_key": [r.partition_key for r in rows],
            "partition": [r.partition for r in rows],
            "version": [r.version for r in rows],
            "time": [now] * len(rows),
            "traceparent": [r.cause.traceparent for r in rows],
            "correlation_id": [r.cause.correlation_id for r in rows],
        },
    )
