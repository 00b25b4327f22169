"""Use of jail, court, ambulance and like services: records as sent, and the facts that came of them."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENANT = "programme text not null, municipality text, agency_ori text"


def upgrade() -> None:
    # A record as sent, sealed. `person_id` is empty until its batch is applied, unless no rule may link it.
    op.execute(f"""
        create table own.raw_use (
          batch_id uuid not null,
          number int not null,
          line int not null,
          {TENANT},
          utilization_id uuid not null,
          outcome text,
          record_key bytea not null,
          person_id uuid,
          home_id uuid,
          linkable boolean not null,
          fact jsonb not null,
          record bytea not null,
          primary key (batch_id, number)
        )""")
    grant("own.raw_use", consumer="select, insert, update, delete")
    protect("own.raw_use")

    op.execute(f"""
        create table own.utilization (
          utilization_id uuid primary key,
          person_id uuid not null,
          home_id uuid not null,
          {TENANT},
          version int not null,
          record_key bytea not null,
          fact jsonb not null,
          batch_id uuid not null,
          recorded_at timestamptz not null
        )""")
    op.execute("create index utilization_person on own.utilization (home_id)")
    grant("own.utilization", consumer="select, insert, update, delete")
    protect("own.utilization")
