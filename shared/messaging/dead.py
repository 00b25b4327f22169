"""Dead letters as they are stored: the record sealed, with a code and a reason that identify nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.messaging.facts import Fact
from shared.messaging.schema import DEAD_HEADERS, DEAD_VALUE
from shared.runtime.keys import Keyring

Headers = Sequence[tuple[str, bytes]]
OPENED = "lead-opened"
"""A header of letters whose value a handler saw: it is stored opened, not as it was sealed on its topic."""

# A letter that is settled stays settled when replay meets its record again.
_STORE = text("""
    insert into own.dead_letter (topic, partition, "offset", fact_id, version, code, reason, value, tombstone,
                                 headers, time, arrived_at)
    select *, :now from unnest(
        cast(:topic as text[]), cast(:partition as int[]), cast(:offset as bigint[]), cast(:fact_id as text[]),
        cast(:version as int[]), cast(:code as text[]), cast(:reason as text[]), cast(:value as bytea[]),
        cast(:tombstone as boolean[]), cast(:headers as bytea[]), cast(:time as timestamptz[]))
    on conflict (topic, partition, "offset") do nothing
""")
# What is erased or withdrawn in the log must not live on in a dead letter.
_ERASE = text("""
    update own.dead_letter d
    set state = 'erased', settled_at = :now, value = null, headers = null
    from unnest(cast(:topic as text[]), cast(:fact_id as text[]), cast(:version as int[])) g (topic, fact_id, version)
    where d.topic = g.topic and d.fact_id = g.fact_id and (d.version is null or d.version <= g.version)
      and d.value is not null
""")


@dataclass(frozen=True)
class DeadLetter:
    """A record that cannot be applied. `value` is unsealed here, None for a tombstone."""

    topic: str
    partition: int
    offset: int
    fact_id: str | None
    version: int | None
    code: str
    reason: str
    value: bytes | None
    headers: Headers
    time: datetime

    @property
    def id(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


def of_fact(fact: Fact[Any], code: str, reason: str) -> DeadLetter:
    """The letter of a fact that a handler could not apply."""
    headers = [
        (name, value.encode())
        for name, value in (
            (OPENED, "1"),
            ("version", str(fact.version)),
            ("ce_time", fact.time.isoformat()),
            ("ce_partitionkey", str(fact.person_id) if fact.person_id else None),
            ("traceparent", fact.traceparent),
            ("correlation_id", fact.correlation_id),
        )
        if value is not None
    ]
    return DeadLetter(
        fact.topic, fact.partition, fact.offset, fact.fact_id, fact.version, code, reason[:500], fact.value,
        headers, fact.time,
    )  # fmt: skip


async def store(connection: AsyncConnection, keys: Keyring, letters: Sequence[DeadLetter], now: datetime) -> None:
    """Keep letters, each once per topic, partition and offset, in the transaction that skips their records."""
    await connection.execute(
        _STORE,
        {
            "topic": [letter.topic for letter in letters],
            "partition": [letter.partition for letter in letters],
            "offset": [letter.offset for letter in letters],
            "fact_id": [letter.fact_id for letter in letters],
            "version": [letter.version for letter in letters],
            "code": [letter.code for letter in letters],
            "reason": [letter.reason for letter in letters],
            "value": [_sealed_value(keys, letter) for letter in letters],
            "tombstone": [letter.value is None for letter in letters],
            "headers": [keys.seal("DLQ", DEAD_HEADERS, letter.id, _packed(letter.headers)) for letter in letters],
            "time": [letter.time for letter in letters],
            "now": now,
        },
    )


async def erase(connection: AsyncConnection, facts: Sequence[Fact[Any]], now: datetime) -> None:
    """Forget the letters of facts that were erased or withdrawn."""
    await connection.execute(
        _ERASE,
        {
            "topic": [fact.topic for fact in facts],
            "fact_id": [fact.fact_id for fact in facts],
            "version": [fact.version for fact in facts],
            "now": now,
        },
    )


def headers_of(plain: bytes) -> list[tuple[str, bytes]]:
    """Headers as they were packed."""
    return [(name, value.encode("latin-1")) for name, value in orjson.loads(plain)]


def _packed(headers: Headers) -> bytes:
    # Latin-1 keeps every byte, also those that are no text.
    return orjson.dumps([(_text(name), value.decode("latin-1")) for name, value in headers])


def _text(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _sealed_value(keys: Keyring, letter: DeadLetter) -> bytes | None:
    return None if letter.value is None else keys.seal("DLQ", DEAD_VALUE, letter.id, letter.value)
