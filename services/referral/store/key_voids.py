"""Orders to take back what an API key sent in a window of time, and the batches that such an order is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from shared.messaging import Tx
from shared.runtime.ids import uuid7

FIRST: Final = UUID(int=0)
LISTED: Final = 1000
"""The most ids that an answer lists; the counts have all."""

# A file that the key sent is still what the key sent if somebody had it read again, or put rows of it right.
_FROM_KEY: Final = """
  with recursive sent as (
    select batch_id from own.batch
    where key_id = :key_id and received_at >= :sent_from and received_at < :sent_to
    union
    select made.batch_id from sent join (
      select batch_id, replay_of as made_of, received_at from own.batch where replay_of is not null
      union all
      select batch_id, mends, received_at from own.batch where mends is not null) as made
    on made.made_of = sent.batch_id {within})
  select batch_id from sent
"""
MINE: Final = _FROM_KEY.format(within="and made.received_at >= :sent_from and made.received_at < :sent_to")
"""The batches of an order; `Order.window` are its parameters."""
_MADE_SINCE: Final = _FROM_KEY.format(within="")


@dataclass
class Order:
    """One order: how far it is carried out, and what was found so far."""

    void_id: UUID
    programme: str
    key_id: str
    sent_from: datetime
    sent_to: datetime
    dry_run: bool
    stage: str
    after: UUID
    counts: dict[str, int] = field(default_factory=dict)
    listed: list[dict[str, str]] = field(default_factory=list)

    @property
    def window(self) -> dict[str, Any]:
        return {"key_id": self.key_id, "sent_from": self.sent_from, "sent_to": self.sent_to}

    def add(self, name: str, n: int = 1) -> None:
        """Count what was done."""
        self.counts[name] = self.counts.get(name, 0) + n

    def note(self, kind: str, of: UUID, why: str) -> None:
        """List what a person has to look at."""
        if len(self.listed) < LISTED:
            self.listed.append({kind: str(of), "why": why})


async def order(tx: Tx, key_id: str, sent_from: datetime, sent_to: datetime, *, dry_run: bool, programme: str) -> UUID:
    """Order it; the consumer carries it out."""
    void_id = uuid7()
    await tx.execute(
        """
        insert into own.key_void (void_id, programme, key_id, sent_from, sent_to, dry_run, ordered_at)
        values (:void_id, :programme, :key_id, :sent_from, :sent_to, :dry_run, :now)
        """,
        {
            "void_id": void_id,
            "programme": programme,
            "key_id": key_id,
            "sent_from": sent_from,
            "sent_to": sent_to,
            "dry_run": dry_run,
            "now": tx.now,
        },
    )
    return void_id


async def get(tx: Tx, key_id: str, void_id: UUID) -> RowMapping | None:
    """An order of a key."""
    return await tx.row(
        "select * from own.key_void where key_id = :key_id and void_id = :void_id",
        {"key_id": key_id, "void_id": void_id},
    )


async def next_order(tx: Tx) -> Order | None:
    """The oldest order that is not done, locked."""
    row = await tx.row(
        "select * from own.key_void where done_at is null order by void_id limit 1 for update skip locked"
    )
    return Order(**{name: row[name] for name in Order.__dataclass_fields__}) if row else None


async def save(tx: Tx, found: Order) -> None:
    """How far the order is now; in stage `done` it is over."""
    await tx.execute(
        """
        update own.key_void set stage = :stage, after = :after, counts = cast(:counts as jsonb),
          listed = cast(:listed as jsonb), done_at = case when :stage = 'done' then cast(:now as timestamptz) end
        where void_id = :void_id
        """,
        {
            "void_id": found.void_id,
            "stage": found.stage,
            "after": found.after,
            "counts": orjson.dumps(found.counts).decode(),
            "listed": orjson.dumps(found.listed).decode(),
            "now": tx.now,
        },
    )


async def waiting(tx: Tx, found: Order) -> list[UUID]:
    """The order's batches that are not applied yet, locked."""
    rows = await tx.rows(
        f"""
        select batch_id from own.batch where status in ('received', 'staged', 'previewed', 'held')
          and batch_id in ({MINE}) order by batch_id for update
        """,  # noqa: S608
        found.window,
    )
    return [row["batch_id"] for row in rows]


async def made_later(tx: Tx, found: Order) -> list[RowMapping]:
    """Batches that somebody made of the key's after the window: they vouched for them, or did not know.

    `batch_id`, and `mends`: whether rows were put right, else a file was read again.
    """
    return await tx.rows(
        f"""
        select batch_id, mends is not null as mends from own.batch
        where status <> 'refused' and voided_at is null and batch_id in ({_MADE_SINCE})
          and batch_id not in ({MINE}) order by batch_id limit :n
        """,  # noqa: S608
        found.window | {"n": LISTED},
    )


async def age_back(tx: Tx, found: Order) -> None:
    """What others said and the order's batches only repeated is as old again as the batch that said it.

    Content of an age that a batch of another way has too keeps it: the key had that one read again.
    """
    for table in ("own.arrest", "own.utilization"):
        await tx.execute(
            f"""
            with mine as materialized ({MINE})
            update {table} a
            set content_at = case when said.voided_at is null then said.content_at else to_timestamp(0) end
            from own.batch said, (
              select distinct source, content_at from own.batch
              where status = 'applied' and batch_id in (select batch_id from mine)) as ours
            where said.batch_id = a.batch_id and a.batch_id not in (select batch_id from mine)
              and ours.source = said.source and ours.content_at = a.content_at and not exists (
                select 1 from own.batch other
                where other.source = ours.source and other.content_at = ours.content_at and other.status = 'applied'
                  and other.voided_at is null and other.batch_id not in (select batch_id from mine))
            """,  # noqa: S608
            found.window,
        )


async def close(tx: Tx, found: Order, error: dict[str, str]) -> int:
    """The order's batches say what became of them, and their files may come again; how many they are."""
    done = await tx.execute(
        f"""
        update own.batch set voided_at = :now, error = cast(:error as jsonb)
        where voided_at is null and batch_id in ({MINE})
        """,  # noqa: S608
        found.window | {"now": tx.now, "error": orjson.dumps(error).decode()},
    )
    return done.rowcount


async def unclosed(tx: Tx, found: Order) -> int:
    """How many of the order's batches no order closed yet."""
    return int(
        await tx.value(
            f"select count(*) from own.batch where voided_at is null and batch_id in ({MINE})",  # noqa: S608
            found.window,
        )
    )


async def forget_answers(tx: Tx, found: Order) -> None:
    """A request of the key that comes again is not answered from memory: what it did is taken back."""
    await tx.execute(
        "delete from own.idempotency where holder = :key_id and at >= :sent_from and at < :sent_to", found.window
    )


def by_id(rows: Sequence[RowMapping], name: str) -> dict[UUID, RowMapping]:
    """Rows by one of their ids."""
    return {row[name]: row for row in rows}
