"""Rejected rows that were put right and sent again, stewards of feeds of no single agency, and why they opened rows."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No content: county IT counts by it. What a row was changed to stands in the file of the batch it was sent in.
    op.execute("""
        create table own.reject_fix (
          batch_id uuid not null,
          number int not null,
          -- the batch in which it was sent again; empty: it was set aside
          fixed_in uuid,
          column_name text,
          fixed_by text not null,
          by_name text not null,
          fixed_at timestamptz not null,
          primary key (batch_id, number)
        )""")
    grant("own.reject_fix", web="select, insert, update", consumer="select, insert")
    protect("own.reject_fix", tenant=False)
    op.execute("create index batch_read_again on own.batch (replay_of) where replay_of is not null")

    op.execute("alter table own.feed_source add column steward text")
    op.execute("""
        create table own.reject_opening (
          opening_id uuid primary key,
          batch_id uuid not null,
          number int not null,
          opened_by text not null,
          opened_at timestamptz not null,
          -- why, sealed: people name people in it
          reason bytea not null
        )""")
    grant("own.reject_opening", web="insert", consumer="select, delete")
    protect("own.reject_opening", tenant=False)
    # A feed of no single agency has one person who may open what it rejected: whom its registration names.
    op.execute("""
        create policy steward on own.batch_reject for select to lead_referral_web using (
          agency_ori is null and exists (
            select 1 from own.batch b join own.feed_source s on s.source = b.source
            where b.batch_id = batch_reject.batch_id and s.agency_ori is null
              and s.steward = nullif(current_setting('lead.steward', true), '')))""")
