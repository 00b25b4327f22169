"""Batches: what was sent, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from services.referral.domain.feed_health import COUNTS
from shared.messaging import Tx
from shared.runtime.ids import uuid7

WAITS: Final = "lead_feeds"
"""What PostgreSQL notifies the worker on once a file waits."""
_APART: Final = {"tenant", "answer", "declared"}


@dataclass(frozen=True)
class Tenant:
    """Whose rows a batch makes."""

    programme: str
    municipality: str | None
    agency_ori: str | None


@dataclass(frozen=True)
class Declared:
    """What the sender of a file said of it: the days it is complete for, both included, and how many rows it has."""

    complete_from: date | None = None
    complete_to: date | None = None
    rows: int | None = None


@dataclass(frozen=True)
class Batch:
    """One batch as its worker needs it."""

    batch_id: UUID
    source: str
    format: str
    timezone: str
    status: str
    replay_of: UUID | None
    decision: str | None
    received_at: datetime
    content_at: datetime
    """When its content came: of a file that is read again, when it came first."""
    tenant: Tenant
    declared: Declared = Declared()
    mapping_version: int = 1
    mends: UUID | None = None
    answered: Sequence[Mapping[str, Any]] = ()
    """What a person was asked and answered by applying it, as it was asked."""

    @property
    def whole(self) -> bool:
        """Whether it is a delivery of its feed: not one read again, nor some of its rows put right."""
        return self.replay_of is None and self.mends is None


@dataclass(frozen=True)
class NewBatch:
    """What is known of a batch when it comes in. `key` makes it unique in its source."""

    source: str
    format: str
    timezone: str
    mapping_version: int
    key: bytes
    body_key: bytes
    status: str
    adapter_version: str
    tenant: Tenant
    key_id: str | None = None
    replay_of: UUID | None = None
    rows: int = 0
    size: int = 0
    answer: Any = None
    declared: Declared = Declared()
    mends: UUID | None = None
    """The batch whose rejected rows these are, put right: their content is as old as that batch's."""
    content_at: datetime | None = None
    """When the content came; None: now."""
    again_of: UUID | None = None
    """The batch that the same bytes made before others came."""


async def add(tx: Tx, new: NewBatch, batch_id: UUID | None = None) -> tuple[RowMapping, bool]:
    """Add a batch, or find the one of this source with this key: (row, True if it is new)."""
    row = await tx.row(
        """
        insert into own.batch (batch_id, programme, municipality, agency_ori, source, format, timezone,
          mapping_version, batch_key, body_key, replay_of, status, rows, answer, bytes, key_id, adapter_version,
          received_at, content_at, complete_from, complete_to, declared_rows, mends, again_of)
        values (:batch_id, :programme, :municipality, :agency_ori, :source, :format, :timezone,
          :mapping_version, :key, :body_key, :replay_of, :status, :rows, cast(:answer as jsonb), :size, :key_id,
          :adapter_version, :now,
          coalesce((select content_at from own.batch where batch_id = :mends), :content_at),
          :complete_from, :complete_to, :declared_rows, :mends, :again_of)
        on conflict (source, batch_key) where replay_of is null and voided_at is null do nothing
        returning *
        """,
        {
            **{name: getattr(new, name) for name in NewBatch.__dataclass_fields__ if name not in _APART},
            **vars(new.tenant),
            "complete_from": new.declared.complete_from,
            "complete_to": new.declared.complete_to,
            "declared_rows": new.declared.rows,
            "answer": orjson.dumps(new.answer).decode(),
            "batch_id": batch_id or uuid7(),
            "content_at": new.content_at or tx.now,
            "now": tx.now,
        },
    )
    if row is not None:
        if new.status == "received":
            await tx.execute("select pg_notify(:channel, '')", {"channel": WAITS})
        return row, True
    found = await tx.row(
        "select * from own.batch where source = :source and batch_key = :key and replay_of is null"
        " and voided_at is null",
        {"source": new.source, "key": new.key},
    )
    if found is None:
        raise LookupError("the batch of this key is out of scope")
    return found, False


async def get(tx: Tx, batch_id: UUID) -> RowMapping | None:
    """A batch within the scope."""
    return await tx.row("select * from own.batch where batch_id = :batch_id", {"batch_id": batch_id})


async def next_waiting(tx: Tx) -> Batch | None:
    """The oldest batch that waits to be read or applied, locked."""
    row = await tx.row(
        """
        select * from own.batch where status in ('received', 'staged')
        order by batch_id limit 1 for update skip locked
        """
    )
    if row is None:
        return None
    tenant = Tenant(row["programme"], row["municipality"], row["agency_ori"])
    names = (
        "batch_id", "source", "format", "timezone", "status", "replay_of", "decision", "received_at",
        "mapping_version", "mends", "content_at", "answered",
    )  # fmt: skip
    declared = Declared(row["complete_from"], row["complete_to"], row["declared_rows"])
    return Batch(**{name: row[name] for name in names}, tenant=tenant, declared=declared)


async def settle(
    tx: Tx,
    batch_id: UUID,
    status: str,
    *,
    counts: Mapping[str, int] | None = None,
    warnings: Mapping[str, int] | None = None,
    reject_codes: Mapping[str, int] | None = None,
    columns: Sequence[str] | None = None,
    comparison: Sequence[Mapping[str, Any]] | None = None,
    error: Mapping[str, Any] | None = None,
) -> None:
    """Move a batch on; what is not given stays as it is, but the error."""
    sets = ["status = :status", "error = cast(:error as jsonb)"]
    values: dict[str, Any] = {"batch_id": batch_id, "status": status, "now": tx.now}
    values["error"] = None if error is None else orjson.dumps(error).decode()
    for name in COUNTS:
        if counts is not None and name in counts:
            sets.append(f"{name} = :{name}")
            values[name] = counts[name]
    for name, codes in (("warnings", warnings), ("reject_codes", reject_codes)):
        if codes is not None:
            sets.append(f"{name} = cast(:{name} as jsonb)")
            listed = [{"code": code, "count": count} for code, count in sorted(codes.items()) if count]
            values[name] = orjson.dumps(listed).decode()
    if columns is not None:
        sets.append("columns = cast(:columns as jsonb)")
        values["columns"] = orjson.dumps(list(columns)).decode()
    if comparison is not None:
        sets.append("comparison = cast(:comparison as jsonb)")
        values["comparison"] = orjson.dumps(list(comparison)).decode()
    if status in {"applied", "refused"}:
        sets.append("settled_at = :now")
    else:
        values.pop("now")
    await tx.execute(f"update own.batch set {', '.join(sets)} where batch_id = :batch_id", values)  # noqa: S608


async def decide(tx: Tx, batch_id: UUID, decision: Literal["apply", "discard"]) -> bool:
    """A person's word on a held or previewed batch; the worker carries it out. False if it waits for none.

    What was asked is kept with the batch: another question has to be asked by itself.
    """
    done = await tx.execute(
        """
        update own.batch set decision = :decision, error = null,
          answered = answered || case when :decision = 'apply' then coalesce(error, '[]') else '[]' end,
          -- a fault of ours may have stopped it before it was read
          status = case when error->>'code' = 'E_INTERNAL' and rows = 0 then 'received' else 'staged' end
        where batch_id = :batch_id and status in ('held', 'previewed')
        """,
        {"batch_id": batch_id, "decision": decision},
    )
    return bool(done.rowcount)


async def ask_first(tx: Tx, batch_id: UUID) -> None:
    """Let a batch that was just received wait for a person once it is read."""
    await tx.execute("update own.batch set decision = 'preview' where batch_id = :id", {"id": batch_id})


async def same_bytes(tx: Tx, source: str, body_key: bytes) -> RowMapping | None:
    """The newest batch of a source that these bytes made when they came; None if they never did."""
    return await tx.row(
        """
        select * from own.batch
        where source = :source and body_key = :body_key and replay_of is null and voided_at is null
        order by content_at desc, batch_id desc limit 1
        """,
        {"source": source, "body_key": body_key},
    )


async def has_later(tx: Tx, batch: RowMapping, by: datetime) -> bool:
    """Whether newer content of its source came after a batch until then, and was not refused."""
    found = await tx.value(
        """
        select exists (
          select 1 from own.batch
          where source = :source and received_at > :content_at and received_at <= :by and content_at > :content_at
            and status <> 'refused')
        """,
        {"source": batch["source"], "content_at": batch["content_at"], "by": by},
    )
    return bool(found)


async def of_agency(tx: Tx, agency_ori: str, limit: int) -> list[RowMapping]:
    """The newest batches of an agency's own feeds, newest first."""
    return await tx.rows(
        "select * from own.batch where agency_ori = :ori order by received_at desc, batch_id desc limit :n",
        {"ori": agency_ori, "n": limit},
    )


async def of_steward(tx: Tx, subject: str, limit: int) -> list[RowMapping]:
    """The newest batches of the feeds that this person is the steward of, newest first."""
    return await tx.rows(
        """
        select b.* from own.batch b join own.feed_source s on s.source = b.source
        where s.steward = :subject and s.agency_ori is null and b.agency_ori is null
        order by b.received_at desc, b.batch_id desc limit :n
        """,
        {"subject": subject, "n": limit},
    )


async def usual_rows(tx: Tx, source: str, last: int) -> float | None:
    """The median of the rows of a source's `last` applied batches that stand; None before there are so many."""
    row = await tx.row(
        """
        select percentile_cont(0.5) within group (order by rows) as usual, count(*) as n
        from (
          select rows from own.batch
          where source = :source and status = 'applied' and replay_of is null and mends is null and voided_at is null
          order by received_at desc limit :last) as newest
        """,
        {"source": source, "last": last},
    )
    return float(row["usual"]) if row and row["n"] == last else None


async def recent(tx: Tx, limit: int) -> list[RowMapping]:
    """The newest batches, newest first."""
    return await tx.rows("select * from own.batch order by received_at desc, batch_id desc limit :n", {"n": limit})


async def count_of(tx: Tx, source: str) -> int:
    """How many batches a feed ever sent."""
    return int(await tx.value("select count(*) from own.batch where source = :source", {"source": source}))


async def of_source(tx: Tx, source: str, offset: int, limit: int) -> list[RowMapping]:
    """The batches of a feed, newest first, a page of them."""
    return await tx.rows(
        "select * from own.batch where source = :source order by received_at desc, batch_id desc"
        " offset :offset limit :limit",
        {"source": source, "offset": offset, "limit": limit},
    )


async def reject_codes(tx: Tx, source: str, since: datetime) -> list[RowMapping]:
    """Why rows of a feed were rejected since then: code and number of rows, the most frequent first."""
    return await tx.rows(
        """
        select c->>'code' as code, sum((c->>'count')::int)::int as n
        from own.batch b cross join lateral jsonb_array_elements(b.reject_codes) as c
        where b.source = :source and b.received_at > :since and b.replay_of is null
        group by 1 order by 2 desc, 1
        """,
        {"source": source, "since": since},
    )
