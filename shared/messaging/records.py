"""Reading raw Kafka records: each becomes a fact, a beat or a dead letter, and none can fail its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from shared.contracts import BEAT_TYPE, ContractError, Void, decode
from shared.contracts.topics import sealed_with
from shared.messaging.dead import DeadLetter
from shared.messaging.facts import Fact
from shared.messaging.freshness import Beat
from shared.runtime.keys import Keyring, SealError

_is_sealed = cache(sealed_with)
_BEAT = BEAT_TYPE.encode()
_HIGHEST_VERSION = 2**31 - 1
_LONGEST_KEY = 400
_LONGEST_NAME = 128


class Record(Protocol):
    """What is used of aiokafka's ConsumerRecord."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class _Unreadable(Exception):
    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason


@dataclass
class Batch:
    """Records of one fetch, read. `positions` is where each partition goes on once the batch is stored."""

    facts: list[Fact[Any]] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.facts) + len(self.beats) + len(self.dead)


def read_batch(records: Iterable[Record], keys: Keyring, prefix: str = "") -> Batch:
    """Read records in their order. `prefix` stands before the topics' names on this broker. Never raises."""
    batch = Batch()
    cut = len(prefix)
    for record in records:
        topic = record.topic[cut:]
        batch.positions[record.topic, record.partition] = record.offset + 1
        found = read(topic, record, keys)
        if isinstance(found, Fact):
            batch.facts.append(found)
        elif isinstance(found, Beat):
            batch.beats.append(found)
        else:
            batch.dead.append(found)
    return batch


def read(topic: str, record: Record, keys: Keyring) -> Fact[Any] | Beat | DeadLetter:
    """One record. What cannot be read is a dead letter with a code and a reason without values. Never raises."""
    headers = dict(record.headers)
    fact_id: str | None = None
    try:
        if headers.get("ce_type") == _BEAT:
            return _beat(topic, record, headers)
        fact_id = _key(record.key)
        if record.value is None:
            return _erasure(topic, record, headers, fact_id)
        return _fact(topic, record, headers, fact_id, keys)
    except _Unreadable as fault:
        code, reason = fault.code, fault.reason
    except ContractError as fault:
        code, reason = "contract", fault.reason
    except SealError as fault:
        code, reason = "sealed", str(fault)
    except Exception as fault:
        code, reason = "unreadable", type(fault).__name__
    return DeadLetter(
        topic, record.partition, record.offset, fact_id, _version_said(headers), code, reason[:500], record.value,
        [(str(name), value or b"") for name, value in record.headers], _arrived(record),
    )  # fmt: skip


def _fact(topic: str, record: Record, headers: dict[str, bytes], fact_id: str, keys: Keyring) -> Fact[Any]:
    value = record.value or b""
    if _is_sealed(topic):
        value = keys.open_topic(topic, fact_id, value)
    content = decode(topic, value)
    if content.fact_id != fact_id:
        raise _Unreadable("key", "the record's key is not the id of its fact")
    if content.version > _HIGHEST_VERSION:
        raise _Unreadable("version", "the version is out of range")
    return Fact(
        fact_id=fact_id,
        version=content.version,
        event=None if isinstance(content, Void) else content,
        void=content if isinstance(content, Void) else None,
        erase=False,
        person_id=getattr(content, "person_id", None),
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        time=_time(headers, record),
        traceparent=_plain(headers, "traceparent"),
        correlation_id=_plain(headers, "correlation_id"),
        value=value,
    )


def _erasure(topic: str, record: Record, headers: dict[str, bytes], fact_id: str) -> Fact[Any]:
    version = _version_said(headers)
    if version is None:
        raise _Unreadable("version", "a tombstone needs the version it erases in its header")
    person = _plain(headers, "ce_partitionkey")
    try:
        person_id = UUID(person) if person else None
    except ValueError:
        person_id = None
    return Fact(
        fact_id=fact_id,
        version=version,
        event=None,
        void=None,
        erase=True,
        person_id=person_id,
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        time=_time(headers, record),
        traceparent=_plain(headers, "traceparent"),
        correlation_id=_plain(headers, "correlation_id"),
    )


def _beat(topic: str, record: Record, headers: dict[str, bytes]) -> Beat:
    owner = _plain(headers, "ce_source")
    said = _moment(headers.get("ce_time"))
    if not owner or said is None:
        raise _Unreadable("beat", "a beat needs ce_source and ce_time")
    return Beat(owner.removeprefix("/"), topic, record.partition, said)


def _key(key: bytes | None) -> str:
    if not key or len(key) > _LONGEST_KEY or b"\0" in key:
        raise _Unreadable("key", f"expected a key of 1 to {_LONGEST_KEY} bytes, the id of the fact")
    try:
        return key.decode()
    except UnicodeDecodeError:
        raise _Unreadable("key", "the key is not UTF-8") from None


def _version_said(headers: dict[str, bytes]) -> int | None:
    said = headers.get("version") or b""
    if not said.isdigit() or len(said) > 10:
        return None
    version = int(said)
    return version if 1 <= version <= _HIGHEST_VERSION else None


def _time(headers: dict[str, bytes], record: Record) -> datetime:
    return _moment(headers.get("ce_time")) or _arrived(record)


def _moment(said: bytes | None) -> datetime | None:
    if said is None:
        return None
    try:
        moment = datetime.fromisoformat(said.decode("ascii"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _arrived(record: Record) -> datetime:
    return datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC)


def _plain(headers: dict[str, bytes], name: str) -> str | None:
    """A header that is an id or a name: printable ASCII, or it is ignored."""
    said = headers.get(name)
    if not said or len(said) > _LONGEST_NAME or not said.isascii():
        return None
    text = said.decode()
    return text if text.isprintable() and " " not in text else None
