"""Facts by pseudonym, cells, snapshots.

A person is `person_key`, an HMAC of person_id, everywhere. Web reads cells and what is about no person;
no web role reads a fact. The public role reads snapshots only.
"""

from __future__ import annotations

from alembic import op

from shared.messaging.schema import install as install_messaging
from shared.runtime.tables import create_schemas, grant, protect
from shared.web.schema import install as install_web

revision = "0001"
down_revision = None

WRITES = "select, insert, update, delete"
FACT = "fact_id {id} primary key, version int not null, voided boolean not null, recorded_at timestamptz not null"

PERSON_FACTS = {
    "arrest": (
        "day date, rungs smallint, linkable boolean, divertible text, offered boolean, delay_days smallint,"
        " agency_ori text, area text, race text, race_source text"
    ),
    "referral": (
        "at timestamptz, day date, pathway text, offer text, decision text, screening text, arrest_id uuid,"
        " arrests_required boolean, agency_ori text, area text, race text, race_source text"
    ),
    "decision": "referral_id uuid, seq int, decision text, day date",
    "intake": "referral_id uuid, at timestamptz, day date, kind text, race text",
    "contact": "referral_id uuid, day date, stage text, outcome text, mode text",
    "participant": "status text, day date, engaged boolean",
    "charge": "referral_id uuid, state text, day date, decided_by text",
    "utilization": "sector text, unit text, units double precision, day date, until date",
    "consent": "recipient_class text, state text, day date, expires_on date, information text",
    "status": "domain text, value text, day date, until date, timepoint text, asked boolean",
}
OTHER_FACTS = {
    "survey": ("uuid", "audience text, area text, question text, answer text, day date"),
    "area": ("text", "municipality text, zone text, name text, active_from date, ended_on date, agencies text"),
    "coverage": ("text", "covered_from date, covered_through date"),
}


def upgrade() -> None:
    create_schemas("metrics")
    install_messaging("metrics")
    install_web("metrics")
    _facts()
    _people()
    _cells()
    _own()


def _facts() -> None:
    for name, columns in PERSON_FACTS.items():
        table = f"copied.fact_{name}"
        op.execute(f"create table {table} ({FACT.format(id='uuid')}, person_key bytea not null, {columns})")
        op.execute(f"create index fact_{name}_person on {table} (person_key)")
        grant(table, consumer=WRITES)
        protect(table, tenant=False)
    op.execute("create index fact_referral_agency on copied.fact_referral (agency_ori)")
    for name, (kind, columns) in OTHER_FACTS.items():
        table = f"copied.fact_{name}"
        op.execute(f"create table {table} ({FACT.format(id=kind)}, {columns})")
        grant(table, consumer=WRITES, web="select")
        protect(table, tenant=False)


def _people() -> None:
    op.execute(f"""
        create table copied.merge (
            {FACT.format(id="uuid")}, survivor bytea, absorbed bytea, undone boolean)""")
    op.execute("create table copied.home (person_key bytea primary key, home bytea not null)")
    op.execute("create index home_people on copied.home (home)")
    # A queue, not a set: a row that is added while the same person is being counted must not be lost.
    op.execute("""
        create table copied.dirty (
            person_key bytea not null, since timestamptz not null default clock_timestamp())""")
    op.execute("""
        create table copied.person_state (
            home bytea primary key, arm text, c date, t0 date, exit_day date, exit_kind text,
            counted jsonb not null)""")
    for table in ("merge", "home", "dirty", "person_state"):
        grant(f"copied.{table}", consumer=WRITES)
        protect(f"copied.{table}", tenant=False)
    # How many people wait to be counted is said on the page; who they are is not.
    grant("copied.dirty", web="select (since)")


def _cells() -> None:
    op.execute("""
        create table copied.cell_funnel (
            pathway text, stage text, day date, dimension text, value text, n bigint not null,
            primary key (stage, pathway, dimension, value, day))""")
    op.execute("""
        create table copied.cell_window (
            arm text, event text, stratum text, follow text, window_days smallint, start_day date,
            n bigint not null, any_pre bigint not null, any_post bigint not null, any_both bigint not null,
            sum_pre bigint not null, sum_post bigint not null, square_pre bigint not null,
            square_post bigint not null, cross_sum bigint not null, selected bigint not null,
            primary key (arm, event, stratum, window_days, start_day, follow))""")
    for table in ("cell_funnel", "cell_window"):
        op.execute(f"create index {table}_empty on copied.{table} (n) where n = 0")
        grant(f"copied.{table}", consumer=WRITES, web="select")
        protect(f"copied.{table}", tenant=False)


def _own() -> None:
    op.execute("""
        create table own.snapshot (
            snapshot_id uuid primary key, as_of date not null, known_at timestamptz not null,
            kind text not null, definitions_version int not null, notes jsonb not null, hash text not null)""")
    op.execute("create index snapshot_newest on own.snapshot (as_of desc, known_at desc)")
    op.execute("""
        create table own.snapshot_value (
            snapshot_id uuid not null references own.snapshot, place int not null,
            definition text not null, definition_version int not null, labels jsonb not null, unit text not null,
            value double precision, numerator bigint, denominator bigint, low double precision,
            high double precision, method text, level double precision, suppressed boolean not null,
            reason text, sentence text not null, primary key (snapshot_id, place))""")
    for table in ("own.snapshot", "own.snapshot_value"):
        grant(table, consumer="select, insert", web="select, insert", public="select")
        protect(table, tenant=False)
        op.execute(f"create policy published on {table} for select to lead_metrics_public using (true)")
    # Confirmed erasures, so that a replay confirms nothing twice. An erasure_id names a request, no person.
    op.execute("create table own.erasure (erasure_id uuid primary key, rows_left int not null)")
    grant("own.erasure", consumer="select, insert")
    protect("own.erasure", tenant=False)
