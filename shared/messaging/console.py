"""`lead publish` and `lead consume`: facts as JSON lines, held against their contracts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts import BEAT_TYPE, CONTRACTS, ContractError, Event, Void, decode
from shared.contracts.topics import sealed_with, topics
from shared.messaging.cause import current
from shared.messaging.partitions import partition_of
from shared.messaging.security import client_options
from shared.messaging.wire import headers_of
from shared.runtime.ids import now, uuid7
from shared.runtime.keys import Keyring, SealError
from shared.runtime.settings import Settings


@dataclass(frozen=True)
class BadLine:
    """A line that does not fit its contract; `number` counts from 1."""

    number: int
    reason: str


class BadFile(Exception):
    """Some lines do not fit. Nothing of the file was published."""

    def __init__(self, lines: list[BadLine]) -> None:
        super().__init__("; ".join(f"line {line.number}: {line.reason}" for line in lines[:20]))
        self.lines = lines


async def publish(settings: Settings, keys: Keyring, topic: str, lines: Iterable[str]) -> int:
    """Publish `{"data": {...}, "headers"?: {...}}` lines to a topic; how many. All are checked before one is sent.

    Raises BadFile with every bad line, KafkaError when the broker refuses.
    """
    facts = check(topic, lines)
    producer = AIOKafkaProducer(**client_options(settings), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        confirmations = []
        for fact, extra in facts:
            value = fact.encode()
            if sealed_with(topic):
                value = keys.seal_topic(topic, fact.fact_id, value)
            confirmations.append(
                await producer.send(
                    settings.topic_prefix + topic,
                    value=value,
                    key=fact.fact_id.encode(),
                    partition=partition_of(topic, fact.partition_key),
                    headers=_headers(fact, extra, settings.service),
                )
            )
        await asyncio.gather(*confirmations)
    finally:
        await producer.stop()
    return len(facts)


def check(topic: str, lines: Iterable[str]) -> list[tuple[Event | Void, dict[str, str]]]:
    """The facts of a file with their extra headers; blank lines are passed over. Raises BadFile."""
    if topic not in CONTRACTS:
        raise BadFile([BadLine(0, f"no contract for {topic}; topics stand in deploy/kafka/topics.yaml")])
    facts, bad = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            facts.append(_fact(topic, line))
        except ContractError as fault:
            bad.append(BadLine(number, fault.reason))
        except ValueError as fault:
            bad.append(BadLine(number, str(fault)))
    if bad:
        raise BadFile(bad)
    return facts


def _fact(topic: str, line: str) -> tuple[Event | Void, dict[str, str]]:
    try:
        body = orjson.loads(line)
    except ValueError:
        raise ValueError('expected a JSON object {"data": {...}, "headers"?: {...}}') from None
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
        raise ValueError('expected an object with "data": {...}')
    extra = body.get("headers", {})
    if not isinstance(extra, dict) or not all(isinstance(value, str) for value in extra.values()):
        raise ValueError('expected "headers" to be an object of texts')
    return decode(topic, orjson.dumps(body["data"])), extra


def _headers(fact: Event | Void, extra: dict[str, str], service: str) -> list[tuple[str, bytes]]:
    cause = current()
    row = {
        "id": uuid7(),
        "type": fact.ce_type,
        "aggregatetype": fact.topic,
        "aggregateid": fact.fact_id,
        "time": now(),
        "partition_key": fact.partition_key,
        "version": fact.version,
        "traceparent": cause.traceparent,
        "correlation_id": cause.correlation_id,
    }
    headers = [(name, value) for name, value in headers_of(row, f"/{service}") if name not in extra]
    return headers + [(name, value.encode()) for name, value in extra.items()]


async def consume(
    settings: Settings,
    keys: Keyring,
    topic: str,
    *,
    from_beginning: bool = False,
    max_records: int | None = None,
    idle_exit: float | None = None,
    beats: bool = False,
) -> AsyncIterator[dict[str, Any]]:
    """Records of a topic as dicts: key, headers, data, partition, offset. `data` is None for a tombstone and for
    what these keys do not open. Ends after `max_records`, or after `idle_exit` seconds without a record."""
    consumer = AIOKafkaConsumer(**client_options(settings), isolation_level="read_committed")
    await consumer.start()
    try:
        places = [TopicPartition(settings.topic_prefix + topic, n) for n in range(topics()[topic].partitions)]
        consumer.assign(places)
        await (consumer.seek_to_beginning if from_beginning else consumer.seek_to_end)(*places)
        given, heard = 0, time.monotonic()
        while idle_exit is None or time.monotonic() - heard < idle_exit:
            for records in (await consumer.getmany(timeout_ms=100, max_records=2000)).values():
                for record in records:
                    shown = _shown(topic, record, keys)
                    if not beats and shown["headers"].get("ce_type") == BEAT_TYPE:
                        continue
                    heard = time.monotonic()
                    yield shown
                    given += 1
                    if given == max_records:
                        return
    finally:
        await consumer.stop()


def _shown(topic: str, record: Any, keys: Keyring) -> dict[str, Any]:
    key = (record.key or b"").decode("utf-8", "replace")
    return {
        "key": key,
        "headers": {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers},
        "data": _data(topic, key, record.value, keys),
        "partition": record.partition,
        "offset": record.offset,
    }


def _data(topic: str, key: str, value: bytes | None, keys: Keyring) -> Any:
    if value is None:
        return None
    try:
        if sealed_with(topic) and not key.startswith("beat-"):
            value = keys.open_topic(topic, key, value)
        return orjson.loads(value)
    except SealError:
        return None
    except ValueError:
        return value.decode("utf-8", "replace")
