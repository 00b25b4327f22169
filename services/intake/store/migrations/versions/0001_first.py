"""Intake's tables. `own`: what intake is the record of. `copied`: other services' facts, rebuilt by replay."""

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

OWN = {
    "own.claim": """
        referral_id uuid primary key,
        worker text not null,
        worker_name text not null,
        claimed_at timestamptz not null
    """,
    "own.contact": """
        contact_id uuid primary key,
        referral_id uuid not null,
        stage text not null check (stage in ('outreach', 'intake')),
        worker text not null,
        worker_name text not null,
        at timestamptz not null,
        minutes integer,
        mode text not null,
        outcome text not null check (outcome in ('reached', 'attempted', 'declined')),
        place_hint bytea,
        next_on date,
        next_mode text,
        voided boolean not null default false,
        version integer not null,
        recorded_at timestamptz not null
    """,
    "own.offer_answer": """
        answer_id uuid primary key,
        referral_id uuid not null,
        answer text not null check (answer in ('declined', 'returned')),
        at timestamptz not null,
        worker text not null,
        recorded_at timestamptz not null
    """,
    "own.interview": """
        intake_id uuid primary key,
        referral_id uuid not null,
        kind text not null check (kind in ('full', 'update')),
        instrument text not null,
        instrument_version integer not null,
        language text not null,
        state text not null check (state in ('open', 'finished', 'voided')),
        started_at timestamptz not null,
        sharing bytea,
        sharing_version integer not null default 0,
        completed_at timestamptz,
        earliest_completed_at timestamptz,
        reason bytea,
        minutes integer,
        worker text,
        worker_name text,
        contact_id uuid,
        first_contact_at timestamptz,
        demographics jsonb,
        version integer not null default 0,
        recorded_at timestamptz not null
    """,
    "own.interview_part": """
        part_id uuid primary key,
        intake_id uuid not null references own.interview on delete cascade,
        part integer not null check (part in (1, 2)),
        sheet bytea not null,
        row_version integer not null default 0,
        writer text,
        writer_name text,
        writing_since timestamptz,
        saved_at timestamptz,
        done_at timestamptz,
        unique (intake_id, part)
    """,
    "own.take_over": """
        take_over_id uuid primary key,
        intake_id uuid not null,
        part integer,
        from_worker text,
        to_worker text not null,
        reason bytea not null,
        at timestamptz not null
    """,
    "own.assessment": """
        assessment_id uuid primary key,
        intake_id uuid not null,
        referral_id uuid not null,
        part2 boolean not null,
        version integer not null
    """,
    "own.baseline": """
        status_id uuid primary key,
        intake_id uuid not null,
        domain text not null,
        value bytea not null,
        from_on date not null,
        asked boolean not null,
        instrument text not null,
        published boolean not null,
        version integer not null
    """,
    "own.consent": """
        consent_id uuid primary key,
        referral_id uuid,
        recipient_class text not null,
        recipient_id text,
        information text[] not null,
        purpose text not null,
        state text not null check (state in ('granted', 'declined', 'revoked', 'expired')),
        signed_at timestamptz not null,
        expires_on date,
        form_version text not null,
        language text not null,
        signature bytea,
        worker text not null,
        ended_at timestamptz,
        ended_how text,
        version integer not null,
        recorded_at timestamptz not null
    """,
}

COPIED = {
    "copied.referral": """
        referral_id uuid primary key,
        pathway text not null,
        zone text,
        occurred_at timestamptz not null,
        received_at timestamptz not null,
        counterfactual text not null,
        offer text not null,
        charges jsonb not null,
        decision text not null,
        intake_due_on date,
        referred_by text not null,
        handoff text not null,
        handoff_minutes integer,
        state text not null,
        due_on date
    """,
    "copied.decision": """
        decision_id uuid primary key,
        seq integer not null,
        referral_id uuid not null,
        decision text not null,
        decided_by_role text not null,
        decided_at timestamptz not null,
        intake_due_on date
    """,
    "copied.charge": """
        charge_id uuid primary key,
        referral_id uuid not null,
        state text not null,
        decided_at timestamptz not null,
        decided_by text not null,
        statute text not null,
        grade text
    """,
    "copied.profile": "profile bytea not null, primary key (person_id)",
    "copied.status": """
        change_id uuid primary key,
        status text not null,
        since timestamptz not null,
        engaged boolean not null
    """,
    "copied.assignment": """
        assignment_id uuid primary key,
        worker text not null,
        role text not null,
        from_at timestamptz not null,
        to_at timestamptz
    """,
}

# The accounting of disclosures. Metrics knows no person: then the person is found by the consent.
DISCLOSURE = """
    disclosure_id uuid primary key, person_id uuid, consent_id uuid, basis text not null,
    recipient_class text not null, recipient_id text, information text[] not null, purpose text not null,
    at timestamptz not null, form text not null, notice_version text not null,
    programme text not null, municipality text, agency_ori text
"""

# Not about one person of a referral: no web role reads who is who.
PLAIN = {
    "copied.home": "person_id uuid primary key, home_id uuid not null",
    "copied.merge": """
        merge_id uuid primary key, survivor_id uuid not null, absorbed_id uuid not null, undone boolean not null
    """,
    "copied.area": """
        area_id text primary key, municipality text not null, zone text, name text not null,
        timezone text not null, stages jsonb not null, covering jsonb not null
    """,
    "copied.erasure": """
        erasure_key text primary key, erasure_id uuid not null, service text not null, state text not null,
        person_id uuid, absorbed_ids uuid[] not null, rows_left integer
    """,
}

INDEXES = """
create index on own.contact (referral_id, at);
create index on own.contact (home_id);
create index on own.offer_answer (referral_id, at);
create unique index one_interview on own.interview (referral_id) where state <> 'voided';
create index on own.interview (home_id);
create index on own.take_over (intake_id);
create index on own.assessment (intake_id);
create index on own.baseline (intake_id);
create index on own.baseline (home_id) where not published;
create index on own.consent (home_id);
create index on own.consent (expires_on) where state = 'granted';
create index on copied.referral (home_id);
create index on copied.referral (state, due_on);
create index on copied.referral (due_on);
create index on copied.referral (person_id);
create index on copied.decision (referral_id, seq);
create index on copied.charge (referral_id);
create index on copied.profile (home_id);
create index on copied.status (home_id, since);
create index on copied.assignment (home_id);
create index on copied.merge (survivor_id);
create index on copied.merge (absorbed_id);
create index on copied.disclosure (person_id);
create index on copied.disclosure (consent_id);
"""


def upgrade() -> None:
    create_schemas("intake")
    shared.messaging.schema.install("intake")
    shared.web.schema.install("intake")
    for table, columns in OWN.items():
        op.execute(f"create table {table} ({PERSON}, {columns})")
        grant(table, web="select, insert, update", consumer="select, insert, update, delete")
        protect(table)
    grant("own.claim", web="delete")
    for table, columns in COPIED.items():
        op.execute(f"create table {table} ({PERSON}, {columns})")
        grant(table, web="select", consumer="select, insert, update, delete")
        protect(table)
    for table, columns in PLAIN.items():
        op.execute(f"create table {table} ({columns})")
        grant(table, consumer="select, insert, update, delete")
        protect(table, tenant=False)
    op.execute(
        "create table own.erasure (erasure_id uuid primary key, rows_left integer not null,"
        " recorded_at timestamptz not null)"
    )
    grant("own.erasure", consumer="select, insert")
    protect("own.erasure", tenant=False)
    op.execute(f"create table copied.disclosure ({DISCLOSURE})")
    grant("copied.disclosure", web="select", consumer="select, insert, update, delete")
    protect("copied.disclosure")
    grant("copied.area", web="select")
    for statement in filter(str.strip, INDEXES.split(";")):
        op.execute(statement)
