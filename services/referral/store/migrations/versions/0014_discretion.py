"""The officer's discretion where LEAD was not offered: nobody is named in it."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        create table own.discretion (
          discretion_id uuid primary key,
          programme text not null,
          municipality text not null,
          agency_ori text not null,
          case_key text,
          occurred_at timestamptz not null,
          did text not null,
          why_not text not null,
          -- new; told (by a record of its own); joined (the police record tells of it); unclear, or silent: neither
          state text not null default 'new',
          arrest_id uuid,
          typed bytea not null,
          entered_by text not null,
          received_at timestamptz not null)""")
    op.execute("create index on own.discretion (state) where state in ('new', 'told', 'unclear')")
    op.execute("create index on own.discretion (agency_ori, case_key)")
    op.execute("create unique index on own.discretion (arrest_id) where arrest_id is not null")
    op.execute("create index referral_entered on own.referral (entered_by, received_at desc)")
    grant("own.discretion", web="select, insert", consumer="select, update")
    protect("own.discretion")
