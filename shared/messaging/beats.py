"""Beats: every 15 s, into every partition of its topics, an owner says that all before is in the log."""

from __future__ import annotations

from typing import Any

from shared.contracts import BEAT_TYPE
from shared.contracts.topics import topics, written_by

EVERY = 15.0

# A beat goes through the outbox: whatever was committed before it has a lower seq in the same partition, and
# the relay sends in that order.
_STORE = """
    insert into own.outbox (id, aggregatetype, aggregateid, type, payload, partition_key, partition, version, time)
    select gen_random_uuid(), topic, 'beat-' || $1 || '-' || partition, $2, '{}',
           'beat-' || $1 || '-' || partition, partition, 1, clock_timestamp()
    from unnest($3::text[], $4::smallint[]) as b (topic, partition)
"""


async def store(connection: Any, service: str, shard: int, shards: int) -> None:
    """Put a beat for each partition of this shard behind the facts in the outbox."""
    places = [
        (topic, partition)
        for topic in written_by(service)
        for partition in range(topics()[topic].partitions)
        if partition % shards == shard
    ]
    await connection.execute(
        _STORE, service, BEAT_TYPE, [topic for topic, _ in places], [partition for _, partition in places]
    )
