"""What casework keeps of other services' facts: rebuilt by replay at any time, to the same state."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0002"
down_revision = "0001"

PERSON = """
    person_id uuid not null,
    home_id uuid not null,
    programme text not null,
    municipality text,
    agency_ori text
"""

TABLES = {
    "copied.referral": """
        referral_id uuid primary key,
        pathway text not null,
        zone text,
        occurred_at timestamptz not null,
        received_at timestamptz not null,
        counterfactual text not null,
        offer text not null,
        complainant text not null,
        charges jsonb not null,
        arrest_id uuid,
        decision text not null,
        intake_due_on date,
        referred_by text not null,
        handoff text not null,
        handoff_minutes integer,
        state text not null,
        due_on date,
        live boolean not null
    """,
    "copied.decision": """
        decision_id uuid primary key,
        seq integer not null,
        referral_id uuid not null,
        decision text not null,
        reasons jsonb not null,
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
    "copied.intake": """
        intake_id uuid primary key,
        referral_id uuid not null,
        kind text not null,
        completed_at timestamptz not null,
        language text not null,
        minutes integer not null,
        worker text not null,
        first_contact_at timestamptz
    """,
    "copied.profile": "sealed bytea not null, primary key (person_id)",
    "copied.name_token": "token bytea not null, primary key (person_id, token)",
    "copied.assessment": """
        assessment_id uuid primary key,
        referral_id uuid not null,
        instrument text not null,
        instrument_version integer not null,
        part2 boolean not null,
        sealed bytea not null
    """,
    "copied.arrest": """
        arrest_id uuid primary key,
        zone text,
        source text not null,
        arrested_at timestamptz not null,
        time_precision text not null,
        arrest_type text not null,
        custody text,
        disposition text not null,
        divertible text not null,
        warrant_only boolean not null,
        charges jsonb not null
    """,
    "copied.consent": """
        consent_id uuid primary key,
        recipient_class text not null,
        recipient_id text,
        information jsonb not null,
        purpose text not null,
        state text not null,
        from_at timestamptz not null,
        expires_on date,
        form_version text not null
    """,
    "copied.contact": """
        contact_id uuid primary key,
        referral_id uuid,
        worker text not null,
        at timestamptz not null,
        minutes integer,
        mode text not null,
        outcome text not null,
        stage text not null,
        services jsonb not null
    """,
    "copied.status": """
        status_id uuid primary key,
        domain text not null,
        value text not null,
        from_on date not null,
        to_on date,
        timepoint text not null,
        asked boolean not null
    """,
}

INDEXES = """
create index on copied.referral (home_id) where live;
create index on copied.referral (due_on) where live;
create index on copied.decision (referral_id, seq);
create index on copied.charge (home_id);
create index on copied.intake (home_id);
create index on copied.intake (referral_id);
create index on copied.profile (home_id);
create index on copied.name_token (token);
create index on copied.assessment (home_id);
create index on copied.arrest (home_id, arrested_at);
create index on copied.consent (home_id);
create index on copied.contact (home_id, at);
create index on copied.status (home_id);
"""

# Casework shows only people with a live referral, and those it enrolled itself while their referral is on its
# way. Everyone else's arrests wait here unseen; when a referral comes they are visible without moving a row.
VISIBLE = """
create policy referred_only on copied.referral as restrictive for select to lead_casework_web using (live);
create policy referred_only on copied.arrest as restrictive for select to lead_casework_web using (
    exists (select from copied.referral r where r.home_id = arrest.home_id and r.live)
    or exists (select from own.participant p where p.home_id = arrest.home_id and p.status <> 'void'));
"""

PLACES = """
create table copied.home (person_id uuid primary key, home_id uuid not null);
create table copied.merge (
    merge_id uuid primary key, survivor_id uuid not null, absorbed_id uuid not null, undone boolean not null);
create table copied.coverage (
    agency_ori text primary key, covered_from date not null, covered_through date not null);
create table copied.area (
    area_id text primary key, municipality text not null, zone text, name text not null,
    timezone text not null, stages jsonb not null, covering jsonb not null);
"""


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"create table {table} ({PERSON}, {columns})")
        grant(table, web="select", consumer="select, insert, update, delete")
        protect(table)
    for statement in filter(str.strip, PLACES.split(";")):
        op.execute(statement)
    for table in ("copied.home", "copied.merge", "copied.coverage", "copied.area"):
        grant(table, web="select", consumer="select, insert, update, delete")
        protect(table, tenant=False)
    for statement in filter(str.strip, (INDEXES + VISIBLE).split(";")):
        op.execute(statement)
