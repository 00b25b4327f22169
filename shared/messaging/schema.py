"""Tables of messaging in every service's database; a service's first migration calls `install`."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

# id, aggregatetype, aggregateid, type and payload are the columns of Debezium's outbox router; the others are
# headers by its `table.fields.additional.placement`, `partition` too. A null payload is a tombstone.
_OUTBOX = """
create table own.outbox (
    seq bigint generated always as identity primary key,
    id uuid not null,
    aggregatetype text not null,
    aggregateid text not null,
    type text not null,
    payload bytea,
    partition_key text not null,
    partition smallint not null,
    version int not null,
    time timestamptz not null,
    traceparent text,
    correlation_id text
) with (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000,
    fillfactor = 100
)"""

_DEAD_LETTER = """
create table own.dead_letter (
    id text not null generated always as (topic || '/' || partition::text || '/' || "offset"::text) stored unique,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    fact_id text,
    version int,
    code text not null,
    reason text not null,
    value bytea,
    tombstone boolean not null default false,
    headers bytea,
    time timestamptz not null,
    arrived_at timestamptz not null,
    state text not null default 'open' check (state in ('open', 'replayed', 'discarded', 'erased')),
    settled_at timestamptz,
    primary key (topic, partition, "offset")
)"""

_INBOX = """
create table copied.inbox (
    topic text not null,
    fact_id text not null,
    version int not null,
    erased boolean not null,
    primary key (topic, fact_id)
) with (fillfactor = 80)"""

_FRESHNESS = """
create table copied.freshness (
    owner text not null,
    topic text not null,
    partition int not null,
    beat_at timestamptz not null,
    primary key (owner, topic, partition)
) with (fillfactor = 50)"""

_WAITING = """
create table copied.waiting (
    topic text not null,
    fact_id text not null,
    version int not null,
    waits_for text not null,
    value bytea not null,
    partition int not null,
    "offset" bigint not null,
    time timestamptz not null,
    traceparent text,
    correlation_id text,
    primary key (topic, fact_id)
)"""

WAITING_VALUE = "copied.waiting.value"
DEAD_VALUE = "own.dead_letter.value"
DEAD_HEADERS = "own.dead_letter.headers"
SEALED = {WAITING_VALUE: ("DLQ", "fact_id"), DEAD_VALUE: ("DLQ", "id"), DEAD_HEADERS: ("DLQ", "id")}
"""Sealed columns of messaging's own tables: column -> (class, row-id column)."""


def install(service: str) -> None:
    """Outbox and dead letters in `own`; inbox, freshness and waiting facts in `copied`."""
    op.execute(_OUTBOX)
    grant("own.outbox", web="insert", consumer="insert", relay="select, insert, delete")
    protect("own.outbox", tenant=False)

    op.execute(_DEAD_LETTER)
    op.execute("create index dead_letter_open on own.dead_letter (topic, fact_id) where state = 'open'")
    shown = 'id, topic, partition, "offset", code, reason, time, arrived_at, state, settled_at'
    grant("own.dead_letter", web=f"select ({shown})", consumer="select, insert, update")
    protect("own.dead_letter", tenant=False)

    op.execute(_INBOX)
    grant("copied.inbox", consumer="select, insert, update")
    protect("copied.inbox", tenant=False)

    op.execute(_FRESHNESS)
    grant("copied.freshness", web="select", consumer="select, insert, update", relay="select")
    protect("copied.freshness", tenant=False)

    op.execute(_WAITING)
    op.execute("create index waiting_for on copied.waiting (waits_for)")
    grant("copied.waiting", consumer="select, insert, update, delete")
    protect("copied.waiting", tenant=False)
