"""Deletes, groups, zero reports, declared windows, and which source of an agency publishes."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANT = "programme text not null, municipality text, agency_ori text"


def upgrade() -> None:
    _records()
    _marks()
    _sources()


def _records() -> None:
    # Two records may stand in one physical line (XML, JSON): what names a record is its number in the file.
    op.execute("alter table own.raw_record add column number int")
    op.execute("update own.raw_record set number = line")
    op.execute("alter table own.raw_record alter column number set not null")
    op.execute("alter table own.raw_record drop constraint raw_record_pkey")
    op.execute("alter table own.raw_record add primary key (batch_id, number)")
    # `part`: one of several rows that are one arrest; `group_key`: what it may be deleted by.
    op.execute("alter table own.raw_record add column part boolean not null default false")
    op.execute("alter table own.raw_record add column group_key bytea")
    op.execute("create index raw_record_group on own.raw_record (batch_id, group_key) where group_key is not null")
    op.execute("alter table own.arrest add column group_key bytea")
    op.execute("create index arrest_group on own.arrest (group_key) where group_key is not null")
    op.execute("create index arrest_of_source on own.arrest (source, arrested_at)")
    op.execute("create index arrest_of_agency on own.arrest (agency_ori, arrested_at)")


def _marks() -> None:
    # What a file says beside its records: deletes, groups that stand, zero reports. No identity in it.
    op.execute(f"""
        create table own.raw_mark (
          batch_id uuid not null,
          number int not null,
          line int not null,
          {TENANT},
          kind text not null,
          arrest_id uuid,
          group_key bytea,
          first_day date,
          last_day date,
          primary key (batch_id, number)
        )""")
    op.execute("create index raw_mark_arrest on own.raw_mark (batch_id, arrest_id) where arrest_id is not null")
    op.execute("create index raw_mark_group on own.raw_mark (batch_id, group_key) where group_key is not null")
    grant("own.raw_mark", consumer="select, insert, delete")
    protect("own.raw_mark")

    # The arrests that a batch voided by a delete (its number) or by leaving them out of a complete window.
    op.execute(f"""
        create table own.batch_void (
          batch_id uuid not null,
          arrest_id uuid not null,
          {TENANT},
          number int,
          primary key (batch_id, arrest_id)
        )""")
    grant("own.batch_void", consumer="select, insert, delete")
    protect("own.batch_void")


def _sources() -> None:
    # `agencies`: further agencies it may send for. `is_primary`: a person's word; empty: by the rule.
    op.execute("alter table own.feed_source add column agencies text[] not null default '{}'")
    op.execute("alter table own.feed_source add column is_primary boolean")
    # The days that the sender declared complete, how many rows they said there are, and what a source that does not
    # publish was compared with.
    op.execute("alter table own.batch add column complete_from date")
    op.execute("alter table own.batch add column complete_to date")
    op.execute("alter table own.batch add column declared_rows int")
    op.execute("alter table own.batch add column comparison jsonb not null default '[]'")
