"""Contacts and their records, made up for the tests of messaging."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from shared.contracts import ContactLogged, Event, Void
from shared.contracts.topics import sealed_with
from shared.messaging.partitions import partition_of
from shared.messaging.wire import headers_of
from shared.runtime.keys import Keyring

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def contact(person: UUID | None = None, *, version: int = 1, minutes: int = 20, **given: Any) -> ContactLogged:
    """A reached contact of a fictional worker."""
    return ContactLogged(
        **{
            "contact_id": uuid4(),
            "person_id": person or uuid4(),
            "version": version,
            "recorded_at": NOON,
            "worker": "fictional-worker-1",
            "at": NOON,
            "minutes": minutes,
            "mode": "street",
            "outcome": "reached",
            "stage": "outreach",
            **given,
        }
    )


@dataclass(frozen=True)
class Raw:
    """A record as Kafka would give it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp: int = 1_772_452_800_000


def raw(fact: Event | Void, keys: Keyring, *, offset: int = 0, source: str = "/intake") -> Raw:
    """The record of a fact."""
    value = fact.encode()
    if sealed_with(fact.topic):
        value = keys.seal_topic(fact.topic, fact.fact_id, value)
    place = partition_of(fact.topic, fact.partition_key)
    return Raw(fact.topic, place, offset, fact.fact_id.encode(), value, tuple(_headers(fact, source)))


def raw_tombstone(fact: Event | Void, version: int, *, offset: int = 0) -> Raw:
    """The record that erases a fact up to a version."""
    headers = [("version", b"%d" % version), ("ce_partitionkey", fact.partition_key.encode())]
    place = partition_of(fact.topic, fact.partition_key)
    return Raw(fact.topic, place, offset, fact.fact_id.encode(), None, tuple(headers))


def _headers(fact: Event | Void, source: str) -> list[tuple[str, bytes]]:
    row = {
        "id": uuid4(),
        "type": fact.ce_type,
        "aggregatetype": fact.topic,
        "aggregateid": fact.fact_id,
        "time": NOON,
        "partition_key": fact.partition_key,
        "version": fact.version,
        "traceparent": None,
        "correlation_id": "made-for-a-test",
    }
    return headers_of(row, source)
