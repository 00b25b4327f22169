"""What casework is the system of record for."""

from __future__ import annotations

from alembic import op

import shared.messaging.schema
import shared.web.schema
from shared.runtime.tables import create_schemas, grant, protect

revision = "0001"
down_revision = None

PERSON = """
    person_id uuid not null,
    home_id uuid not null,
    programme text not null,
    municipality text,
    agency_ori text
"""

TABLES = {
    # What a status stands on, as far as the rules have taken it into account: this is why a replay is silent.
    "own.status_ground": """
        ground_id uuid primary key,
        kind text not null check (kind in ('intake', 'reached', 'staff')),
        at timestamptz not null,
        status text,
        version integer not null,
        valid boolean not null
    """,
    "own.status_change": """
        change_id uuid primary key,
        ground_id uuid not null,
        status text not null,
        since timestamptz not null,
        engaged boolean not null,
        version integer not null,
        recorded_at timestamptz not null
    """,
    "own.participant": """
        status text not null,
        since timestamptz not null,
        enrolled_at timestamptz not null,
        engaged boolean not null,
        primary key (person_id)
    """,
    "own.assignment": """
        assignment_id uuid primary key,
        worker text not null,
        role text not null check (role in ('coordinator', 'cover')),
        from_at timestamptz not null,
        to_at timestamptz,
        reason bytea,
        by_worker text not null,
        version integer not null,
        recorded_at timestamptz not null
    """,
    "own.contact": """
        contact_id uuid primary key,
        referral_id uuid,
        worker text not null,
        at timestamptz not null,
        minutes integer,
        mode text not null,
        outcome text not null,
        stage text not null,
        next_due_on date,
        details bytea,
        version integer not null,
        voided boolean not null default false,
        recorded_at timestamptz not null
    """,
    "own.note": """
        note_id uuid primary key,
        contact_id uuid,
        worker text not null,
        at timestamptz not null,
        body bytea not null,
        recorded_at timestamptz not null
    """,
    "own.alert_seen": """
        arrest_id uuid not null,
        worker text not null,
        seen_at timestamptz not null,
        primary key (arrest_id, worker)
    """,
}

INDEXES = """
create index on own.participant (home_id);
create index on own.participant (status, since);
create index on own.status_ground (person_id);
create index on own.status_change (home_id, since);
create index on own.assignment (home_id) where to_at is null;
create index on own.assignment (worker) where to_at is null;
create unique index one_coordinator on own.assignment (person_id) where to_at is null and role = 'coordinator';
create index on own.contact (home_id, at);
create index on own.contact (person_id);
create index on own.note (home_id);
create index on own.alert_seen (home_id);
"""


def upgrade() -> None:
    create_schemas("casework")
    shared.messaging.schema.install("casework")
    shared.web.schema.install("casework")
    for table, columns in TABLES.items():
        op.execute(f"create table {table} ({PERSON}, {columns})")
        grant(table, web="select, insert, update", consumer="select, insert, update, delete")
        protect(table)
    op.execute("create table own.worker (worker text primary key, name bytea not null, role text not null)")
    grant("own.worker", web="select, insert, update", consumer="select")
    protect("own.worker", tenant=False)
    op.execute(
        "create table own.erasure (erasure_id uuid primary key, rows_left integer not null,"
        " recorded_at timestamptz not null)"
    )
    grant("own.erasure", consumer="select, insert, update")
    protect("own.erasure", tenant=False)
    for index in filter(str.strip, INDEXES.split(";")):
        op.execute(index)
