"""Agencies that take Kafka, what each was told of its referrals, and files that the service itself takes in."""

from __future__ import annotations

from alembic import op

from shared.runtime.tables import grant, protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TENANT = "programme text not null, municipality text, agency_ori text not null"


def upgrade() -> None:
    # `next_offset`: what of the agency's topic is in this database; it moves in the transaction of the records.
    # `generation` goes up when the topic was made anew and counts from 0 again.
    op.execute(f"""
        create table own.agency_topic (
          {TENANT},
          connected_at timestamptz not null,
          next_offset bigint not null default 0,
          generation int not null default 1,
          primary key (agency_ori)
        )""")
    grant("own.agency_topic", web="select, insert", consumer="select, update")
    protect("own.agency_topic")

    # Stored before it is sent, with its disclosure: nothing leaves that is not accounted for.
    op.execute(f"""
        create table own.agency_status (
          referral_id uuid primary key references own.referral on delete cascade,
          {TENANT},
          status text not null,
          at timestamptz not null,
          consent_id uuid,
          event_id uuid not null,
          prepared_at timestamptz not null,
          sent_at timestamptz
        )""")
    op.execute("create index agency_status_unsent on own.agency_status (prepared_at) where sent_at is null")
    grant("own.agency_status", consumer="select, insert, update, delete")
    protect("own.agency_status")

    # The drop folder's files are taken in by the consumer role.
    grant("own.batch_part", consumer="insert")
