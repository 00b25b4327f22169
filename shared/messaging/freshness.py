"""How current this service's copies are, by the beats of their owners."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.topics import read_by, topics

SILENCE = timedelta(seconds=45)
NEVER = datetime.fromtimestamp(0, UTC)

_HEARD = text("""
    select count(*) as partitions, min(beat_at) as oldest from copied.freshness
    where owner = :owner and topic = any(:topics)
""")
# A row per partition: `greatest` makes an old beat, read again, harmless.
_NOTE = text("""
    insert into copied.freshness (owner, topic, partition, beat_at)
    select owner, topic, partition, max(beat_at)
    from unnest(cast(:owner as text[]), cast(:topic as text[]), cast(:partition as int[]),
                cast(:beat_at as timestamptz[])) as b (owner, topic, partition, beat_at)
    group by 1, 2, 3 order by 1, 2, 3
    on conflict (owner, topic, partition) do update
    set beat_at = greatest(freshness.beat_at, excluded.beat_at)
""")


@dataclass(frozen=True)
class Beat:
    """All that its owner committed before `time` stands before it in this partition."""

    owner: str
    topic: str
    partition: int
    time: datetime


async def note(connection: AsyncConnection, beats: Iterable[Beat]) -> None:
    """Remember the newest beat of each partition."""
    rows = list(beats)
    await connection.execute(
        _NOTE,
        {
            "owner": [beat.owner for beat in rows],
            "topic": [beat.topic for beat in rows],
            "partition": [beat.partition for beat in rows],
            "beat_at": [beat.time for beat in rows],
        },
    )


async def stale_since(
    connection: AsyncConnection, service: str, owner: str, topic: str | None, now: datetime
) -> datetime | None:
    """The time up to which the copy is known to be whole, if that is over 45 s ago; 1970 if never heard."""
    heard = [name for name in read_by(service) if owner in topics()[name].write and topic in (None, name)]
    if not heard:
        return None
    expected = sum(topics()[name].partitions for name in heard)
    row = (await connection.execute(_HEARD, {"owner": owner, "topics": heard})).one()
    oldest: datetime = row.oldest if row.partitions >= expected else NEVER
    return oldest if now - oldest > SILENCE else None
