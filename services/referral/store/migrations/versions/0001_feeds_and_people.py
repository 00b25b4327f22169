"""Who people are, what the police sent and in which batch, and the arrests that came of it."""

from __future__ import annotations

from alembic import op

import shared.messaging.schema
import shared.web.schema
from shared.runtime.tables import create_schemas, grant, protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TENANT = "programme text not null, municipality text, agency_ori text"
PERSON = f"person_id uuid not null, home_id uuid not null, {TENANT}"


def upgrade() -> None:
    create_schemas("referral")
    shared.messaging.schema.install("referral")
    shared.web.schema.install("referral")
    _people()
    _feeds()
    _arrests()


def _people() -> None:
    # No content: an id that exists. Web sees every id, since a person known to one agency is met by another.
    op.execute(f"""
        create table own.person (
          person_id uuid primary key,
          home_id uuid not null,
          {TENANT},
          linkable boolean not null,
          created_at timestamptz not null
        )""")
    op.execute("create index person_home on own.person (home_id)")
    grant("own.person", web="select, insert", consumer="select, insert, update, delete")
    protect("own.person", tenant=False)

    # The blind index: HMACs of what identifies a person. Linking must see all agencies' tokens; they say nothing.
    op.execute(f"""
        create table own.person_token (
          kind text not null,
          token bytea not null,
          {PERSON},
          primary key (kind, token, person_id)
        )""")
    op.execute("create index person_token_home on own.person_token (home_id)")
    grant("own.person_token", web="select, insert", consumer="select, insert, update, delete")
    protect("own.person_token", tenant=False)


def _feeds() -> None:
    # Sources and batches hold names of feeds and counts: county IT, who has no scope, runs them. What was sent is
    # in the tables below them, sealed and scoped.
    op.execute(f"""
        create table own.feed_source (
          source text primary key,
          {TENANT},
          format text not null,
          timezone text not null,
          mapping jsonb,
          mapping_version int not null default 1,
          created_at timestamptz not null,
          updated_at timestamptz not null
        )""")
    grant("own.feed_source", web="select, insert, update", consumer="select")
    protect("own.feed_source", tenant=False)

    op.execute(f"""
        create table own.batch (
          batch_id uuid primary key,
          {TENANT},
          source text not null,
          format text not null,
          timezone text not null,
          mapping_version int not null,
          batch_key bytea not null,
          body_key bytea not null,
          replay_of uuid,
          status text not null,
          decision text,
          rows int not null default 0,
          accepted int not null default 0,
          replaced int not null default 0,
          voided int not null default 0,
          duplicates int not null default 0,
          rejected int not null default 0,
          other int not null default 0,
          warnings jsonb not null default '[]',
          reject_codes jsonb not null default '[]',
          error jsonb,
          answer jsonb,
          columns jsonb not null default '[]',
          bytes bigint not null default 0,
          key_id text,
          adapter_version text not null,
          received_at timestamptz not null,
          settled_at timestamptz
        )""")
    op.execute("create unique index batch_once on own.batch (source, batch_key) where replay_of is null")
    op.execute("create index batch_waits on own.batch (batch_id) where status in ('received', 'staged')")
    op.execute("create index batch_of_source on own.batch (source, received_at desc)")
    grant("own.batch", web="select, insert, update", consumer="select, insert, update, delete")
    protect("own.batch", tenant=False)

    op.execute(f"""
        create table own.batch_part (
          batch_id uuid not null,
          part int not null,
          {TENANT},
          content bytea not null,
          primary key (batch_id, part)
        )""")
    op.execute("alter table own.batch_part alter column content set storage external")
    grant("own.batch_part", web="insert", consumer="select, delete")
    protect("own.batch_part")

    op.execute(f"""
        create table own.batch_reject (
          batch_id uuid not null,
          number int not null,
          {TENANT},
          line int not null,
          column_name text,
          code text not null,
          reason text not null,
          raw bytea not null,
          primary key (batch_id, number)
        )""")
    grant("own.batch_reject", web="select, insert", consumer="select, insert, delete")
    protect("own.batch_reject")


def _arrests() -> None:
    # A record as sent, sealed, with what may be published of it. `version` is empty until its batch is applied.
    op.execute(f"""
        create table own.raw_record (
          batch_id uuid not null,
          line int not null,
          {TENANT},
          arrest_id uuid not null,
          version int,
          -- empty until the batch is applied: accepted, replaced, voided, duplicate or other
          outcome text,
          action text not null,
          record_key bytea not null,
          twin_key bytea,
          -- who it is about: known at once where it is never linked, else by its tokens when it is applied
          person_id uuid,
          home_id uuid,
          sid_token bytea,
          name_token bytea,
          fact jsonb not null,
          record bytea not null,
          primary key (batch_id, line)
        )""")
    op.execute("create index raw_record_arrest on own.raw_record (arrest_id, version)")
    grant("own.raw_record", web="select, insert", consumer="select, insert, update, delete")
    protect("own.raw_record")

    op.execute(f"""
        create table own.arrest (
          arrest_id uuid primary key,
          {PERSON},
          version int not null,
          state text not null,
          record_key bytea not null,
          source text not null,
          case_key text,
          arrested_at timestamptz not null,
          divertible text not null,
          linkable boolean not null,
          fact jsonb not null,
          batch_id uuid not null,
          recorded_at timestamptz not null
        )""")
    op.execute("create index arrest_person on own.arrest (home_id, arrested_at)")
    op.execute("create index arrest_case on own.arrest (case_key)")
    grant("own.arrest", web="select", consumer="select, insert, update, delete")
    protect("own.arrest")

    op.execute(f"""
        create table own.coverage (
          ori text primary key,
          {TENANT},
          version int not null,
          covered_from date not null,
          covered_through date not null
        )""")
    grant("own.coverage", web="select", consumer="select, insert, update")
    protect("own.coverage")
